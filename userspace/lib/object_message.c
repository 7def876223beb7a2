// SPDX-License-Identifier: GPL-2.0-or-later
#include "object_message.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <netlink/attr.h>

static int end_nest(struct nl_msg *message, struct nlattr *nest)
{
	return nla_nest_end(message, nest) < 0 ? -EMSGSIZE : 0;
}

int sixpn_object_put_network(struct nl_msg *message,
			     const struct sixpn_network *network)
{
	struct nlattr *nest;

	nest = nla_nest_start(message, SIXPN_A_NETWORK | NLA_F_NESTED);
	if (!nest ||
	    nla_put_u32(message, SIXPN_NETWORK_A_ID, network->id) < 0)
		return -EMSGSIZE;
	return end_nest(message, nest);
}

/* Which of what names a machine to send: all of it, or the first it has. */
static uint32_t naming(const struct sixpn_machine *machine,
		       enum sixpn_machine_part part)
{
	static const uint32_t order[] = { SIXPN_MACHINE_HAS_ADDRESS,
					  SIXPN_MACHINE_HAS_ID,
					  SIXPN_MACHINE_HAS_NAME };
	size_t i;

	if (part == SIXPN_MACHINE_WHOLE)
		return machine->has;
	for (i = 0; i < sizeof(order) / sizeof(*order); i++)
		if (machine->has & order[i])
			return (machine->has & SIXPN_MACHINE_HAS_NETWORK) |
			       order[i];
	return machine->has & SIXPN_MACHINE_HAS_NETWORK;
}

static int put_naming(struct nl_msg *message,
		      const struct sixpn_machine *machine, uint32_t has)
{
	if (has & SIXPN_MACHINE_HAS_NETWORK &&
	    nla_put_u32(message, SIXPN_MACHINE_A_NETWORK,
			machine->network) < 0)
		return -EMSGSIZE;
	if (has & SIXPN_MACHINE_HAS_ID &&
	    nla_put_u32(message, SIXPN_MACHINE_A_ID, machine->id) < 0)
		return -EMSGSIZE;
	if (has & SIXPN_MACHINE_HAS_NAME &&
	    nla_put_string(message, SIXPN_MACHINE_A_NAME, machine->name) < 0)
		return -EMSGSIZE;
	if (has & SIXPN_MACHINE_HAS_ADDRESS &&
	    nla_put(message, SIXPN_MACHINE_A_ADDRESS,
		    sizeof(machine->address), &machine->address) < 0)
		return -EMSGSIZE;
	return 0;
}

static int put_attachment(struct nl_msg *message,
			  const struct sixpn_machine *machine)
{
	uint32_t has = machine->has;

	if (has & SIXPN_MACHINE_HAS_ATTACHMENT &&
	    nla_put_u32(message, SIXPN_MACHINE_A_ATTACHMENT,
			machine->attachment) < 0)
		return -EMSGSIZE;
	if (has & SIXPN_MACHINE_HAS_IFNAME &&
	    nla_put_string(message, SIXPN_MACHINE_A_IFNAME,
			   machine->ifname) < 0)
		return -EMSGSIZE;
	if (has & SIXPN_MACHINE_HAS_IFINDEX &&
	    nla_put_u32(message, SIXPN_MACHINE_A_IFINDEX,
			machine->ifindex) < 0)
		return -EMSGSIZE;
	if (has & SIXPN_MACHINE_HAS_NETNS_FD &&
	    nla_put_u32(message, SIXPN_MACHINE_A_NETNS_FD,
			(uint32_t)machine->netns_fd) < 0)
		return -EMSGSIZE;
	if (has & SIXPN_MACHINE_HAS_PEER_KEY &&
	    nla_put(message, SIXPN_MACHINE_A_PEER_KEY, SIXPN_KEY_LEN,
		    machine->peer_key) < 0)
		return -EMSGSIZE;
	if (has & SIXPN_MACHINE_HAS_MOVED_TO &&
	    nla_put_u32(message, SIXPN_MACHINE_A_MOVED_TO,
			machine->moved_to) < 0)
		return -EMSGSIZE;
	return 0;
}

int sixpn_object_put_machine(struct nl_msg *message,
			     const struct sixpn_machine *machine,
			     enum sixpn_machine_part part)
{
	struct nlattr *nest;

	nest = nla_nest_start(message, SIXPN_A_MACHINE | NLA_F_NESTED);
	if (!nest || put_naming(message, machine, naming(machine, part)))
		return -EMSGSIZE;
	if (part != SIXPN_MACHINE_NAMED && put_attachment(message, machine))
		return -EMSGSIZE;
	return end_nest(message, nest);
}

