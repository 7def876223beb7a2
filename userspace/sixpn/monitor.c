// SPDX-License-Identifier: GPL-2.0-or-later
#include "command.h"

#include <inttypes.h>
#include <net/if.h>
#include <string.h>

#include <sixpn/addr.h>

#include "format.h"
#include "keys.h"
#include "netlink.h"
#include "parse.h"
#include "print.h"

static const char *const event_words[] = {
	[SIXPN_CMD_UNSPEC] = "events-lost",
	[SIXPN_CMD_DEVICE_NTF] = "device",
	[SIXPN_CMD_DEVICE_DEL_NTF] = "device-removed",
	[SIXPN_CMD_PEER_NTF] = "peer",
	[SIXPN_CMD_PEER_DEL_NTF] = "peer-removed",
	[SIXPN_CMD_HANDSHAKE_NTF] = "handshake",
	[SIXPN_CMD_ENDPOINT_NTF] = "endpoint",
	[SIXPN_CMD_UNKNOWN_NTF] = "unknown-initiator",
	[SIXPN_CMD_NETWORK_NTF] = "network",
	[SIXPN_CMD_NETWORK_DEL_NTF] = "network-removed",
	[SIXPN_CMD_MACHINE_NTF] = "machine",
	[SIXPN_CMD_MACHINE_DEL_NTF] = "machine-removed",
	[SIXPN_CMD_ROUTE_NTF] = "route",
	[SIXPN_CMD_ROUTE_DEL_NTF] = "route-removed",
};

struct watch {
	struct sixpn_run *run;
	const char *ifname;	/* only this device, or NULL */
};

/* Nothing of it for a peer as WireGuard knows them. */
static void print_kind(struct sixpn_out *out, const struct sixpn_peer *peer)
{
	if (peer->has & SIXPN_PEER_HAS_KIND) {
		const char *kind = sixpn_format_kind(peer->kind);

		sixpn_out_json_string(out, "kind", kind);
		if (peer->kind != SIXPN_PEER_KIND_SITE)
			sixpn_out_text(out, " kind %s", kind);
	}
	if (peer->has & SIXPN_PEER_HAS_HOST_ID && peer->host_id)
		sixpn_out_number(out, "host_id", peer->host_id, " host-id %u",
				 peer->host_id);
	if (peer->flags & SIXPN_PEER_F_EXPIRED)
		sixpn_out_bool(out, "expired", true, " expired");
}

static void print_peer(struct sixpn_out *out, const struct sixpn_peer *peer)
{
	char key[SIXPN_KEY_BASE64_LEN + 1];

	sixpn_key_to_base64(key, peer->public_key);
	sixpn_out_string(out, "public_key", key, " %s", key);
	if (peer->has & SIXPN_PEER_HAS_ENDPOINT) {
		sixpn_out_text(out, " endpoint ");
		sixpn_print_endpoint(out, peer);
	}
	if (peer->has & SIXPN_PEER_HAS_KEEPALIVE) {
		sixpn_out_text(out, " persistent-keepalive ");
		sixpn_print_keepalive(out, peer);
	}
	if (peer->has & SIXPN_PEER_HAS_LAST_HANDSHAKE) {
		sixpn_out_text(out, " latest-handshake ");
		sixpn_print_latest_handshake(out, peer);
	}
	if (peer->has & SIXPN_PEER_HAS_HANDSHAKE_RTT)
		sixpn_out_number(out, "handshake_rtt_us", peer->handshake_rtt,
				 " rtt %u.%03u ms", peer->handshake_rtt / 1000,
				 peer->handshake_rtt % 1000);
	print_kind(out, peer);
}

static void print_network(struct sixpn_out *out,
			  const struct sixpn_network *network)
{
	char prefix[SIXPN_ALLOWEDIP_TEXT_MAX];

	sixpn_format_network(prefix, network->id);
	sixpn_out_number(out, "network", network->id, " %u", network->id);
	sixpn_out_string(out, "prefix", prefix, " %s", prefix);
}

/* In the words of set, so that a line can be said again. */
static void print_machine(struct sixpn_out *out,
			  const struct sixpn_machine *machine)
{
	char address[SIXPN_ALLOWEDIP_TEXT_MAX] = "(none)";
	char name[SIXPN_NAME_ROOM], key[SIXPN_KEY_BASE64_LEN + 1];

	if (machine->has & SIXPN_MACHINE_HAS_ADDRESS)
		sixpn_format_6pn(address, &machine->address);
	sixpn_out_string(out, "address", address, " %s", address);
	sixpn_out_number(out, "network", machine->network, " network %u",
			 machine->network);
	sixpn_out_number(out, "id", machine->id, " id %u", machine->id);
	if (machine->has & SIXPN_MACHINE_HAS_NAME)
		sixpn_out_string(out, "machine", machine->name, " name %s",
				 machine->name);
	if (machine->has & SIXPN_MACHINE_HAS_ATTACHMENT) {
		const char *word = sixpn_format_attachment(machine->attachment);

		sixpn_out_json_string(out, "attachment", word);
		if (machine->attachment != SIXPN_ATTACHMENT_NONE)
			sixpn_out_text(out, " %s", word);
	}
	if (machine->has & SIXPN_MACHINE_HAS_IFNAME) {
		sixpn_out_name(out, name, sizeof(name), machine->ifname);
		sixpn_out_string(out, "ifname", name, " %s", name);
	}
	if (machine->has & SIXPN_MACHINE_HAS_PEER_KEY) {
		sixpn_key_to_base64(key, machine->peer_key);
		sixpn_out_string(out, "public_key", key, " %s", key);
	}
	if (machine->has & SIXPN_MACHINE_HAS_STATE) {
		const char *word = sixpn_format_state(machine->state);

		sixpn_out_string(out, "state", word, " %s", word);
	}
	if (machine->moved_to)
		sixpn_out_number(out, "moved_to", machine->moved_to,
				 " moved-to %u", machine->moved_to);
}

