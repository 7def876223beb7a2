// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Networks, machines and routes, as show, set and whois print them.
 */
#include "print.h"

#include <inttypes.h>

#include <sixpn/addr.h>

#include "format.h"
#include "keys.h"

void sixpn_print_kind(struct sixpn_out *out, const struct sixpn_peer *peer)
{
	const char *kind = sixpn_format_kind(peer->kind);

	sixpn_out_string(out, "kind", kind, "%s", kind);
}

void sixpn_print_peer_host_id(struct sixpn_out *out,
			      const struct sixpn_peer *peer)
{
	if (peer->has & SIXPN_PEER_HAS_HOST_ID && peer->host_id)
		sixpn_out_number(out, "host_id", peer->host_id, "%u",
				 peer->host_id);
	else
		sixpn_out_null(out, "host_id", "(none)");
}

void sixpn_print_idle_expiry(struct sixpn_out *out,
			     const struct sixpn_peer *peer)
{
	if (peer->idle_expiry)
		sixpn_out_number(out, "idle_expiry", peer->idle_expiry, "%u",
				 peer->idle_expiry);
	else
		sixpn_out_number(out, "idle_expiry", 0, "off");
}

void sixpn_print_peer_drops(struct sixpn_out *out,
			    const struct sixpn_peer *peer)
{
	sixpn_out_number(out, "drops", peer->drops, "%" PRIu64, peer->drops);
}

void sixpn_print_peer_itself(struct sixpn_out *out,
			     const struct sixpn_peer *peer)
{
	sixpn_print_peer_key(out, peer);
	if (!out->json)
		return;
	sixpn_print_kind(out, peer);
	sixpn_print_peer_host_id(out, peer);
	sixpn_print_idle_expiry(out, peer);
}

void sixpn_print_host_id(struct sixpn_out *out,
			 const struct sixpn_device *device)
{
	if (device->has & SIXPN_DEVICE_HAS_HOST_ID && device->host_id)
		sixpn_out_number(out, "host_id", device->host_id, "%u",
				 device->host_id);
	else
		sixpn_out_null(out, "host_id", "(none)");
}

static void print_counters_json(struct sixpn_out *out,
				const struct sixpn_counters *counters)
{
	sixpn_out_json_number(out, "rx_packets", counters->rx_packets);
	sixpn_out_json_number(out, "rx_bytes", counters->rx_bytes);
	sixpn_out_json_number(out, "tx_packets", counters->tx_packets);
	sixpn_out_json_number(out, "tx_bytes", counters->tx_bytes);
	sixpn_out_json_number(out, "drops", counters->drops);
}

static void print_counters_text(struct sixpn_out *out,
				const struct sixpn_counters *counters)
{
	sixpn_out_text(out, "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64,
		       counters->rx_bytes, counters->tx_bytes,
		       counters->drops);
}

void sixpn_print_network(struct sixpn_out *out,
			 const struct sixpn_network *network)
{
	char prefix[SIXPN_ALLOWEDIP_TEXT_MAX];

	sixpn_format_network(prefix, network->id);
	sixpn_out_open_object(out, NULL);
	sixpn_out_number(out, "id", network->id, "%u", network->id);
	sixpn_out_string(out, "prefix", prefix, "\t%s", prefix);
	sixpn_out_number(out, "machine_count", network->machine_count, "\t%u",
			 network->machine_count);
	print_counters_json(out, &network->counters);
	print_counters_text(out, &network->counters);
	sixpn_out_close(out);
}

static void print_json_ifname(struct sixpn_out *out,
			      const struct sixpn_machine *machine)
{
	char name[SIXPN_NAME_ROOM];

	sixpn_out_name(out, name, sizeof(name), machine->ifname);
	sixpn_out_json_string(out, "ifname", name);
}