int sixpn_object_put_route(struct nl_msg *message,
			   const struct sixpn_route *route)
{
	struct nlattr *nest;

	nest = nla_nest_start(message, SIXPN_A_ROUTE | NLA_F_NESTED);
	if (!nest || nla_put(message, SIXPN_ROUTE_A_ADDRESS,
			     sizeof(route->address), &route->address) < 0)
		return -EMSGSIZE;
	if (route->host_id &&
	    nla_put_u32(message, SIXPN_ROUTE_A_HOST_ID, route->host_id) < 0)
		return -EMSGSIZE;
	return end_nest(message, nest);
}

static const struct nla_policy network_policy[SIXPN_NETWORK_A_MAX + 1] = {
	[SIXPN_NETWORK_A_ID] = { .type = NLA_U32 },
	[SIXPN_NETWORK_A_MACHINE_COUNT] = { .type = NLA_U32 },
	[SIXPN_NETWORK_A_RX_PACKETS] = { .type = NLA_U64 },
	[SIXPN_NETWORK_A_RX_BYTES] = { .type = NLA_U64 },
	[SIXPN_NETWORK_A_TX_PACKETS] = { .type = NLA_U64 },
	[SIXPN_NETWORK_A_TX_BYTES] = { .type = NLA_U64 },
	[SIXPN_NETWORK_A_DROPS] = { .type = NLA_U64 },
};

static const struct nla_policy machine_policy[SIXPN_MACHINE_A_MAX + 1] = {
	[SIXPN_MACHINE_A_NETWORK] = { .type = NLA_U32 },
	[SIXPN_MACHINE_A_ID] = { .type = NLA_U32 },
	[SIXPN_MACHINE_A_NAME] = { .type = NLA_STRING, .minlen = 1,
				   .maxlen = SIXPN_MACHINE_NAME_MAX + 1 },
	[SIXPN_MACHINE_A_ADDRESS] = { .minlen = sizeof(struct in6_addr),
				      .maxlen = sizeof(struct in6_addr) },
	[SIXPN_MACHINE_A_ATTACHMENT] = { .type = NLA_U32 },
	[SIXPN_MACHINE_A_IFNAME] = { .type = NLA_STRING, .minlen = 1,
				     .maxlen = IFNAMSIZ },
	[SIXPN_MACHINE_A_IFINDEX] = { .type = NLA_U32 },
	[SIXPN_MACHINE_A_PEER_KEY] = { .minlen = SIXPN_KEY_LEN,
				       .maxlen = SIXPN_KEY_LEN },
	[SIXPN_MACHINE_A_MOVED_TO] = { .type = NLA_U32 },
	[SIXPN_MACHINE_A_STATE] = { .type = NLA_U32 },
	[SIXPN_MACHINE_A_RX_PACKETS] = { .type = NLA_U64 },
	[SIXPN_MACHINE_A_RX_BYTES] = { .type = NLA_U64 },
	[SIXPN_MACHINE_A_TX_PACKETS] = { .type = NLA_U64 },
	[SIXPN_MACHINE_A_TX_BYTES] = { .type = NLA_U64 },
	[SIXPN_MACHINE_A_DROPS] = { .type = NLA_U64 },
};

static const struct nla_policy route_policy[SIXPN_ROUTE_A_MAX + 1] = {
	[SIXPN_ROUTE_A_ADDRESS] = { .minlen = sizeof(struct in6_addr),
				    .maxlen = sizeof(struct in6_addr) },
	[SIXPN_ROUTE_A_HOST_ID] = { .type = NLA_U32 },
};

static const struct nla_policy drop_policy[SIXPN_DROP_A_MAX + 1] = {
	[SIXPN_DROP_A_REASON] = { .type = NLA_U32 },
	[SIXPN_DROP_A_NAME] = { .type = NLA_STRING, .minlen = 1 },
	[SIXPN_DROP_A_PACKETS] = { .type = NLA_U64 },
};

static int parse_nest(struct nlattr **tb, int max, struct nlattr *nest,
		      const struct nla_policy *policy)
{
	if (nla_parse(tb, max, nla_data(nest), nla_len(nest),
		      (struct nla_policy *)policy) < 0)
		return -EBADMSG;
	return 0;
}

static uint64_t get_u64(struct nlattr *attr)
{
	return attr ? nla_get_u64(attr) : 0;
}

static uint32_t get_u32(struct nlattr *attr)
{
	return attr ? nla_get_u32(attr) : 0;
}

