// SPDX-License-Identifier: GPL-2.0-or-later
#include "random_model.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "keys.h"
#include "test.h"

static bool coin(void)
{
	return test_random() >> 7 & 1;
}

static void random_endpoint(union sixpn_endpoint *endpoint)
{
	memset(endpoint, 0, sizeof(*endpoint));
	if (coin()) {
		endpoint->v4.sin_family = AF_INET;
		endpoint->v4.sin_port = htons((uint16_t)(test_random() | 1));
		endpoint->v4.sin_addr.s_addr = test_random();
	} else {
		endpoint->v6.sin6_family = AF_INET6;
		endpoint->v6.sin6_port = htons((uint16_t)(test_random() | 1));
		test_random_bytes(&endpoint->v6.sin6_addr, 16);
		/* 2000::/3, which needs no scope to be read back */
		endpoint->v6.sin6_addr.s6_addr[0] = 0x20;
	}
}

struct sixpn_allowedip random_prefix(uint32_t n)
{
	struct sixpn_allowedip allowedip = { 0 };

	if (n & 1) {
		allowedip.family = AF_INET;
		allowedip.prefix_len = (uint8_t)(16 + (n >> 1) % 17);
		allowedip.address.v4.s_addr = htonl(0x0a000000 | n << 4);
	} else {
		allowedip.family = AF_INET6;
		allowedip.prefix_len = (uint8_t)(48 + (n >> 1) % 81);
		allowedip.address.v6.s6_addr[0] = 0xfd;
		allowedip.address.v6.s6_addr[1] = 0xaa;
		allowedip.address.v6.s6_addr[4] = (uint8_t)(n >> 8);
		allowedip.address.v6.s6_addr[5] = (uint8_t)n;
	}
	sixpn_allowedip_mask(&allowedip);
	return allowedip;
}

static bool random_peer(struct sixpn_peer *peer, uint32_t number,
			size_t allowedips)
{
	size_t i, count = allowedips ? test_random() % (allowedips + 1) : 0;

	peer->has = SIXPN_PEER_HAS_PUBLIC_KEY | SIXPN_PEER_HAS_KEEPALIVE;
	test_random_bytes(peer->public_key, SIXPN_KEY_LEN);
	peer->persistent_keepalive = coin() ? (uint16_t)test_random() : 0;
	if (coin()) {
		peer->has |= SIXPN_PEER_HAS_PRESHARED_KEY;
		test_random_bytes(peer->preshared_key, SIXPN_KEY_LEN);
	}
	if (coin()) {
		peer->has |= SIXPN_PEER_HAS_ENDPOINT;
		random_endpoint(&peer->endpoint);
	}
	for (i = 0; i < count; i++) {
		struct sixpn_allowedip allowedip = { 0 };

		/* Full length and a running number: none twice. */
		allowedip.family = coin() ? AF_INET : AF_INET6;
		if (allowedip.family == AF_INET) {
			allowedip.prefix_len = 32;
			allowedip.address.v4.s_addr =
				htonl(number << 20 | (uint32_t)i);
		} else {
			allowedip.prefix_len = 128;
			test_random_bytes(&allowedip.address.v6, 12);
			memcpy(&allowedip.address.v6.s6_addr[12], &i, 4);
		}
		if (sixpn_peer_add_allowedip(peer, &allowedip))
			return false;
	}
	return true;
}

bool random_device(struct sixpn_device *device, size_t peers, size_t allowedips)
{
	size_t i, count = peers ? test_random() % (peers + 1) : 0;

	strcpy(device->ifname, "mesh0");
	device->has = SIXPN_DEVICE_HAS_PRIVATE_KEY |
		      SIXPN_DEVICE_HAS_LISTEN_PORT | SIXPN_DEVICE_HAS_FWMARK;
	test_random_bytes(device->private_key, SIXPN_KEY_LEN);
	sixpn_key_clamp(device->private_key);
	device->listen_port = (uint16_t)test_random();
	device->fwmark = coin() ? test_random() : 0;
	for (i = 0; i < count; i++) {
		struct sixpn_peer *peer = sixpn_device_add_peer(device);

		if (!peer || !random_peer(peer, (uint32_t)i, allowedips))
			return false;
	}
	return true;
}

static bool same_peer(const struct sixpn_peer *a, const struct sixpn_peer *b,
		      bool counters)
{
	const uint32_t mask = counters ? ~0u : SIXPN_PEER_HAS_PUBLIC_KEY |
			      SIXPN_PEER_HAS_PRESHARED_KEY |
			      SIXPN_PEER_HAS_ENDPOINT;
	size_t i;

	if ((a->has & mask) != (b->has & mask) ||
	    memcmp(a->public_key, b->public_key, SIXPN_KEY_LEN) ||
	    memcmp(a->preshared_key, b->preshared_key, SIXPN_KEY_LEN) ||
	    a->persistent_keepalive != b->persistent_keepalive ||
	    a->allowedip_count != b->allowedip_count)
		return false;
	if (a->has & SIXPN_PEER_HAS_ENDPOINT &&
	    !sixpn_endpoint_equal(&a->endpoint, &b->endpoint))
		return false;
	for (i = 0; i < a->allowedip_count; i++)
		if (sixpn_allowedip_compare(&a->allowedips[i],
					    &b->allowedips[i]) ||
		    a->allowedips[i].remove != b->allowedips[i].remove)
			return false;
	return !counters ||
	       (a->flags == b->flags && a->handshake_rtt == b->handshake_rtt &&
		a->last_handshake == b->last_handshake &&
		a->rx_bytes == b->rx_bytes && a->tx_bytes == b->tx_bytes &&
		a->rx_packets == b->rx_packets &&
		a->tx_packets == b->tx_packets);
}

bool same_device(const struct sixpn_device *a, const struct sixpn_device *b,
		 bool counters)
{
	size_t i;

	if (memcmp(a->private_key, b->private_key, SIXPN_KEY_LEN) ||
	    a->listen_port != b->listen_port || a->fwmark != b->fwmark ||
	    a->peer_count != b->peer_count)
		return false;
	if (counters && (a->has != b->has || a->flags != b->flags ||
			 strcmp(a->ifname, b->ifname) ||
			 a->generation != b->generation))
		return false;
	for (i = 0; i < a->peer_count; i++)
		if (!same_peer(&a->peers[i], &b->peers[i], counters))
			return false;
	return true;
}

bool copy_device(struct sixpn_device *to, const struct sixpn_device *from)
{
	size_t i, j;

	*to = *from;
	to->peers = NULL;
	to->peer_count = 0;
	to->peer_room = 0;
	for (i = 0; i < from->peer_count; i++) {
		struct sixpn_peer *peer = sixpn_device_add_peer(to);

		if (!peer)
			return false;
		*peer = from->peers[i];
		peer->endpoint_name = NULL;
		peer->allowedips = NULL;
		peer->allowedip_count = 0;
		peer->allowedip_room = 0;
		for (j = 0; j < from->peers[i].allowedip_count; j++)
			if (sixpn_peer_add_allowedip(peer,
					&from->peers[i].allowedips[j]))
				return false;
	}
	return true;
}
