// SPDX-License-Identifier: GPL-2.0-or-later
#include "sync.h"

#include <string.h>

#include "fake_kernel.h"
#include "keys.h"
#include "random_model.h"
#include "test.h"

/* Change some of a device, so that the two have most in common. */
static void vary(struct sixpn_device *device)
{
	size_t i;

	for (i = 0; i < device->peer_count; i++) {
		struct sixpn_peer *peer = &device->peers[i];

		switch (test_random() % 8) {
		case 0:
			peer->persistent_keepalive = 11;
			break;
		case 1:
			memset(peer->preshared_key, 0, SIXPN_KEY_LEN);
			peer->has &= ~(uint32_t)SIXPN_PEER_HAS_PRESHARED_KEY;
			break;
		case 2:
			peer->allowedip_count /= 2;
			break;
		case 3:
			sixpn_peer_clear(peer);
			*peer = device->peers[--device->peer_count];
			break;
		case 5:
			peer->kind = SIXPN_PEER_KIND_HOST;
			peer->has |= SIXPN_PEER_HAS_KIND |
				     SIXPN_PEER_HAS_HOST_ID;
			peer->host_id = i & 1 ? 0 : 77 + (uint32_t)i;
			break;
		case 6:
			peer->kind = SIXPN_PEER_KIND_SITE;
			peer->host_id = 0;
			peer->has &= ~(uint32_t)SIXPN_PEER_HAS_HOST_ID;
			break;
		case 4:
			test_random_bytes(peer->public_key, SIXPN_KEY_LEN);
			break;
		}
	}
}

/* Prefixes from a small pool, each at most once in a device, move about. */
static void scatter_prefixes(struct sixpn_device *device)
{
	size_t n;

	for (n = 0; n < device->peer_count; n++)
		device->peers[n].allowedip_count = 0;
	for (n = 0; n < 24 && device->peer_count; n++) {
		struct sixpn_allowedip prefix = random_prefix((uint32_t)n * 8);
		size_t at = test_random() % device->peer_count;

		if (test_random() & 64)
			fake_allowedip_add(device, &device->peers[at], &prefix);
	}
}

static void test_property(void)
{
	unsigned int i, wrong = 0, restless = 0;

	for (i = 0; i < 600; i++) {
		struct sixpn_device now = { 0 }, wanted = { 0 }, plan = { 0 },
				    again = { 0 };

		random_device(&now, 8, 6);
		if (i & 1)
			random_device(&wanted, 8, 6);
		else
			copy_device(&wanted, &now);
		vary(&wanted);
		scatter_prefixes(&now);
		scatter_prefixes(&wanted);
		sixpn_sync_plan(&plan, &now, &wanted);
		fake_device_set(&now, &plan);
		if (!fake_same_state(&now, &wanted))
			wrong++;
		sixpn_sync_plan(&again, &now, &wanted);
		if (!sixpn_sync_is_empty(&again))
			restless++;
		sixpn_device_clear(&now);
		sixpn_device_clear(&wanted);
		sixpn_device_clear(&plan);
		sixpn_device_clear(&again);
	}
	test_result(!wrong, "sync: 600 plans lead to what was wanted");
	test_result(!restless, "sync: once done, nothing is left to do");
}

/* A file as people write them: peers in two sections, prefixes in many. */
static void make_untidy_file(struct sixpn_device *wanted)
{
	size_t i, n;

	for (i = 0; i < 6; i++) {
		struct sixpn_peer *peer = sixpn_device_add_peer(wanted);

		peer->has = SIXPN_PEER_HAS_PUBLIC_KEY;
		peer->flags = SIXPN_PEER_F_REPLACE_ALLOWED_IPS;
		peer->public_key[0] = (uint8_t)(test_random() % 4 + 1);
		for (n = test_random() % 5; n; n--) {
			struct sixpn_allowedip prefix;

			prefix = random_prefix(test_random() % 6 * 8);
			sixpn_peer_add_allowedip(peer, &prefix);
		}
	}
	wanted->flags = SIXPN_DEVICE_F_REPLACE_PEERS;
}

static void test_same_as_setconf(void)
{
	struct sixpn_device now = { 0 };
	unsigned int i, wrong = 0, restless = 0;

	for (i = 0; i < 2000; i++) {
		struct sixpn_device wanted = { 0 }, set = { 0 }, plan = { 0 },
				    again = { 0 };

		make_untidy_file(&wanted);
		fake_device_set(&set, &wanted);
		sixpn_sync_plan(&plan, &now, &wanted);
		fake_device_set(&now, &plan);
		if (!fake_same_state(&now, &set))
			wrong++;
		sixpn_sync_plan(&again, &now, &wanted);
		if (!sixpn_sync_is_empty(&again))
			restless++;
		sixpn_device_clear(&wanted);
		sixpn_device_clear(&set);
		sixpn_device_clear(&plan);
		sixpn_device_clear(&again);
	}
	test_result(!wrong, "sync: 2000 untidy files lead where setconf leads");
	test_result(!restless, "sync: an untidy file, too, is done once");
	sixpn_device_clear(&now);
}

