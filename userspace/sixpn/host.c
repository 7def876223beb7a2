// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The noun host: list and show. host_leave.c has leave.
 */
#include "host.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "keys.h"

/* A host, and what list and show say of it that is not in its record. */
struct row {
	struct sixpn_record_host host;
	bool alive;
	uint64_t since;
	bool self;
};

struct listing {
	struct sixpn_noun *noun;
	struct sixpn_tally tally;
	struct row *rows;
	size_t count, room;
};

static int keep(void *data, const struct sixpn_record *record)
{
	struct listing *listing = data;
	struct row *grown;

	if (listing->count == listing->room) {
		listing->room = listing->room ? 2 * listing->room : 16;
		grown = realloc(listing->rows, listing->room * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		listing->rows = grown;
	}
	listing->rows[listing->count++] = (struct row){ .host = record->host };
	return 0;
}

static int compare_id(const void *left, const void *right)
{
	uint32_t a = ((const struct row *)left)->host.host;
	uint32_t b = ((const struct row *)right)->host.host;

	return a < b ? -1 : a > b;
}

static int compare_name(const void *left, const void *right)
{
	const struct row *a = left, *b = right;

	return strcmp(a->host.name, b->host.name);
}

/* Hosts are listed in the order of their ids. */
static int mark_alive(void *data, const struct sixpn_record *record)
{
	struct listing *listing = data;
	struct row key = { .host.host = record->alive.host }, *row;

	row = listing->count ? bsearch(&key, listing->rows, listing->count,
				       sizeof(key), compare_id) : NULL;
	if (row) {
		row->alive = true;
		row->since = record->alive.since;
	}
	return 0;
}

/* Who cannot read the key does not know who it is; that is no error. */
static void mark_self(struct sixpn_noun *noun, struct listing *listing)
{
	size_t i;

	if (sixpn_node_load_key(&noun->node, false, NULL))
		return;
	for (i = 0; i < listing->count; i++)
		listing->rows[i].self =
			sixpn_key_equal(listing->rows[i].host.public_key,
					noun->node.public_key);
}

static int read_hosts(struct sixpn_noun *noun, struct listing *listing)
{
	struct sixpn_registry_what what = { .kind = SIXPN_RECORD_HOST };
	int ret;

	ret = sixpn_registry_list(noun->node.registry, &what, keep,
				  sixpn_noun_bad, listing, &noun->error);
	if (ret == -ENOMEM)
		sixpn_error_set(&noun->error, ret, "out of memory");
	what.kind = SIXPN_RECORD_ALIVE;
	if (!ret)
		ret = sixpn_registry_list(noun->node.registry, &what,
					  mark_alive, sixpn_noun_bad, listing,
					  &noun->error);
	if (!ret)
		ret = sixpn_tally_read(&listing->tally, noun, true, 0);
	if (ret)
		return ret;
	mark_self(noun, listing);
	if (listing->count)
		qsort(listing->rows, listing->count, sizeof(*listing->rows),
		      compare_name);
	return 0;
}

static void print_endpoints(struct sixpn_out *out,
			    const struct sixpn_record_host *host,
			    const char *between)
{
	size_t i;

	sixpn_out_open_array(out, "endpoints");
	for (i = 0; i < host->endpoint_count; i++)
		sixpn_out_string(out, NULL, host->endpoints[i], "%s%s",
				 i ? between : "", host->endpoints[i]);
	sixpn_out_close(out);
	if (!host->endpoint_count)
		sixpn_out_text(out, "-");
}

static void print_json(struct sixpn_out *out, const struct row *row,
		       const struct sixpn_count *count)
{
	const struct sixpn_record_host *host = &row->host;
	char key[SIXPN_KEY_BASE64_LEN + 1];

	sixpn_key_to_base64(key, host->public_key);
	sixpn_out_open_object(out, NULL);
	sixpn_out_json_string(out, "name", host->name);
	sixpn_out_json_number(out, "host", host->host);
	sixpn_out_json_string(out, "public-key", key);
	sixpn_out_json_string(out, "region", host->region);
	print_endpoints(out, host, ",");
	sixpn_out_json_number(out, "port", host->port);
	sixpn_out_bool(out, "gateway", host->gateway, "%s", "");
	sixpn_noun_time(out, "created", host->created);
	sixpn_out_bool(out, "alive", row->alive, "%s", "");
	sixpn_noun_time(out, "since", row->since);
	sixpn_out_bool(out, "self", row->self, "%s", "");
	sixpn_out_json_number(out, "machines", count->machines);
	sixpn_out_json_number(out, "clients", count->clients);
	sixpn_out_close(out);
}

static void print_list(struct sixpn_out *out, void *data)
{
	const struct listing *listing = data;
	size_t i;

	sixpn_out_open_array(out, NULL);
	for (i = 0; i < listing->count; i++) {
		const struct row *row = &listing->rows[i];
		struct sixpn_count count =
			sixpn_tally_of(&listing->tally, row->host.host);

		if (out->json) {
			print_json(out, row, &count);
			continue;
		}
		sixpn_out_text(out, "%s\t%u\t%s\t%s\t%u\t%u\t", row->host.name,
			       row->host.host, row->host.region,
			       row->alive ? "yes" : "no", count.machines,
			       count.clients);
		print_endpoints(out, &row->host, ",");
		sixpn_out_text(out, "\n");
	}
	sixpn_out_close(out);
}

static int run_list(struct sixpn_run *run)
{
	struct listing listing = { 0 };
	struct sixpn_noun noun;
	int ret;

	listing.noun = &noun;
	ret = sixpn_noun_open(&noun, run);
	if (!ret)
		ret = read_hosts(&noun, &listing);
	if (!ret)
		sixpn_noun_print(&run->out,
				 "NAME\tID\tREGION\tALIVE\tMACHINES\tCLIENTS\tENDPOINTS",
				 print_list, &listing);
	sixpn_tally_clear(&listing.tally);
	free(listing.rows);
	return sixpn_noun_close(&noun, ret);
}

static void print_host(struct sixpn_out *out, const struct row *row,
		       const struct sixpn_count *count)
{
	const struct sixpn_record_host *host = &row->host;
	char key[SIXPN_KEY_BASE64_LEN + 1];

	sixpn_key_to_base64(key, host->public_key);
	sixpn_out_text(out, "%shost%s: %s%s\n",
		       sixpn_out_style(out, SIXPN_STYLE_BOLD),
		       sixpn_out_style(out, SIXPN_STYLE_RESET), host->name,
		       row->self ? " (this one)" : "");
	sixpn_noun_label(out, "id");
	sixpn_out_text(out, "%u\n", host->host);
	sixpn_noun_label(out, "public key");
	sixpn_out_text(out, "%s\n", key);
	sixpn_noun_label(out, "region");
	sixpn_out_text(out, "%s\n", host->region);
	sixpn_noun_label(out, "endpoints");
	print_endpoints(out, host, " ");
	sixpn_out_text(out, "\n");
	sixpn_noun_label(out, "gateway");
	sixpn_out_text(out, "%s\n", host->gateway ? "yes" : "no");
	sixpn_noun_label(out, "created");
	sixpn_noun_time(out, NULL, host->created);
	sixpn_out_text(out, "\n");
	sixpn_noun_label(out, "alive");
	sixpn_out_text(out, "%s", row->alive ? "yes" : "no");
	if (row->since) {
		sixpn_out_text(out, ", since ");
		sixpn_noun_time(out, NULL, row->since);
	}
	sixpn_out_text(out, "\n");
	sixpn_noun_label(out, "machines");
	sixpn_out_text(out, "%u\n", count->machines);
	sixpn_noun_label(out, "clients");
	sixpn_out_text(out, "%u\n", count->clients);
}

static int read_host(struct sixpn_noun *noun, struct row *row,
		     struct sixpn_count *count)
{
	struct sixpn_tally tally = { 0 };
	struct sixpn_record record;
	int ret;

	ret = sixpn_node_host(&noun->node, noun->run->words[0], &record,
			      &noun->error);
	if (ret)
		return ret;
	row->host = record.host;
	sixpn_record_clear(&record);
	ret = sixpn_registry_get_alive(noun->node.registry, row->host.host,
				       &record, &noun->error);
	if (!ret) {
		row->alive = true;
		row->since = record.alive.since;
		sixpn_record_clear(&record);
	} else if (ret != -ENOENT) {
		return ret;
	}
	ret = sixpn_tally_read(&tally, noun, true, row->host.host);
	*count = sixpn_tally_of(&tally, row->host.host);
	sixpn_tally_clear(&tally);
	if (!ret)
		row->self = !sixpn_node_load_key(&noun->node, false, NULL) &&
			    sixpn_key_equal(row->host.public_key,
					    noun->node.public_key);
	return ret;
}

static int run_show(struct sixpn_run *run)
{
	struct row row = { 0 };
	struct sixpn_count count = { 0 };
	struct sixpn_noun noun;
	int ret;

	ret = sixpn_noun_open(&noun, run);
	if (!ret)
		ret = read_host(&noun, &row, &count);
	if (!ret && run->out.json)
		print_json(&run->out, &row, &count);
	else if (!ret)
		print_host(&run->out, &row, &count);
	return sixpn_noun_close(&noun, ret);
}

static const struct sixpn_option no_options[] = {
	{ 0 },
};

static const struct sixpn_option leave_options[] = {
	{ "force", NULL, false },
	{ 0 },
};

#define HOST_NOTES "HOST: name or id; this one, if none is given.\n"

const struct sixpn_command sixpn_host_commands[] = {
	{ "host list", "", "List hosts, and whether they are alive",
	  0, 0, run_list, NULL, no_options },
	{ "host show", "[ HOST ]", "Show all of one host",
	  0, 1, run_show, HOST_NOTES, no_options },
	{ "host leave", "[ HOST ] [ --force ]",
	  "Remove a host from the registry",
	  0, 1, sixpn_host_leave,
	  HOST_NOTES
	  "--force: with all machines and clients that are on it, if it is not alive.\n",
	  leave_options },
	{ 0 },
};
