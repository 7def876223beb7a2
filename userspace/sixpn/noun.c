// SPDX-License-Identifier: GPL-2.0-or-later
#include "noun.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "table.h"

int sixpn_noun_open_config(struct sixpn_noun *noun, struct sixpn_run *run)
{
	memset(noun, 0, sizeof(*noun));
	noun->run = run;
	noun->lock = -1;
	return sixpn_node_open_config(&noun->node, run->config, &noun->error);
}

int sixpn_noun_open(struct sixpn_noun *noun, struct sixpn_run *run)
{
	int ret = sixpn_noun_open_config(noun, run);

	return ret ? ret : sixpn_node_open_registry(&noun->node, &noun->error);
}

int sixpn_noun_close(struct sixpn_noun *noun, int ret)
{
	sixpn_netlink_close(noun->netlink);
	if (noun->lock >= 0)
		close(noun->lock);
	sixpn_node_close(&noun->node);
	if (!ret)
		return SIXPN_EXIT_OK;
	sixpn_out_abandon(&noun->run->out);
	return sixpn_complain(noun->run, "%s", noun->error.text);
}

int sixpn_noun_take_device(struct sixpn_noun *noun)
{
	struct sixpn_device device = { 0 };
	int ret;

	if (sixpn_netlink_open(&noun->netlink, NULL)) {
		noun->netlink = NULL;
		return 0;
	}
	ret = sixpn_netlink_device_get(noun->netlink, noun->node.config.device,
				       SIXPN_READ_HEAD, &device, &noun->error);
	sixpn_device_clear(&device);
	if (ret) {
		sixpn_netlink_close(noun->netlink);
		noun->netlink = NULL;
		return ret == -ENODEV ? 0 :
		       sixpn_error_prefix(&noun->error, ret, "%s",
					  noun->node.config.device);
	}
	noun->lock = sixpn_node_lock(&noun->node, &noun->error);
	return noun->lock < 0 ? noun->lock : 0;
}

uint64_t sixpn_noun_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec;
}

void sixpn_noun_bad(void *data, const char *key, const struct sixpn_error *why)
{
	struct sixpn_noun *noun = *(struct sixpn_noun **)data;

	(void)key;
	sixpn_warn(noun->run, "warning: %s", why->text);
}

/* --- Counts. --- */

static struct sixpn_count *count_of(struct sixpn_tally *tally, uint32_t id)
{
	struct sixpn_count *grown;
	size_t i;

	/* Those of one host come together, often those of one network do. */
	if (tally->last < tally->count && tally->counts[tally->last].id == id)
		return &tally->counts[tally->last];
	for (i = 0; i < tally->count; i++) {
		if (tally->counts[i].id == id) {
			tally->last = i;
			return &tally->counts[i];
		}
	}
	if (tally->count == tally->room) {
		tally->room = tally->room ? 2 * tally->room : 16;
		grown = realloc(tally->counts, tally->room * sizeof(*grown));
		if (!grown)
			return NULL;
		tally->counts = grown;
	}
	tally->last = tally->count;
	tally->counts[tally->count] = (struct sixpn_count){ .id = id };
	return &tally->counts[tally->count++];
}

static int add_record(void *data, const struct sixpn_record *record)
{
	struct sixpn_tally *tally = data;
	struct sixpn_count *count;
	uint32_t id;

	if (record->kind == SIXPN_RECORD_MACHINE)
		id = tally->by_host ? record->machine.host :
				      record->machine.network;
	else if (record->kind == SIXPN_RECORD_CLIENT)
		id = tally->by_host ? record->client.gateway :
				      record->client.network;
	else
		id = record->service.network;
	count = count_of(tally, id);
	if (!count)
		return -ENOMEM;
	count->machines += record->kind == SIXPN_RECORD_MACHINE;
	count->clients += record->kind == SIXPN_RECORD_CLIENT;
	count->services += record->kind == SIXPN_RECORD_SERVICE;
	return 0;
}

int sixpn_tally_read(struct sixpn_tally *tally, struct sixpn_noun *noun,
		     bool by_host, uint32_t host)
{
	static const enum sixpn_record_kind kinds[] = {
		SIXPN_RECORD_MACHINE, SIXPN_RECORD_CLIENT, SIXPN_RECORD_SERVICE,
	};
	struct sixpn_registry_what what = { .host = host };
	int ret = 0;
	size_t i;

	memset(tally, 0, sizeof(*tally));
	tally->noun = noun;
	tally->by_host = by_host;
	/* A service is of a network, and nowhere. */
	for (i = 0; !ret && i < (by_host ? 2 : 3); i++) {
		what.kind = kinds[i];
		ret = sixpn_registry_list(noun->node.registry, &what, add_record,
					  sixpn_noun_bad, tally, &noun->error);
	}
	return ret == -ENOMEM ? sixpn_error_set(&noun->error, ret,
						"out of memory") : ret;
}

struct sixpn_count sixpn_tally_of(const struct sixpn_tally *tally, uint32_t id)
{
	size_t i;

	for (i = 0; i < tally->count; i++)
		if (tally->counts[i].id == id)
			return tally->counts[i];
	return (struct sixpn_count){ .id = id };
}

void sixpn_tally_clear(struct sixpn_tally *tally)
{
	free(tally->counts);
	memset(tally, 0, sizeof(*tally));
}

void sixpn_count_text(char text[SIXPN_COUNT_TEXT_MAX],
		      const struct sixpn_count *count)
{
	const struct {
		uint32_t count;
		const char *word;
	} parts[] = {
		{ count->machines, "machine" },
		{ count->clients, "client" },
		{ count->services, "service" },
	};
	size_t used = 0, left = 0, i;

	text[0] = '\0';
	for (i = 0; i < 3; i++)
		left += parts[i].count != 0;
	for (i = 0; i < 3; i++) {
		if (!parts[i].count)
			continue;
		left--;
		used += (size_t)snprintf(text + used,
					 SIXPN_COUNT_TEXT_MAX - used,
					 "%u %s%s%s", parts[i].count,
					 parts[i].word,
					 parts[i].count == 1 ? "" : "s",
					 left > 1 ? ", " : left ? " and " : "");
	}
}

/* --- Print. --- */

void sixpn_noun_print(struct sixpn_out *out, const char *heading,
		      void (*print)(struct sixpn_out *out, void *data),
		      void *data)
{
	struct sixpn_out words = *out;
	char *text = NULL;
	size_t length;

	words.file = out->terminal && !out->json ?
		     open_memstream(&text, &length) : NULL;
	if (!words.file) {
		print(out, data);
		return;
	}
	print(&words, data);
	if (fclose(words.file))
		out->failed = true;
	if (text)
		sixpn_table_print(out->file, heading, text);
	free(text);
}

void sixpn_noun_label(struct sixpn_out *out, const char *label)
{
	sixpn_out_text(out, "  %s%s%s: ", sixpn_out_style(out, SIXPN_STYLE_BOLD),
		       label, sixpn_out_style(out, SIXPN_STYLE_RESET));
}

void sixpn_noun_time(struct sixpn_out *out, const char *key, uint64_t seconds)
{
	char text[SIXPN_TIME_TEXT_MAX];

	if (!seconds) {
		sixpn_out_null(out, key, "-");
		return;
	}
	sixpn_time_format(text, seconds);
	sixpn_out_string(out, key, text, "%s", text);
}
