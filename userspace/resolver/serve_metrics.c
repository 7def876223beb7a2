// SPDX-License-Identifier: GPL-2.0-or-later
#include "serve_part.h"

#include <inttypes.h>

#define PREFIX "sixpn_resolver_"

/* What a metric is, and how it is told apart from others of its name. */
static void head(FILE *stream, const char *name, const char *type,
		 const char *help)
{
	fprintf(stream, "# HELP " PREFIX "%s %s\n# TYPE " PREFIX "%s %s\n",
		name, help, name, type);
}

static void counter(FILE *stream, const char *name, const char *help,
		    uint64_t value)
{
	head(stream, name, "counter", help);
	fprintf(stream, PREFIX "%s %" PRIu64 "\n", name, value);
}

static void gauge(FILE *stream, const char *name, const char *help,
		  double value)
{
	head(stream, name, "gauge", help);
	fprintf(stream, PREFIX "%s %.3f\n", name, value);
}

static void labelled(FILE *stream, const char *name, const char *label,
		     const char *value, uint64_t number)
{
	fprintf(stream, PREFIX "%s{%s=\"%s\"} %" PRIu64 "\n", name, label,
		value, number);
}

static const char *rcode_name(unsigned int rcode, char text[16])
{
	static const char *const names[] = {
		"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP",
		"REFUSED",
	};

	if (rcode < sizeof(names) / sizeof(*names))
		return names[rcode];
	snprintf(text, 16, rcode == SIXPN_ANSWER_RCODES - 1 ? "OTHER" :
		 "RCODE%u", rcode);
	return text;
}

static void write_answers(FILE *stream,
			  const struct sixpn_answer_counters *counters)
{
	static const char *const whats[SIXPN_ANSWER_WHAT_COUNT] = {
		"internal", "flycast", "reverse", "other",
	};
	char text[16];
	unsigned int i;

	head(stream, "queries_total", "counter",
	     "Queries of those who may ask, by what is asked for.");
	for (i = 0; i < SIXPN_ANSWER_WHAT_COUNT; i++)
		labelled(stream, "queries_total", "zone", whats[i],
			 counters->whats[i]);
	head(stream, "answers_total", "counter", "Answers, by rcode.");
	for (i = 0; i < SIXPN_ANSWER_RCODES; i++)
		if (i <= SIXPN_DNS_REFUSED || counters->rcodes[i])
			labelled(stream, "answers_total", "rcode",
				 rcode_name(i, text), counters->rcodes[i]);
	counter(stream, "refused_sources_total",
		"Queries of those who may not ask here.",
		counters->refused_sources);
	counter(stream, "dropped_total", "Messages that are no queries.",
		counters->dropped);
	counter(stream, "truncated_total",
		"Answers by UDP that were not whole.", counters->truncated);
	counter(stream, "cut_total",
		"Answers by TCP that were a part, for want of room.",
		counters->cut);
}

static void write_sockets(FILE *stream, const struct sixpn_serve *serve)
{
	const struct sixpn_udp_counters *udp = sixpn_udp_counters(serve->udp);
	const struct sixpn_tcp_counters *tcp = sixpn_tcp_counters(serve->tcp);

	gauge(stream, "listening", "Whether there is a device to listen on.",
	      serve->serving);
	head(stream, "messages_total", "counter", "Messages received.");
	labelled(stream, "messages_total", "protocol", "udp", udp->queries);
	labelled(stream, "messages_total", "protocol", "tcp", tcp->queries);
	counter(stream, "unsent_total",
		"Answers by UDP that could not be sent.", udp->unsent);
	gauge(stream, "connections", "Connections by TCP.",
	      (double)tcp->connections);
	head(stream, "connections_total", "counter",
	     "Connections by TCP, by what became of them.");
	labelled(stream, "connections_total", "fate", "accepted",
		 tcp->accepted);
	labelled(stream, "connections_total", "fate", "refused", tcp->refused);
	labelled(stream, "connections_total", "fate", "evicted", tcp->evicted);
	labelled(stream, "connections_total", "fate", "idle", tcp->timed_out);
}

static void write_upstream(FILE *stream,
			   const struct sixpn_upstream_counters *counters)
{
	gauge(stream, "upstream_outstanding",
	      "Questions to upstreams on their way.",
	      (double)counters->outstanding);
	counter(stream, "upstream_questions_total",
		"Questions to upstreams, or their cache.", counters->asked);
	head(stream, "upstream_failures_total", "counter",
	     "Questions to upstreams without an answer.");
	labelled(stream, "upstream_failures_total", "why", "failed",
		 counters->failed);
	labelled(stream, "upstream_failures_total", "why", "timeout",
		 counters->timed_out);
	labelled(stream, "upstream_failures_total", "why", "limit",
		 counters->limited);
}

static void write_registry(FILE *stream, const struct sixpn_serve *serve)
{
	struct sixpn_zone_counts counts;

	sixpn_zone_count(serve->zone, &counts);
	gauge(stream, "registry_known",
	      "Whether all of the registry has been read once.", serve->known);
	gauge(stream, "registry_up", "Whether the registry answers.",
	      serve->known && !serve->outage_since);
	gauge(stream, "registry_age_seconds",
	      "Since when what is served may be out of date.",
	      (double)sixpn_serve_age(serve) / 1000);
	counter(stream, "registry_changes_total", "Changes of records.",
		serve->changes);
	counter(stream, "registry_bad_records_total",
		"Records that could not be read.", serve->bad);
	head(stream, "records", "gauge", "What is known, by kind.");
	labelled(stream, "records", "kind", "network", counts.networks);
	labelled(stream, "records", "kind", "host", counts.hosts);
	labelled(stream, "records", "kind", "machine", counts.machines);
	labelled(stream, "records", "kind", "client", counts.clients);
	labelled(stream, "records", "kind", "service", counts.services);
	labelled(stream, "records", "kind", "app", counts.apps);
}

uint64_t sixpn_serve_age(const struct sixpn_serve *serve)
{
	uint64_t since = serve->known ? serve->outage_since : serve->started;

	return since ? sixpn_agent_clock() - since : 0;
}

void sixpn_serve_write_metrics(void *context, FILE *stream)
{
	const struct sixpn_serve *serve = context;

	write_answers(stream, sixpn_answerer_counters(serve->answerer));
	write_sockets(stream, serve);
	write_upstream(stream, sixpn_upstream_counters(serve->upstream));
	write_registry(stream, serve);
	gauge(stream, "uptime_seconds", "Since the resolver was started.",
	      (double)(sixpn_agent_clock() - serve->started) / 1000);
}

void sixpn_serve_say_status(struct sixpn_serve *serve)
{
	struct sixpn_zone_counts counts;
	char text[256];

	sixpn_zone_count(serve->zone, &counts);
	snprintf(text, sizeof(text), "STATUS=%s%s%zu machine%s of %zu network%s",
		 serve->outage_since ? "the registry does not answer; " : "",
		 serve->udp_fd < 0 ? "no device; " : "", counts.machines,
		 counts.machines == 1 ? "" : "s", counts.networks,
		 counts.networks == 1 ? "" : "s");
	serve->options->notify(serve->options->context, text);
}
