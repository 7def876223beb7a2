// SPDX-License-Identifier: GPL-2.0-or-later
#include "answer.h"

#include <stdlib.h>
#include <string.h>

#include "answer_part.h"

/* Types that are no types of records: RFC 6895 section 3.1. */
#define TYPE_META_FIRST 249
#define TYPE_META_LAST 254

/* --- The frame of all answers. --- */

static size_t limit_of(const struct sixpn_query *query)
{
	if (query->stream)
		return SIXPN_DNS_MESSAGE_MAX;
	return query->dns.payload < SIXPN_DNS_UDP_MAX ? query->dns.payload :
							SIXPN_DNS_UDP_MAX;
}

static struct sixpn_dns_head head_of(const struct sixpn_answerer *answerer,
				     const struct sixpn_query *query,
				     uint16_t rcode)
{
	return (struct sixpn_dns_head){
		.limit = limit_of(query),
		.rcode = rcode,
		.secret = answerer->has_secret ? answerer->secret : NULL,
		.source = &query->source,
		.now = answerer->now,
	};
}

static size_t finish(struct sixpn_answerer *answerer, uint16_t rcode)
{
	if (rcode >= SIXPN_ANSWER_RCODES)
		rcode = SIXPN_ANSWER_RCODES - 1;
	answerer->counters.rcodes[rcode]++;
	return sixpn_dns_end(answerer->dns);
}

/* Without records. */
static size_t refuse(struct sixpn_answerer *answerer,
		     const struct sixpn_query *query, uint16_t rcode, int ede,
		     const char *text, uint8_t *out)
{
	const struct sixpn_dns_head head = head_of(answerer, query, rcode);

	if (sixpn_dns_begin(answerer->dns, &query->dns, &head, out))
		return 0;
	if (ede != SIXPN_DNS_EDE_NONE)
		sixpn_dns_add_ede(answerer->dns, (enum sixpn_dns_ede)ede, text);
	return finish(answerer, rcode);
}

/* --- Our own names. --- */

size_t sixpn_answer_not_all(struct sixpn_writing *writing)
{
	static const char text[] = "a part: all of it needs more than 64 KiB";
	struct sixpn_dns *dns = writing->answerer->dns;

	if (!writing->query->stream)
		writing->truncated = true;
	else if (!writing->cut && !sixpn_dns_add_ede(dns, SIXPN_DNS_EDE_OTHER,
						     text))
		writing->cut = true;
	return sixpn_dns_room(dns);
}

static const uint8_t primary[] = "\4_api\10internal";
static const uint8_t mailbox[] = "\12hostmaster\10internal";

static bool put_soa(struct sixpn_writing *writing)
{
	struct sixpn_answerer *answerer = writing->answerer;
	struct sixpn_zone_counts counts;

	sixpn_zone_count(answerer->zone, &counts);
	return !sixpn_dns_put_soa(answerer->dns, writing->name->apex, primary,
				  mailbox, counts.serial, SIXPN_ANSWER_TTL);
}

/* RFC 8482 section 4.2: something small for those who want all. */
static void put_any(struct sixpn_writing *writing)
{
	if (!sixpn_dns_put_hinfo(writing->answerer->dns, SIXPN_ANSWER_TTL,
				 "RFC8482"))
		writing->put = 1;
}

static void put_records(struct sixpn_writing *writing)
{
	switch (writing->query->dns.type) {
	case SIXPN_DNS_AAAA:
		sixpn_answer_aaaa(writing);
		break;
	case SIXPN_DNS_TXT:
		sixpn_answer_txt(writing);
		break;
	case SIXPN_DNS_SRV:
		sixpn_answer_srv(writing);
		break;
	case SIXPN_DNS_PTR:
		sixpn_answer_ptr(writing);
		break;
	case SIXPN_DNS_SOA:
		if (writing->name->kind == SIXPN_NAME_APEX && put_soa(writing))
			writing->put = 1;
		break;
	case SIXPN_DNS_ANY:
		put_any(writing);
		break;
	default:
		break;
	}
}

static void write_sections(struct sixpn_writing *writing)
{
	struct sixpn_dns *dns = writing->answerer->dns;

	if (writing->found->exists)
		put_records(writing);
	if (writing->truncated) {
		sixpn_dns_truncated(dns);
		return;
	}
	sixpn_dns_section(dns, SIXPN_DNS_AUTHORITY);
	if (!writing->put)
		put_soa(writing);
	sixpn_dns_section(dns, SIXPN_DNS_ADDITIONAL);
	if (writing->query->dns.type == SIXPN_DNS_SRV)
		sixpn_answer_srv_additional(writing);
}

