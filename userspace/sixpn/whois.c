// SPDX-License-Identifier: GPL-2.0-or-later
#include "whois.h"

#include <errno.h>
#include <string.h>

#include "change.h"
#include "format.h"
#include "keys.h"
#include "machine.h"
#include "netlink.h"
#include "object.h"
#include "parse.h"
#include "port.h"
#include "print.h"

/* Only what the address is in: a device may have a million machines. */
static int read_objects(struct sixpn_netlink *netlink,
			struct sixpn_device *device,
			const struct in6_addr *address,
			struct sixpn_error *error)
{
	struct sixpn_machine named = { .has = SIXPN_MACHINE_HAS_ADDRESS,
				       .address = *address };
	struct sixpn_machine machine = { 0 }, *added;
	uint32_t network = sixpn_addr_network(address);
	int ret;

	if (network == SIXPN_NETWORK_NONE || !device->kernel_network_count)
		return 0;
	ret = sixpn_network_get(netlink, device->ifname, network, device,
				error);
	/* Without its network there is neither machine nor route. */
	if (ret)
		return ret == -ENOENT ? 0 : ret;
	if (!sixpn_addr_is_machine(address) ||
	    sixpn_addr_machine(address) == SIXPN_MACHINE_HOST)
		return 0;
	ret = sixpn_machine_get(netlink, device->ifname, &named, &machine,
				error);
	if (!ret) {
		added = sixpn_device_add_machine(device);
		if (!added) {
			sixpn_machine_clear(&machine);
			return sixpn_error_set(error, -ENOMEM, "out of memory");
		}
		*added = machine;
	}
	if (ret && ret != -ENOENT)
		return ret;
	ret = sixpn_route_get(netlink, device->ifname, address, device, error);
	return ret == -ENOENT ? 0 : ret;
}

static void label(struct sixpn_out *out, const char *text)
{
	sixpn_out_text(out, "  %s%s%s: ", sixpn_out_style(out, SIXPN_STYLE_BOLD),
		       text, sixpn_out_style(out, SIXPN_STYLE_RESET));
}

static void print_parts(struct sixpn_out *out, const struct sixpn_whois *whois,
			const struct sixpn_device *device)
{
	const struct sixpn_addr *parts = &whois->parts;
	bool here = device->has & SIXPN_DEVICE_HAS_HOST_ID &&
		    device->host_id == parts->host;

	label(out, "network");
	sixpn_out_number(out, "network", parts->network, "%u\n",
			 parts->network);
	label(out, "host");
	sixpn_out_number(out, "host_id", parts->host, "%u%s\n", parts->host,
			 here ? " (this one)" : "");
	label(out, "machine");
	sixpn_out_number(out, "machine", parts->machine, "%u\n",
			 parts->machine);
	sixpn_out_json_number(out, "sub", parts->sub);
	if (parts->sub != SIXPN_SUB_MACHINE) {
		label(out, "sub");
		sixpn_out_text(out, "%u\n", parts->sub);
	}
	if (!whois->machine)
		return;
	if (whois->machine->has & SIXPN_MACHINE_HAS_NAME) {
		label(out, "name");
		sixpn_out_text(out, "%s\n", whois->machine->name);
	}
}

static const char *machine_where(const struct sixpn_machine *machine)
{
	switch (machine->state) {
	case SIXPN_MACHINE_STATE_ATTACHED:
		return sixpn_format_attachment(machine->attachment);
	default:
		return sixpn_format_state(machine->state);
	}
}