void sixpn_print_machine_json(struct sixpn_out *out,
			      const struct sixpn_machine *machine)
{
	char text[SIXPN_KEY_BASE64_LEN + 1];

	if (!out->json)
		return;
	sixpn_out_json_number(out, "id", machine->id);
	if (machine->has & SIXPN_MACHINE_HAS_NAME)
		sixpn_out_json_string(out, "name", machine->name);
	else
		sixpn_out_json_null(out, "name");
	sixpn_out_json_string(out, "attachment",
			      sixpn_format_attachment(machine->attachment));
	if (machine->has & SIXPN_MACHINE_HAS_IFNAME)
		print_json_ifname(out, machine);
	if (machine->has & SIXPN_MACHINE_HAS_IFINDEX)
		sixpn_out_json_number(out, "ifindex", machine->ifindex);
	if (machine->netns)
		sixpn_out_json_string(out, "netns", machine->netns);
	if (machine->has & SIXPN_MACHINE_HAS_PEER_KEY) {
		sixpn_key_to_base64(text, machine->peer_key);
		sixpn_out_json_string(out, "public_key", text);
	}
	sixpn_out_json_string(out, "state",
			      sixpn_format_state(machine->state));
	if (machine->moved_to)
		sixpn_out_json_number(out, "moved_to", machine->moved_to);
	else
		sixpn_out_json_null(out, "moved_to");
	print_counters_json(out, &machine->counters);
}

/* What it hangs on: a netdev, a key, or nothing that has a name. */
static void print_where(struct sixpn_out *out,
			const struct sixpn_machine *machine)
{
	char name[SIXPN_NAME_ROOM], key[SIXPN_KEY_BASE64_LEN + 1];

	if (machine->has & SIXPN_MACHINE_HAS_PEER_KEY) {
		sixpn_key_to_base64(key, machine->peer_key);
		sixpn_out_text(out, "\t%s", key);
	} else if (machine->has & SIXPN_MACHINE_HAS_IFNAME) {
		sixpn_out_name(out, name, sizeof(name), machine->ifname);
		sixpn_out_text(out, "\t%s", name);
	} else {
		sixpn_out_text(out, "\t(none)");
	}
}

void sixpn_print_machine(struct sixpn_out *out,
			 const struct sixpn_machine *machine)
{
	char address[SIXPN_ALLOWEDIP_TEXT_MAX] = "(none)";

	if (machine->has & SIXPN_MACHINE_HAS_ADDRESS)
		sixpn_format_6pn(address, &machine->address);
	sixpn_out_open_object(out, NULL);
	sixpn_out_string(out, "address", address, "%s", address);
	sixpn_out_number(out, "network", machine->network, "\t%u",
			 machine->network);
	sixpn_print_machine_json(out, machine);
	if (!out->json) {
		sixpn_out_text(out, "\t%u\t%s\t%s", machine->id,
			       machine->has & SIXPN_MACHINE_HAS_NAME ?
			       machine->name : "(none)",
			       sixpn_format_attachment(machine->attachment));
		print_where(out, machine);
		sixpn_out_text(out, "\t%s", sixpn_format_state(machine->state));
		if (machine->moved_to)
			sixpn_out_text(out, "\t%u", machine->moved_to);
		else
			sixpn_out_text(out, "\toff");
		print_counters_text(out, &machine->counters);
	}
	sixpn_out_close(out);
}

void sixpn_print_route(struct sixpn_out *out, const struct sixpn_route *route)
{
	char prefix[SIXPN_ALLOWEDIP_TEXT_MAX];

	sixpn_format_prefix(prefix, &route->address, SIXPN_MACHINE_LEN);
	sixpn_out_open_object(out, NULL);
	sixpn_out_string(out, "prefix", prefix, "%s", prefix);
	sixpn_out_number(out, "host_id", route->host_id, "\t%u",
			 route->host_id);
	sixpn_out_close(out);
}

void sixpn_print_drops_json(struct sixpn_out *out,
			    const struct sixpn_device *device)
{
	size_t i;

	sixpn_out_open_object(out, "drops");
	for (i = 0; i < device->drop_count; i++)
		sixpn_out_json_number(out, device->drops[i].name,
				      device->drops[i].packets);
	sixpn_out_close(out);
}
