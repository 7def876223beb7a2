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

/* @told: since all began to be told anew */
struct place {
	uint32_t network;
	bool told;
};

/*
 * @places: sorted; the first one is SIXPN_NETWORK_NONE, for fdaa::3
 * @anew: not all networks have been told
 * @incomplete: something could not be added
 */
struct sixpn_place {
	struct sixpn_netns *netns;
	uint32_t ifindex;
	struct place *places;
	size_t count, room;
	bool anew, incomplete;
};

/* Return: where it is, or would have to be. */
static size_t find(const struct sixpn_place *place, uint32_t network)
{
	size_t low = 0, high = place->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (place->places[middle].network < network)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool has(const struct sixpn_place *place, uint32_t network)
{
	size_t at = find(place, network);

	return at < place->count && place->places[at].network == network;
}

static int insert(struct sixpn_place *place, uint32_t network)
{
	size_t at = find(place, network), room = 2 * place->room;
	struct place *grown;

	if (place->count == place->room) {
		grown = realloc(place->places, room * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		place->places = grown;
		place->room = room;
	}
	memmove(place->places + at + 1, place->places + at,
		(place->count - at) * sizeof(*place->places));
	place->places[at] = (struct place){ network, true };
	place->count++;
	return 0;
}

static void drop(struct sixpn_place *place, uint32_t network)
{
	size_t at = find(place, network);

	place->count--;
	memmove(place->places + at, place->places + at + 1,
		(place->count - at) * sizeof(*place->places));
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
	int ret;

	if (!place->ifindex)
		return 0;
	sixpn_addr_build_resolver(&address, network);
	ret = sixpn_netns_add_quiet_address(place->netns, place->ifindex,
					    &address, 128, &added, error);
	place->incomplete |= ret != 0;
	return ret;
}

/* Return: 0, or the first error. */
static int add_all(struct sixpn_place *place, struct sixpn_error *error)
{
	size_t i;
	int ret = 0;

	for (i = 0; i < place->count; i++) {
		int one = add(place, place->places[i].network, error);

		ret = ret ? ret : one;
	}
	return ret;
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

/* From the device that was used before, unless it is gone. */
static void take_all_away(struct sixpn_place *place)
{
	size_t i = 0;

	while (i < place->count &&
	       !take_away(place, place->places[i].network, NULL))
		i++;
}

int sixpn_place_network(struct sixpn_place *place, uint32_t network, bool there,
			struct sixpn_error *error)
{
	if (network == SIXPN_NETWORK_NONE)
		return 0;
	if (there == has(place, network)) {
		if (there)
			place->places[find(place, network)].told = true;
		return 0;
	}
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

static void sweep(struct sixpn_place *place)
{
	const struct ifaddrmsg head = { .ifa_family = AF_INET6 };
	struct sweep found = { .place = place };
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
		sixpn_netns_ask(place->netns, message, take_address, &found);
	for (i = 0; i < found.count; i++)
		take_away(place, found.networks[i], NULL);
	free(found.networks);
}

void sixpn_place_anew(struct sixpn_place *place)
{
	size_t i;

	for (i = 1; i < place->count; i++)
		place->places[i].told = false;
	place->anew = true;
}

void sixpn_place_sweep(struct sixpn_place *place)
{
	size_t i, kept = 1;

	for (i = 1; i < place->count; i++)
		if (place->places[i].told)
			place->places[kept++] = place->places[i];
	place->count = kept;
	place->anew = false;
	sweep(place);
}

/* --- Which device, and what others have done to it. --- */

int sixpn_place_device(struct sixpn_place *place, uint32_t ifindex,
		       struct sixpn_error *error)
{
	int ret, one;

	if (ifindex != place->ifindex)
		take_all_away(place);
	place->ifindex = ifindex;
	place->incomplete = false;
	if (!ifindex)
		return 0;
	ret = sixpn_way_open(place->netns, ifindex, error);
	one = add_all(place, error);
	place->incomplete |= ret != 0;
	if (!place->anew)
		sweep(place);
	return ret ? ret : one;
}

int sixpn_place_keep(struct sixpn_place *place, struct sixpn_error *error)
{
	struct in6_addr address;
	bool mended = false;
	int ret;

	if (!place->ifindex)
		return 0;
	/* If the netdev is down it says so here. */
	ret = sixpn_way_keep(place->netns, place->ifindex, &mended, error);
	if (ret) {
		place->incomplete = true;
		return ret;
	}
	sixpn_addr_build_resolver(&address, SIXPN_NETWORK_NONE);
	if (!mended && !place->incomplete &&
	    sixpn_netns_has_address(place->netns, place->ifindex, &address))
		return 0;
	place->incomplete = false;
	return add_all(place, error);
}

/* --- Beginning and end. --- */

int sixpn_place_new(struct sixpn_place **result, struct sixpn_error *error)
{
	struct sixpn_place *place = calloc(1, sizeof(*place));
	int ret;

	if (!place)
		return sixpn_error_set(error, -ENOMEM, "out of memory");
	place->room = 16;
	place->places = calloc(place->room, sizeof(*place->places));
	place->count = 1;
	place->anew = true;
	ret = place->places ? sixpn_netns_enter(-1, &place->netns, error) :
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
	free(place->places);
	free(place);
}