/* One word, the same in text and JSON; scripts may count on it. */
static const char *where_word(const struct sixpn_whois *whois)
{
	static const char *const words[] = {
		[SIXPN_WHOIS_NOWHERE] = "nowhere",
		[SIXPN_WHOIS_RESOLVER] = "resolver",
		[SIXPN_WHOIS_WELL_KNOWN] = "well-known",
		[SIXPN_WHOIS_SERVICE] = "service",
		[SIXPN_WHOIS_NO_NETWORK] = "no-network",
		[SIXPN_WHOIS_SELF] = "host",
		[SIXPN_WHOIS_NO_MACHINE] = "no-machine",
		[SIXPN_WHOIS_ROUTE] = "exception",
		[SIXPN_WHOIS_HOST] = "host-peer",
		[SIXPN_WHOIS_NO_HOST] = "no-host",
		[SIXPN_WHOIS_ALLOWED_IP] = "allowed-ips",
	};

	if (whois->where == SIXPN_WHOIS_MACHINE)
		return machine_where(whois->machine);
	return words[whois->where];
}

static void print_detail(struct sixpn_out *out, const struct sixpn_whois *whois)
{
	const struct sixpn_machine *machine = whois->machine;
	char name[SIXPN_NAME_ROOM], key[SIXPN_KEY_BASE64_LEN + 1];

	if (machine && machine->state == SIXPN_MACHINE_STATE_ATTACHED &&
	    machine->has & SIXPN_MACHINE_HAS_IFNAME) {
		sixpn_out_name(out, name, sizeof(name), machine->ifname);
		sixpn_out_text(out, " %s", name);
		if (machine->netns)
			sixpn_out_text(out, " netns %s", machine->netns);
	}
	if (machine && machine->has & SIXPN_MACHINE_HAS_PEER_KEY) {
		sixpn_key_to_base64(key, machine->peer_key);
		sixpn_out_text(out, " %s", key);
	}
	if (whois->via)
		sixpn_out_number(out, "via", whois->via, " via host %u",
				 whois->via);
	if (whois->peer) {
		sixpn_key_to_base64(key, whois->peer->public_key);
		sixpn_out_string(out, "peer", key, " peer %s", key);
	}
}

static void print_whois(struct sixpn_out *out, const struct sixpn_whois *whois,
			const struct sixpn_device *device, const char *address)
{
	const char *where = where_word(whois);

	sixpn_out_open_object(out, NULL);
	sixpn_out_string(out, "address", address, "%s\n", address);
	if (whois->is_6pn)
		print_parts(out, whois, device);
	label(out, "where");
	sixpn_out_string(out, "where", where, "%s", where);
	print_detail(out, whois);
	sixpn_out_text(out, "\n");
	if (whois->machine)
		sixpn_print_machine_json(out, whois->machine);
	sixpn_out_close(out);
}

int sixpn_run_whois(struct sixpn_run *run)
{
	struct sixpn_device name = { 0 }, device = { 0 };
	char text[SIXPN_ALLOWEDIP_TEXT_MAX];
	struct sixpn_allowedip address;
	struct sixpn_netlink *netlink;
	struct sixpn_whois whois;
	struct sixpn_error error;
	int code, ret;

	code = sixpn_change_name(run, &name, run->words[0]);
	if (code)
		return code;
	if (strchr(run->words[1], '/') ||
	    sixpn_parse_allowedip(&address, NULL, run->words[1],
				  strlen(run->words[1])))
		return sixpn_complain(run, "not an address: '%s' (sixpn show %s machines lists those of machines)",
				      run->words[1], name.ifname);
	if (sixpn_netlink_open(&netlink, &error))
		return sixpn_complain(run, "%s", error.text);
	ret = sixpn_netlink_device_get(netlink, name.ifname, SIXPN_READ_PEERS,
				       &device, &error);
	if (!ret && address.family == AF_INET6 &&
	    sixpn_addr_is(&address.address.v6))
		ret = read_objects(netlink, &device, &address.address.v6,
				   &error);
	sixpn_netlink_close(netlink);
	if (!ret && sixpn_ports_locate(&device))
		ret = sixpn_error_set(&error, -ENOMEM, "out of memory");
	if (ret) {
		code = sixpn_complain(run, "%s: %s", name.ifname, error.text);
	} else {
		sixpn_whois(&whois, &device, &address);
		sixpn_format_allowedip_address(text, &address);
		print_whois(&run->out, &whois, &device, text);
	}
	sixpn_device_clear(&device);
	return code;
}
