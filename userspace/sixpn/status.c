// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * status: how this host is doing.
 */
#include "up.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "resolver_state.h"

/* Another host, as the registry and the kernel know it. */
struct other {
	struct sixpn_record_host host;
	bool alive;
	uint64_t handshake;	/* seconds since 1970; 0: never */
};

/**
 * struct status - all of it
 * @noun: first: see sixpn_noun_bad()
 * @device: empty if @has_device is not set
 * @answers: the registry does; what follows has been read from it
 * @why_not: its sentence if it does not
 */
struct status {
	struct sixpn_noun *noun;
	struct sixpn_device device;
	bool has_device;
	bool answers;
	bool entered;			/* this host is in the registry */
	struct sixpn_error why_not;
	uint32_t self;
	uint32_t networks, machines, clients;
	uint32_t machines_here, clients_here;
	struct other *others;
	size_t count, room, alive;
};

/* --- Read. --- */

static void read_device(struct status *status)
{
	struct sixpn_noun *noun = status->noun;

	if (sixpn_netlink_open(&noun->netlink, NULL)) {
		noun->netlink = NULL;
		return;
	}
	status->has_device =
		!sixpn_netlink_device_get(noun->netlink,
					  noun->node.config.device,
					  SIXPN_READ_PEERS, &status->device,
					  NULL);
	if (!status->has_device)
		sixpn_device_clear(&status->device);
}