static int parse_network(struct sixpn_device *device, struct nlattr *nest)
{
	struct nlattr *tb[SIXPN_NETWORK_A_MAX + 1];
	struct sixpn_network *network;

	if (parse_nest(tb, SIXPN_NETWORK_A_MAX, nest, network_policy) ||
	    !tb[SIXPN_NETWORK_A_ID])
		return -EBADMSG;
	network = sixpn_device_add_network(device);
	if (!network)
		return -ENOMEM;
	network->id = nla_get_u32(tb[SIXPN_NETWORK_A_ID]);
	network->machine_count = get_u32(tb[SIXPN_NETWORK_A_MACHINE_COUNT]);
	network->counters = (struct sixpn_counters){
		.rx_packets = get_u64(tb[SIXPN_NETWORK_A_RX_PACKETS]),
		.rx_bytes = get_u64(tb[SIXPN_NETWORK_A_RX_BYTES]),
		.tx_packets = get_u64(tb[SIXPN_NETWORK_A_TX_PACKETS]),
		.tx_bytes = get_u64(tb[SIXPN_NETWORK_A_TX_BYTES]),
		.drops = get_u64(tb[SIXPN_NETWORK_A_DROPS]),
	};
	return 0;
}

static void parse_machine_names(struct sixpn_machine *machine,
				struct nlattr **tb)
{
	if (tb[SIXPN_MACHINE_A_NETWORK]) {
		machine->network = nla_get_u32(tb[SIXPN_MACHINE_A_NETWORK]);
		machine->has |= SIXPN_MACHINE_HAS_NETWORK;
	}
	if (tb[SIXPN_MACHINE_A_ID]) {
		machine->id = nla_get_u32(tb[SIXPN_MACHINE_A_ID]);
		machine->has |= SIXPN_MACHINE_HAS_ID;
	}
	if (tb[SIXPN_MACHINE_A_NAME]) {
		nla_strlcpy(machine->name, tb[SIXPN_MACHINE_A_NAME],
			    sizeof(machine->name));
		machine->has |= SIXPN_MACHINE_HAS_NAME;
	}
	if (tb[SIXPN_MACHINE_A_ADDRESS]) {
		memcpy(&machine->address,
		       nla_data(tb[SIXPN_MACHINE_A_ADDRESS]),
		       sizeof(machine->address));
		machine->has |= SIXPN_MACHINE_HAS_ADDRESS;
	}
}

static void parse_machine_place(struct sixpn_machine *machine,
				struct nlattr **tb)
{
	if (tb[SIXPN_MACHINE_A_ATTACHMENT]) {
		machine->attachment =
			nla_get_u32(tb[SIXPN_MACHINE_A_ATTACHMENT]);
		machine->has |= SIXPN_MACHINE_HAS_ATTACHMENT;
	}
	if (tb[SIXPN_MACHINE_A_IFNAME]) {
		nla_strlcpy(machine->ifname, tb[SIXPN_MACHINE_A_IFNAME],
			    sizeof(machine->ifname));
		machine->has |= SIXPN_MACHINE_HAS_IFNAME;
	}
	if (tb[SIXPN_MACHINE_A_IFINDEX]) {
		machine->ifindex = nla_get_u32(tb[SIXPN_MACHINE_A_IFINDEX]);
		machine->has |= SIXPN_MACHINE_HAS_IFINDEX;
	}
	if (tb[SIXPN_MACHINE_A_PEER_KEY]) {
		memcpy(machine->peer_key,
		       nla_data(tb[SIXPN_MACHINE_A_PEER_KEY]), SIXPN_KEY_LEN);
		machine->has |= SIXPN_MACHINE_HAS_PEER_KEY;
	}
	if (tb[SIXPN_MACHINE_A_MOVED_TO]) {
		machine->moved_to = nla_get_u32(tb[SIXPN_MACHINE_A_MOVED_TO]);
		machine->has |= SIXPN_MACHINE_HAS_MOVED_TO;
	}
	if (tb[SIXPN_MACHINE_A_STATE]) {
		machine->state = nla_get_u32(tb[SIXPN_MACHINE_A_STATE]);
		machine->has |= SIXPN_MACHINE_HAS_STATE;
	}
}

static int parse_machine(struct sixpn_device *device, struct nlattr *nest)
{
	struct nlattr *tb[SIXPN_MACHINE_A_MAX + 1];
	struct sixpn_machine *machine;

	if (parse_nest(tb, SIXPN_MACHINE_A_MAX, nest, machine_policy))
		return -EBADMSG;
	machine = sixpn_device_add_machine(device);
	if (!machine)
		return -ENOMEM;
	parse_machine_names(machine, tb);
	parse_machine_place(machine, tb);
	machine->counters = (struct sixpn_counters){
		.rx_packets = get_u64(tb[SIXPN_MACHINE_A_RX_PACKETS]),
		.rx_bytes = get_u64(tb[SIXPN_MACHINE_A_RX_BYTES]),
		.tx_packets = get_u64(tb[SIXPN_MACHINE_A_TX_PACKETS]),
		.tx_bytes = get_u64(tb[SIXPN_MACHINE_A_TX_BYTES]),
		.drops = get_u64(tb[SIXPN_MACHINE_A_DROPS]),
	};
	return 0;
}