static void put_stale(struct sixpn_answerer *answerer, bool exists)
{
	if (answerer->stale)
		sixpn_dns_add_ede(answerer->dns,
				  exists ? SIXPN_DNS_EDE_STALE :
					   SIXPN_DNS_EDE_STALE_NXDOMAIN,
				  "the registry is not to be had");
}

static size_t answer_own(struct sixpn_answerer *answerer,
			 const struct sixpn_query *query,
			 const struct sixpn_name *name, uint8_t *out)
{
	struct sixpn_writing writing = {
		.answerer = answerer,
		.query = query,
		.name = name,
	};
	struct sixpn_dns_head head;
	struct sixpn_found found;

	sixpn_answer_find(answerer, query, name, &found);
	writing.found = &found;
	head = head_of(answerer, query,
		       found.exists ? SIXPN_DNS_NOERROR : SIXPN_DNS_NXDOMAIN);
	head.authoritative = true;
	if (sixpn_dns_begin(answerer->dns, &query->dns, &head, out))
		return 0;
	put_stale(answerer, found.exists);
	write_sections(&writing);
	answerer->counters.truncated += writing.truncated;
	answerer->counters.cut += writing.cut;
	return finish(answerer, head.rcode);
}

/* --- What is not answered. --- */

/* Return: the rcode, SIXPN_DNS_NOERROR if it is fine. */
static uint16_t check_question(const struct sixpn_dns_query *dns)
{
	if (dns->rcode)
		return dns->rcode;
	if (dns->class != SIXPN_DNS_CLASS_IN || dns->type == SIXPN_DNS_AXFR ||
	    dns->type == SIXPN_DNS_IXFR)
		return SIXPN_DNS_REFUSED;
	if (!dns->type || dns->type == SIXPN_DNS_OPT)
		return SIXPN_DNS_FORMERR;
	if (dns->type >= TYPE_META_FIRST && dns->type <= TYPE_META_LAST)
		return SIXPN_DNS_NOTIMP;
	return SIXPN_DNS_NOERROR;
}

/*
 * A host that asks fdaa:N::3, which it has itself, does so from that very address:
 * RFC 6724 rule 1. It cannot come from elsewhere: the kernel lets nobody send from
 * host 0.
 */
static uint32_t network_of(const struct sixpn_answerer *answerer,
			   const struct sixpn_query *query)
{
	if (!memcmp(&query->source, &query->destination,
		    sizeof(query->source)))
		return sixpn_addr_network(&query->source);
	return sixpn_zone_asker(answerer->zone, &query->source);
}

/* fdaa::3 or the resolver of its own network. */
static bool may_ask(const struct sixpn_answerer *answerer,
		    struct sixpn_query *query)
{
	const struct in6_addr *to = &query->destination;

	if (!sixpn_addr_is_resolver(to))
		return false;
	query->network = network_of(answerer, query);
	return query->network &&
	       (sixpn_addr_network(to) == SIXPN_NETWORK_NONE ||
		sixpn_addr_network(to) == query->network);
}

static size_t refuse_source(struct sixpn_answerer *answerer,
			    const struct sixpn_query *query, uint8_t *out)
{
	if (!answerer->ready && sixpn_addr_is_machine(&query->source))
		return refuse(answerer, query, SIXPN_DNS_SERVFAIL,
			      SIXPN_DNS_EDE_NOT_READY,
			      "the registry has not been read yet", out);
	answerer->counters.refused_sources++;
	return refuse(answerer, query, SIXPN_DNS_REFUSED,
		      SIXPN_DNS_EDE_PROHIBITED,
		      "only for machines, clients and hosts of this mesh that are here",
		      out);
}

static void count_what(struct sixpn_answerer *answerer,
		       enum sixpn_name_domain domain)
{
	static const enum sixpn_answer_what whats[] = {
		[SIXPN_NAME_OUTSIDE] = SIXPN_ANSWER_OTHER,
		[SIXPN_NAME_INTERNAL] = SIXPN_ANSWER_INTERNAL,
		[SIXPN_NAME_FLYCAST] = SIXPN_ANSWER_FLYCAST,
		[SIXPN_NAME_REVERSE] = SIXPN_ANSWER_REVERSE,
	};

	answerer->counters.whats[whats[domain]]++;
}

static enum sixpn_answer_kind answer_other(struct sixpn_answerer *answerer,
					   const struct sixpn_query *query,
					   uint8_t *out, size_t *length)
{
	if (query->dns.recursion_desired) {
		answerer->counters.recursed++;
		return SIXPN_ANSWER_RECURSE;
	}
	*length = refuse(answerer, query, SIXPN_DNS_REFUSED,
			 SIXPN_DNS_EDE_PROHIBITED,
			 "only with recursion desired", out);
	return SIXPN_ANSWER_SEND;
}

