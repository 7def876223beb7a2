// SPDX-License-Identifier: GPL-2.0-or-later
#include "place.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include <netlink/attr.h>
#include <netlink/msg.h>
#include <sixpn/addr.h>

#include "netns.h"
#include "way.h"

/* @networks: sorted; the first one is SIXPN_NETWORK_NONE, for fdaa::3 */
struct sixpn_place {
	struct sixpn_netns *netns;
	uint32_t ifindex;
	uint32_t *networks;
	size_t count, room;
};

/* Return: where it is, or would have to be. */
static size_t find(const struct sixpn_place *place, uint32_t network)
{
	size_t low = 0, high = place->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (place->networks[middle] < network)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool has(const struct sixpn_place *place, uint32_t network)
{
	size_t at = find(place, network);

	return at < place->count && place->networks[at] == network;
}

static int insert(struct sixpn_place *place, uint32_t network)
{
	size_t at = find(place, network), room = 2 * place->room;
	uint32_t *grown;

	if (place->count == place->room) {
		grown = realloc(place->networks, room * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		place->networks = grown;
		place->room = room;
	}
	memmove(place->networks + at + 1, place->networks + at,
		(place->count - at) * sizeof(*place->networks));
	place->networks[at] = network;
	place->count++;
	return 0;
}

static void drop(struct sixpn_place *place, uint32_t network)
{
	size_t at = find(place, network);

	place->count--;
	memmove(place->networks + at, place->networks + at + 1,
		(place->count - at) * sizeof(*place->networks));
}

uint32_t sixpn_place_find(struct sixpn_place *place, const char *ifname)
{
	return sixpn_netns_index(place->netns, ifname);
}

/* --- Addresses. --- */

static int add(struct sixpn_place *place, uint32_t network,
	       struct sixpn_error *error)
{
	struct in6_addr address;
	bool added;

	if (!place->ifindex)
		return 0;
	sixpn_addr_build_resolver(&address, network);
	return sixpn_netns_add_quiet_address(place->netns, place->ifindex,
					     &address, 128, &added, error);
}

static int take_away(struct sixpn_place *place, uint32_t network,
		     struct sixpn_error *error)
{
	struct in6_addr address;

	if (!place->ifindex)
		return 0;
	sixpn_addr_build_resolver(&address, network);
	return sixpn_netns_remove_address(place->netns, place->ifindex,
					  &address, 128, error);
}

int sixpn_place_device(struct sixpn_place *place, uint32_t ifindex,
		       struct sixpn_error *error)
{
	size_t i;
	int ret = 0;

	place->ifindex = ifindex;
	if (ifindex)
		ret = sixpn_way_open(place->netns, ifindex, error);
	for (i = 0; i < place->count; i++) {
		int one = add(place, place->networks[i], error);

		ret = ret ? ret : one;
	}
	return ret;
}

int sixpn_place_network(struct sixpn_place *place, uint32_t network, bool there,
			struct sixpn_error *error)
{
	if (network == SIXPN_NETWORK_NONE || there == has(place, network))
		return 0;
	if (there && insert(place, network))
		return sixpn_error_set(error, -ENOMEM, "out of memory");
	if (there)
		return add(place, network, error);
	drop(place, network);
	return take_away(place, network, error);
}

/* --- What another run has left. --- */

struct sweep {
	struct sixpn_place *place;
	uint32_t *networks;
	size_t count, room;
};

static void note(struct sweep *sweep, uint32_t network)
{
	if (sweep->count == sweep->room) {
		size_t room = sweep->room ? 2 * sweep->room : 16;
		uint32_t *grown = realloc(sweep->networks,
					  room * sizeof(*grown));

		if (!grown)
			return;
		sweep->networks = grown;
		sweep->room = room;
	}
	sweep->networks[sweep->count++] = network;
}

static int take_address(void *context, const void *data, size_t length)
{
	const size_t offset = NLMSG_ALIGN(sizeof(struct ifaddrmsg));
	const struct ifaddrmsg *head = data;
	struct nlattr *tb[IFA_MAX + 1];
	struct sweep *sweep = context;
	struct in6_addr address;

	if (length < offset || head->ifa_family != AF_INET6 ||
	    head->ifa_index != sweep->place->ifindex ||
	    head->ifa_prefixlen != 128 ||
	    nla_parse(tb, IFA_MAX,
		      (struct nlattr *)((uintptr_t)data + offset),
		      (int)(length - offset), NULL) < 0 ||
	    !tb[IFA_ADDRESS] || nla_len(tb[IFA_ADDRESS]) != sizeof(address))
		return 0;
	memcpy(&address, nla_data(tb[IFA_ADDRESS]), sizeof(address));
	if (sixpn_addr_is_resolver(&address) &&
	    !has(sweep->place, sixpn_addr_network(&address)))
		note(sweep, sixpn_addr_network(&address));
	return 0;
}

void sixpn_place_sweep(struct sixpn_place *place)
{
	const struct ifaddrmsg head = { .ifa_family = AF_INET6 };
	struct sweep sweep = { .place = place };
	struct nl_msg *message;
	size_t i;

	if (!place->ifindex)
		return;
	message = nlmsg_alloc_simple(RTM_GETADDR, NLM_F_DUMP);
	if (!message)
		return;
	if (nlmsg_append(message, (void *)(uintptr_t)&head, sizeof(head), 4))
		nlmsg_free(message);
	else
		sixpn_netns_ask(place->netns, message, take_address, &sweep);
	for (i = 0; i < sweep.count; i++)
		take_away(place, sweep.networks[i], NULL);
	free(sweep.networks);
}

void sixpn_place_anew(struct sixpn_place *place)
{
	place->count = 1;
}

/* --- Beginning and end. --- */

int sixpn_place_new(struct sixpn_place **result, struct sixpn_error *error)
{
	struct sixpn_place *place = calloc(1, sizeof(*place));
	int ret;

	if (!place)
		return sixpn_error_set(error, -ENOMEM, "out of memory");
	place->room = 16;
	place->networks = calloc(place->room, sizeof(*place->networks));
	place->count = 1;
	ret = place->networks ? sixpn_netns_enter(-1, &place->netns, error) :
				sixpn_error_set(error, -ENOMEM, "out of memory");
	if (ret) {
		sixpn_place_free(place);
		return ret;
	}
	*result = place;
	return 0;
}

void sixpn_place_free(struct sixpn_place *place)
{
	if (!place)
		return;
	sixpn_netns_leave(place->netns);
	free(place->networks);
	free(place);
}