static int parse_route(struct sixpn_device *device, struct nlattr *nest)
{
	struct nlattr *tb[SIXPN_ROUTE_A_MAX + 1];
	struct sixpn_route *route;

	if (parse_nest(tb, SIXPN_ROUTE_A_MAX, nest, route_policy) ||
	    !tb[SIXPN_ROUTE_A_ADDRESS])
		return -EBADMSG;
	route = sixpn_device_add_route(device);
	if (!route)
		return -ENOMEM;
	memcpy(&route->address, nla_data(tb[SIXPN_ROUTE_A_ADDRESS]),
	       sizeof(route->address));
	route->host_id = get_u32(tb[SIXPN_ROUTE_A_HOST_ID]);
	return 0;
}

static int parse_drop(struct sixpn_device *device, struct nlattr *nest)
{
	struct nlattr *tb[SIXPN_DROP_A_MAX + 1];
	struct sixpn_drop *drop;

	if (parse_nest(tb, SIXPN_DROP_A_MAX, nest, drop_policy) ||
	    !tb[SIXPN_DROP_A_NAME])
		return -EBADMSG;
	drop = sixpn_device_add_drop(device);
	if (!drop)
		return -ENOMEM;
	nla_strlcpy(drop->name, tb[SIXPN_DROP_A_NAME], sizeof(drop->name));
	drop->reason = get_u32(tb[SIXPN_DROP_A_REASON]);
	drop->packets = get_u64(tb[SIXPN_DROP_A_PACKETS]);
	return 0;
}

int sixpn_object_parse(struct sixpn_device *device, struct nlattr *attr)
{
	switch (nla_type(attr)) {
	case SIXPN_A_NETWORK:
		return parse_network(device, attr);
	case SIXPN_A_MACHINE:
		return parse_machine(device, attr);
	case SIXPN_A_ROUTE:
		return parse_route(device, attr);
	case SIXPN_A_DROP:
		return parse_drop(device, attr);
	default:
		return 0;
	}
}

static const char *const network_words[SIXPN_NETWORK_A_MAX + 1] = {
	[SIXPN_NETWORK_A_ID] = "id",
};

static const char *const machine_words[SIXPN_MACHINE_A_MAX + 1] = {
	[SIXPN_MACHINE_A_NETWORK] = "network",
	[SIXPN_MACHINE_A_ID] = "id",
	[SIXPN_MACHINE_A_NAME] = "name",
	[SIXPN_MACHINE_A_ADDRESS] = "address",
	[SIXPN_MACHINE_A_ATTACHMENT] = "attachment",
	[SIXPN_MACHINE_A_IFNAME] = "interface name",
	[SIXPN_MACHINE_A_IFINDEX] = "interface index",
	[SIXPN_MACHINE_A_NETNS_FD] = "netns",
	[SIXPN_MACHINE_A_NETNS_PID] = "netns",
	[SIXPN_MACHINE_A_PEER_KEY] = "client",
	[SIXPN_MACHINE_A_MOVED_TO] = "moved-to",
};

static const char *const route_words[SIXPN_ROUTE_A_MAX + 1] = {
	[SIXPN_ROUTE_A_ADDRESS] = "address",
	[SIXPN_ROUTE_A_HOST_ID] = "via",
};

bool sixpn_object_words(char *text, size_t room, const struct nlattr *attr,
			const struct nlattr *inner)
{
	static const struct {
		int type, max;
		const char *name;
		const char *const *words;
	} objects[] = {
		{ SIXPN_A_NETWORK, SIXPN_NETWORK_A_MAX, "network",
		  network_words },
		{ SIXPN_A_MACHINE, SIXPN_MACHINE_A_MAX, "machine",
		  machine_words },
		{ SIXPN_A_ROUTE, SIXPN_ROUTE_A_MAX, "route", route_words },
	};
	size_t i;

	for (i = 0; i < sizeof(objects) / sizeof(*objects); i++) {
		int type = inner ? nla_type(inner) : 0;

		if (nla_type(attr) != objects[i].type)
			continue;
		if (inner && type <= objects[i].max && objects[i].words[type])
			snprintf(text, room, "%s of the %s",
				 objects[i].words[type], objects[i].name);
		else
			snprintf(text, room, "%s", objects[i].name);
		return true;
	}
	return false;
}