static enum sixpn_answer_kind answer(struct sixpn_answerer *answerer,
				     struct sixpn_query *query, uint8_t *out,
				     size_t *length)
{
	struct sixpn_name name;
	uint16_t rcode;

	if (!answerer->ready || !may_ask(answerer, query)) {
		*length = refuse_source(answerer, query, out);
		return SIXPN_ANSWER_SEND;
	}
	rcode = check_question(&query->dns);
	if (rcode) {
		*length = refuse(answerer, query, rcode, SIXPN_DNS_EDE_NONE,
				 NULL, out);
		return SIXPN_ANSWER_SEND;
	}
	sixpn_name_parse(&name, query->dns.lower);
	count_what(answerer, name.domain);
	if (name.domain == SIXPN_NAME_OUTSIDE)
		return answer_other(answerer, query, out, length);
	*length = answer_own(answerer, query, &name, out);
	return SIXPN_ANSWER_SEND;
}

enum sixpn_answer_kind sixpn_answer(struct sixpn_answerer *answerer,
				    struct sixpn_query *query,
				    const uint8_t *message,
				    size_t message_length, uint8_t *out,
				    size_t *length)
{
	enum sixpn_answer_kind kind;

	*length = 0;
	if (sixpn_dns_parse_query(answerer->dns, &query->dns, message,
				  message_length)) {
		answerer->counters.dropped++;
		return SIXPN_ANSWER_DROP;
	}
	kind = answer(answerer, query, out, length);
	/* without memory there is no answer */
	return kind == SIXPN_ANSWER_SEND && !*length ? SIXPN_ANSWER_DROP : kind;
}

/* --- What others answered. --- */

size_t sixpn_answer_failure(struct sixpn_answerer *answerer,
			    const struct sixpn_query *query, uint16_t rcode,
			    int ede, const char *text, uint8_t *out)
{
	return refuse(answerer, query, rcode, ede, text ? text : "", out);
}

size_t sixpn_answer_relay(struct sixpn_answerer *answerer,
			  const struct sixpn_query *query,
			  const uint8_t *packet, size_t packet_length,
			  bool secure, uint8_t *out)
{
	struct sixpn_dns_head head;
	bool truncated;

	if (packet_length < SIXPN_DNS_HEADER_LEN)
		return sixpn_answer_failure(answerer, query, SIXPN_DNS_SERVFAIL,
					    SIXPN_DNS_EDE_NETWORK, NULL, out);
	head = head_of(answerer, query, sixpn_dns_rcode_of(packet));
	head.is_large = true;
	/* RFC 6840 section 5.8 */
	head.authentic_data = secure && (query->dns.authentic_data ||
					 query->dns.want_dnssec);
	if (sixpn_dns_begin(answerer->dns, &query->dns, &head, out))
		return 0;
	if (sixpn_dns_put_packet(answerer->dns, packet, packet_length,
				 query->dns.want_dnssec, &truncated))
		return sixpn_answer_failure(answerer, query, SIXPN_DNS_SERVFAIL,
					    SIXPN_DNS_EDE_NETWORK,
					    "malformed answer", out);
	if (truncated) {
		sixpn_dns_truncated(answerer->dns);
		answerer->counters.truncated++;
	}
	return finish(answerer, head.rcode);
}

/* --- One of them. --- */

struct sixpn_answerer *sixpn_answerer_new(struct sixpn_zone *zone)
{
	struct sixpn_answerer *answerer = calloc(1, sizeof(*answerer));

	if (!answerer)
		return NULL;
	answerer->zone = zone;
	answerer->dns = sixpn_dns_new();
	if (!answerer->dns) {
		free(answerer);
		return NULL;
	}
	sixpn_random_seed(&answerer->random);
	return answerer;
}

void sixpn_answerer_free(struct sixpn_answerer *answerer)
{
	if (!answerer)
		return;
	sixpn_dns_free(answerer->dns);
	sodium_memzero(answerer->secret, sizeof(answerer->secret));
	free(answerer);
}

void sixpn_answerer_zone(struct sixpn_answerer *answerer,
			 struct sixpn_zone *zone)
{
	answerer->zone = zone;
}

void sixpn_answerer_secret(struct sixpn_answerer *answerer,
			   const uint8_t secret[SIXPN_DNS_SECRET_LEN])
{
	memcpy(answerer->secret, secret, sizeof(answerer->secret));
	answerer->has_secret = true;
}

void sixpn_answerer_now(struct sixpn_answerer *answerer, uint32_t now)
{
	answerer->now = now;
}

void sixpn_answerer_stale(struct sixpn_answerer *answerer, bool stale)
{
	answerer->stale = stale;
}

void sixpn_answerer_ready(struct sixpn_answerer *answerer, bool ready)
{
	answerer->ready = ready;
}

const struct sixpn_answer_counters *
sixpn_answerer_counters(const struct sixpn_answerer *answerer)
{
	return &answerer->counters;
}