static void test_sessions_stay(void)
{
	struct sixpn_device now = { 0 }, wanted = { 0 }, plan = { 0 };

	while (now.peer_count < 2) {
		sixpn_device_clear(&now);
		random_device(&now, 4, 4);
	}
	copy_device(&wanted, &now);
	now.has |= SIXPN_DEVICE_HAS_GENERATION;
	now.generation = 99;
	wanted.listen_port = 0;
	wanted.peers[0].has &= ~(uint32_t)SIXPN_PEER_HAS_ENDPOINT;
	sixpn_sync_plan(&plan, &now, &wanted);
	test_result(sixpn_sync_is_empty(&plan),
		    "sync: an absent port and endpoint leave those in use");
	sixpn_device_clear(&plan);

	wanted.peers[1].persistent_keepalive ^= 1;
	wanted.flags = SIXPN_DEVICE_F_REPLACE_PEERS;
	wanted.peers[1].flags = SIXPN_PEER_F_REPLACE_ALLOWED_IPS;
	sixpn_sync_plan(&plan, &now, &wanted);
	test_result(plan.peer_count == 1 && !plan.flags &&
		    !plan.peers[0].flags && !plan.peers[0].allowedip_count &&
		    plan.peers[0].has == (SIXPN_PEER_HAS_PUBLIC_KEY |
					  SIXPN_PEER_HAS_KEEPALIVE),
		    "sync: one changed keepalive is one small change");
	test_result(plan.has == SIXPN_DEVICE_HAS_GENERATION &&
		    plan.generation == 99,
		    "sync: the plan names the generation it was made from");
	sixpn_device_clear(&plan);
	sixpn_device_clear(&now);
	sixpn_device_clear(&wanted);
}

static void test_private_key(void)
{
	struct sixpn_device now = { 0 }, wanted = { 0 }, plan = { 0 };

	test_random_bytes(wanted.private_key, SIXPN_KEY_LEN);
	wanted.private_key[0] |= 7;
	wanted.has = SIXPN_DEVICE_HAS_PRIVATE_KEY;
	memcpy(now.private_key, wanted.private_key, SIXPN_KEY_LEN);
	sixpn_key_clamp(now.private_key);
	now.has = SIXPN_DEVICE_HAS_PRIVATE_KEY;
	sixpn_sync_plan(&plan, &now, &wanted);
	test_result(sixpn_sync_is_empty(&plan),
		    "sync: a key that differs by clamping only is the same");
	sixpn_device_clear(&plan);
	memset(wanted.private_key, 0, SIXPN_KEY_LEN);
	sixpn_sync_plan(&plan, &now, &wanted);
	test_result(plan.has & SIXPN_DEVICE_HAS_PRIVATE_KEY &&
		    sixpn_key_is_zero(plan.private_key),
		    "sync: an absent private key is removed");
	sixpn_device_clear(&plan);
	sixpn_device_clear(&now);
	sixpn_device_clear(&wanted);
}

/* The same peer in two sections: the later one counts, as with setconf. */
static void test_repeated(void)
{
	struct sixpn_device now = { 0 }, wanted = { 0 }, plan = { 0 };
	struct sixpn_allowedip one = random_prefix(2), two = random_prefix(4);
	struct sixpn_peer *peer;

	peer = sixpn_device_add_peer(&wanted);
	peer->has = SIXPN_PEER_HAS_PUBLIC_KEY;
	sixpn_peer_add_allowedip(peer, &one);
	peer = sixpn_device_add_peer(&wanted);
	peer->has = SIXPN_PEER_HAS_PUBLIC_KEY;
	sixpn_peer_add_allowedip(peer, &two);
	sixpn_peer_add_allowedip(peer, &two);
	sixpn_sync_plan(&plan, &now, &wanted);
	test_result(plan.peer_count == 1 && plan.peers[0].allowedip_count == 1 &&
		    !sixpn_allowedip_compare(&plan.peers[0].allowedips[0], &two),
		    "sync: of a repeated peer the last section counts");
	sixpn_device_clear(&plan);
	sixpn_device_clear(&wanted);
}

void test_sync(void)
{
	test_property();
	test_same_as_setconf();
	test_sessions_stay();
	test_private_key();
	test_repeated();
}