static int add_other(struct status *status,
		     const struct sixpn_record_host *host)
{
	const struct sixpn_peer *peer;
	struct other *grown;

	if (host->host == status->self) {
		status->entered = true;
		return 0;
	}
	if (status->count == status->room) {
		status->room = status->room ? 2 * status->room : 16;
		grown = realloc(status->others, status->room * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		status->others = grown;
	}
	grown = &status->others[status->count++];
	*grown = (struct other){ .host = *host };
	peer = sixpn_device_host_peer(&status->device, host->host);
	if (peer && peer->has & SIXPN_PEER_HAS_LAST_HANDSHAKE)
		grown->handshake = peer->last_handshake / 1000000000;
	return 0;
}

static int compare_id(const void *left, const void *right)
{
	uint32_t a = ((const struct other *)left)->host.host;
	uint32_t b = ((const struct other *)right)->host.host;

	return a < b ? -1 : a > b;
}

static void mark_alive(struct status *status, uint32_t id)
{
	struct other key = { .host.host = id }, *other;

	other = status->count ? bsearch(&key, status->others, status->count,
					sizeof(key), compare_id) : NULL;
	if (!other)
		return;
	other->alive = true;
	status->alive++;
}

static int take_record(void *data, const struct sixpn_record *record)
{
	struct status *status = data;

	switch (record->kind) {
	case SIXPN_RECORD_HOST:
		return add_other(status, &record->host);
	case SIXPN_RECORD_ALIVE:
		mark_alive(status, record->alive.host);
		break;
	case SIXPN_RECORD_NETWORK:
		status->networks++;
		break;
	case SIXPN_RECORD_MACHINE:
		status->machines++;
		status->machines_here += record->machine.host == status->self;
		break;
	case SIXPN_RECORD_CLIENT:
		status->clients++;
		status->clients_here += record->client.gateway == status->self;
		break;
	default:
		break;
	}
	return 0;
}

/* Hosts first: what is alive is one of them. */
static void read_registry(struct status *status)
{
	static const enum sixpn_record_kind kinds[] = {
		SIXPN_RECORD_HOST, SIXPN_RECORD_ALIVE, SIXPN_RECORD_NETWORK,
		SIXPN_RECORD_MACHINE, SIXPN_RECORD_CLIENT,
	};
	struct sixpn_noun *noun = status->noun;
	struct sixpn_registry_what what = { 0 };
	size_t i;
	int ret;

	ret = sixpn_node_open_registry(&noun->node, &status->why_not);
	for (i = 0; !ret && i < sizeof(kinds) / sizeof(*kinds); i++) {
		what.kind = kinds[i];
		ret = sixpn_registry_list(noun->node.registry, &what,
					  take_record, sixpn_noun_bad, status,
					  &status->why_not);
		if (ret == -ENOMEM)
			sixpn_error_set(&status->why_not, ret, "out of memory");
	}
	status->answers = !ret;
}

/* --- Print. --- */

static void print_device(struct sixpn_out *out, const struct status *status)
{
	const char *ifname = status->noun->node.config.device;

	sixpn_noun_label(out, "device");
	sixpn_out_string(out, "device", ifname, "%s, ", ifname);
	sixpn_out_bool(out, "up", status->has_device, "%s",
		       status->has_device ? "" :
		       "which is not there: run 'sixpn up'");
	if (status->has_device)
		sixpn_out_number(out, "port", status->device.listen_port,
				 "port %u", status->device.listen_port);
	sixpn_out_text(out, "\n");
}

static void print_registry(struct sixpn_out *out, const struct status *status)
{
	const char *where = status->noun->node.config.registry;

	sixpn_noun_label(out, "registry");
	sixpn_out_string(out, "registry", where, "%s, ", where);
	sixpn_out_bool(out, "answers", status->answers, "%s",
		       !status->answers ? "which does not answer: " :
		       status->entered ? "answers" :
		       "in which this host is not: run 'sixpn up'");
	if (status->answers)
		sixpn_out_bool(out, "entered", status->entered, "%s", "");
	else
		sixpn_out_string(out, "error", status->why_not.text, "%s",
				 status->why_not.text);
	sixpn_out_text(out, "\n");
}

static void print_other(struct sixpn_out *out, const struct other *other)
{
	sixpn_out_open_object(out, NULL);
	sixpn_out_string(out, "name", other->host.name, "    %s: ",
			 other->host.name);
	sixpn_out_json_number(out, "host", other->host.host);
	sixpn_out_json_string(out, "region", other->host.region);
	sixpn_out_bool(out, "alive", other->alive, "%s, latest handshake: ",
		       other->alive ? "alive" : "not alive");
	sixpn_noun_time(out, "latest-handshake", other->handshake);
	sixpn_out_text(out, "\n");
	sixpn_out_close(out);
}

/* Who may not ask it is told the same as where it does not run. */
static void print_resolver(struct sixpn_out *out, const struct status *status)
{
	const char *path = status->noun->node.config.resolver_metrics;
	struct sixpn_resolver_state state;
	bool runs = !sixpn_resolver_state_read(&state, path);

	sixpn_noun_label(out, "resolver");
	sixpn_out_bool(out, "resolver", runs, "%s",
		       runs ? "runs" : "does not run\n");
	if (!runs)
		return;
	sixpn_out_number(out, "resolver-machines", state.machines,
			 ", knows %" PRIu64 " machines", state.machines);
	if (state.age)
		sixpn_out_number(out, "resolver-age", state.age,
				 " as they were %" PRIu64 " seconds ago",
				 state.age);
	else
		sixpn_out_json_number(out, "resolver-age", 0);
	sixpn_out_number(out, "resolver-queries", state.queries,
			 ", was asked %" PRIu64 " times", state.queries);
	sixpn_out_number(out, "resolver-refused", state.refused,
			 ", refused %" PRIu64 "\n", state.refused);
}

static void print_counts(struct sixpn_out *out, const struct status *status)
{
	size_t i;

	sixpn_noun_label(out, "other hosts");
	sixpn_out_text(out, "%zu, of which %zu are alive\n", status->count,
		       status->alive);
	sixpn_out_open_array(out, "hosts");
	for (i = 0; i < status->count; i++)
		print_other(out, &status->others[i]);
	sixpn_out_close(out);
	sixpn_noun_label(out, "networks");
	sixpn_out_number(out, "networks", status->networks, "%u\n",
			 status->networks);
	sixpn_noun_label(out, "machines");
	sixpn_out_number(out, "machines", status->machines, "%u",
			 status->machines);
	sixpn_out_number(out, "machines-here", status->machines_here,
			 ", %u of them here\n", status->machines_here);
	sixpn_noun_label(out, "clients");
	sixpn_out_number(out, "clients", status->clients, "%u",
			 status->clients);
	sixpn_out_number(out, "clients-here", status->clients_here,
			 ", %u of them here\n", status->clients_here);
}

static void print_status(struct sixpn_out *out, const struct status *status)
{
	const struct sixpn_node *node = &status->noun->node;
	bool agent = sixpn_node_has_agent(node);

	sixpn_out_open_object(out, NULL);
	sixpn_out_text(out, "%shost%s: ",
		       sixpn_out_style(out, SIXPN_STYLE_BOLD),
		       sixpn_out_style(out, SIXPN_STYLE_RESET));
	sixpn_out_string(out, "name", node->config.name, "%s\n",
			 node->config.name);
	sixpn_noun_label(out, "id");
	if (node->has_key)
		sixpn_out_number(out, "host", node->host_id, "%u\n",
				 node->host_id);
	else
		sixpn_out_null(out, "host", "-\n");
	sixpn_noun_label(out, "region");
	sixpn_out_string(out, "region", node->config.region, "%s\n",
			 node->config.region);
	print_device(out, status);
	sixpn_noun_label(out, "agent");
	sixpn_out_bool(out, "agent", agent, "%s\n",
		       agent ? "runs" : "does not run");
	print_resolver(out, status);
	print_registry(out, status);
	if (status->answers)
		print_counts(out, status);
	sixpn_out_close(out);
}

int sixpn_status(struct sixpn_run *run)
{
	struct sixpn_noun noun;
	struct status status = { .noun = &noun };
	int code = SIXPN_EXIT_OK, ret;

	ret = sixpn_noun_open_config(&noun, run);
	if (!ret) {
		/* Who cannot read it is told the rest. */
		if (!sixpn_node_load_key(&noun.node, false, NULL))
			status.self = noun.node.host_id;
		read_device(&status);
		read_registry(&status);
		print_status(&run->out, &status);
		code = status.has_device ? SIXPN_EXIT_OK : SIXPN_EXIT_REFUSED;
	}
	sixpn_device_clear(&status.device);
	free(status.others);
	ret = sixpn_noun_close(&noun, ret);
	return ret ? ret : code;
}