static void print_route(struct sixpn_out *out, const struct sixpn_route *route)
{
	char prefix[SIXPN_ALLOWEDIP_TEXT_MAX];

	sixpn_format_prefix(prefix, &route->address, SIXPN_MACHINE_LEN);
	sixpn_out_string(out, "prefix", prefix, " %s", prefix);
	sixpn_out_number(out, "via", route->host_id, " via %u",
			 route->host_id);
}

static void print_device(struct sixpn_out *out,
			 const struct sixpn_device *device)
{
	if (device->has & SIXPN_DEVICE_HAS_PUBLIC_KEY) {
		sixpn_out_text(out, " public-key ");
		sixpn_print_public_key(out, device);
	}
	if (device->has & SIXPN_DEVICE_HAS_LISTEN_PORT) {
		sixpn_out_text(out, " listen-port ");
		sixpn_print_listen_port(out, device);
	}
	if (device->has & SIXPN_DEVICE_HAS_FWMARK) {
		sixpn_out_text(out, " fwmark ");
		sixpn_print_fwmark(out, device);
	}
	if (device->has & SIXPN_DEVICE_HAS_PEER_COUNT)
		sixpn_out_number(out, "peer_count", device->kernel_peer_count,
				 " peers %u", device->kernel_peer_count);
	if (device->has & SIXPN_DEVICE_HAS_HOST_ID)
		sixpn_out_json_number(out, "host_id", device->host_id);
	if (!(device->has & SIXPN_DEVICE_HAS_OBJECT_COUNTS))
		return;
	sixpn_out_json_number(out, "network_count",
			      device->kernel_network_count);
	sixpn_out_json_number(out, "machine_count",
			      device->kernel_machine_count);
	sixpn_out_json_number(out, "route_count", device->kernel_route_count);
	if (device->kernel_network_count)
		sixpn_out_text(out, " host-id %u networks %u machines %u routes %u",
			       device->host_id, device->kernel_network_count,
			       device->kernel_machine_count,
			       device->kernel_route_count);
}

static void print_subject(struct sixpn_out *out,
			  const struct sixpn_device *device)
{
	if (device->peer_count)
		print_peer(out, &device->peers[0]);
	else if (device->network_count)
		print_network(out, &device->networks[0]);
	else if (device->machine_count)
		print_machine(out, &device->machines[0]);
	else if (device->route_count)
		print_route(out, &device->routes[0]);
	else
		print_device(out, device);
}

static int print_event(void *context, const struct sixpn_event *event)
{
	const struct watch *watch = context;
	const struct sixpn_device *device = &event->device;
	struct sixpn_out *out = &watch->run->out;
	char name[SIXPN_NAME_ROOM];
	const char *word = "unknown";

	if (event->command < sizeof(event_words) / sizeof(*event_words) &&
	    event_words[event->command])
		word = event_words[event->command];
	if (watch->ifname && event->command != SIXPN_CMD_UNSPEC &&
	    strcmp(watch->ifname, device->ifname))
		return 0;
	sixpn_out_name(out, name, sizeof(name), device->ifname);
	sixpn_out_open_object(out, NULL);
	sixpn_out_string(out, "event", word, "%s", word);
	if (event->command != SIXPN_CMD_UNSPEC) {
		sixpn_out_string(out, "name", name, " %s", name);
		sixpn_out_json_number(out, "ifindex", device->ifindex);
	}
	if (device->has & SIXPN_DEVICE_HAS_GENERATION)
		sixpn_out_json_number(out, "generation", device->generation);
	print_subject(out, device);
	sixpn_out_text(out, "\n");
	sixpn_out_close(out);
	return sixpn_out_finish(out);
}

int sixpn_run_monitor(struct sixpn_run *run)
{
	struct watch watch = { .run = run };
	struct sixpn_netlink *netlink;
	struct sixpn_error error = { 0 };
	char ifname[IFNAMSIZ];
	int ret;

	if (run->count) {
		if (sixpn_parse_ifname(ifname, run->words[0],
				       strlen(run->words[0])))
			return sixpn_complain(run, "not a device name: '%s'",
					      run->words[0]);
		watch.ifname = ifname;
	}
	if (sixpn_netlink_open(&netlink, &error))
		return sixpn_complain(run, "%s", error.text);
	run->out.lines = true;
	ret = sixpn_netlink_events_join(netlink, &error);
	if (!ret && watch.ifname && !if_nametoindex(ifname))
		sixpn_complain(run, "there is no device %s yet: waiting for it",
			       ifname);
	while (!ret)
		ret = sixpn_netlink_events_read(netlink, print_event, &watch,
						&error);
	sixpn_netlink_close(netlink);
	return sixpn_complain(run, "%s", error.text[0] ? error.text :
			      "cannot write the output");
}
