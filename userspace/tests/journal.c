// SPDX-License-Identifier: GPL-2.0-or-later
#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include <sixpn/addr.h>

#include "fake_ops.h"
#include "keys.h"
#include "random_model.h"
#include "test.h"

/* --- What is there, and what is asked for. --- */

/* Machines and routes need peers that there are, of the right kind. */
static void tie(struct sixpn_device *state)
{
	size_t i, peers = state->peer_count;

	for (i = 0; i < state->machine_count; i++) {
		struct sixpn_machine *machine = &state->machines[i];
		struct sixpn_peer *peer;

		if (machine->attachment != SIXPN_ATTACHMENT_CLIENT || !peers)
			continue;
		peer = &state->peers[test_random() % peers];
		peer->kind = SIXPN_PEER_KIND_CLIENT;
		peer->has |= SIXPN_PEER_HAS_KIND;
		peer->has &= ~(uint32_t)SIXPN_PEER_HAS_HOST_ID;
		peer->flags &= ~(uint32_t)SIXPN_PEER_F_HOST_ID_SET;
		peer->host_id = 0;
		memcpy(machine->peer_key, peer->public_key, SIXPN_KEY_LEN);
	}
	for (i = 0; i < state->route_count && peers; i++)
		state->routes[i].host_id =
			state->peers[test_random() % peers].host_id;
	fake_drop_orphans(state);
}

static void make_state(struct sixpn_device *state)
{
	struct sixpn_device change = { 0 };
	size_t i;

	random_device(&change, 6, 4);
	/* No prefix twice, no host id twice: as a kernel has them. */
	for (i = 0; i < change.peer_count; i++) {
		struct sixpn_peer *peer = &change.peers[i];

		peer->allowedip_count = peer->allowedip_count > 2 ?
					2 : peer->allowedip_count;
		peer->has &= ~(uint32_t)SIXPN_PEER_HAS_HOST_ID;
		peer->host_id = 0;
		if (peer->kind == SIXPN_PEER_KIND_HOST && i & 1) {
			peer->has |= SIXPN_PEER_HAS_HOST_ID;
			peer->host_id = 1000 + (uint32_t)i;
		}
		peer->has |= SIXPN_PEER_HAS_KIND;
	}
	fake_device_set(state, &change);
	random_objects(state, 4);
	tie(state);
	sixpn_device_clear(&change);
}

/* Some peers go, some change, some come. */
static void ask_peers(struct sixpn_device *change,
		      const struct sixpn_device *state)
{
	struct sixpn_device other = { 0 };
	size_t i;

	random_device(&other, 4, 4);
	for (i = 0; i < other.peer_count; i++) {
		struct sixpn_peer *peer = &other.peers[i];

		if (test_random() & 16 && state->peer_count)
			memcpy(peer->public_key,
			       state->peers[test_random() %
					    state->peer_count].public_key,
			       SIXPN_KEY_LEN);
		peer->flags = test_random() & 32 ?
			      SIXPN_PEER_F_REPLACE_ALLOWED_IPS : 0;
		peer->has |= SIXPN_PEER_HAS_KIND;
		peer->has &= ~(uint32_t)SIXPN_PEER_HAS_HOST_ID;
		peer->host_id = 0;
		if (test_random() & 64)
			peer->flags = SIXPN_PEER_F_REMOVE;
	}
	copy_device(change, &other);
	change->has &= test_random();
	change->flags = test_random() % 8 ? 0 : SIXPN_DEVICE_F_REPLACE_PEERS;
	sixpn_device_clear(&other);
}

static void ask_objects(struct sixpn_device *change,
			const struct sixpn_device *state)
{
	struct sixpn_device other = { 0 };
	size_t i;

	random_objects(&other, 4);
	for (i = 0; i < other.machine_count; i++)
		if (other.machines[i].has & SIXPN_MACHINE_HAS_PEER_KEY &&
		    state->peer_count)
			memcpy(other.machines[i].peer_key,
			       state->peers[i % state->peer_count].public_key,
			       SIXPN_KEY_LEN);
	for (i = 0; i < other.network_count; i++)
		*sixpn_device_add_network(change) = other.networks[i];
	for (i = 0; i < other.machine_count; i++) {
		struct sixpn_machine *machine = sixpn_device_add_machine(change);

		*machine = other.machines[i];
		machine->remove = !(test_random() & 48);
	}
	for (i = 0; i < other.route_count; i++) {
		struct sixpn_route *route = sixpn_device_add_route(change);

		*route = other.routes[i];
		route->remove = !(test_random() & 48);
		if (state->peer_count)
			route->host_id = state->peers[0].host_id;
	}
	sixpn_device_clear(&other);
}

/* --- Comparing. --- */

/* What a port was is told by a number that a new one does not have. */
static bool has_machines(struct sixpn_device *a, const struct sixpn_device *b)
{
	size_t i;

	for (i = 0; i < b->machine_count; i++) {
		const struct sixpn_machine *found;

		found = fake_machine_find(a, &b->machines[i]);
		if (!found || !same_machine(found, &b->machines[i]))
			return false;
	}
	return true;
}

static bool same_all(struct sixpn_device *a, struct sixpn_device *b)
{
	size_t i;

	if (!fake_same_state(a, b) || a->listen_port != b->listen_port ||
	    a->network_count != b->network_count ||
	    a->machine_count != b->machine_count ||
	    a->route_count != b->route_count || !has_machines(a, b))
		return false;
	for (i = 0; i < b->peer_count; i++) {
		const struct sixpn_peer *peer = &b->peers[i];

		if ((fake_peer_find(a, peer->public_key)->has ^ peer->has) &
		    SIXPN_PEER_HAS_ENDPOINT)
			return false;
	}
	for (i = 0; i < b->network_count; i++)
		if (!fake_network_find(a, b->networks[i].id))
			return false;
	for (i = 0; i < b->route_count; i++) {
		const struct sixpn_route *route;

		route = fake_route_find(a, &b->routes[i].address);
		if (!route || route->host_id != b->routes[i].host_id)
			return false;
	}
	return true;
}

static int run(struct sixpn_journal *journal, const struct sixpn_device *change,
	       struct sixpn_error *error)
{
	struct refusing *refusing = journal->context;
	int ret = sixpn_journal_device(journal, change, error);

	if (!ret)
		ret = sixpn_journal_objects(journal, change, error);
	refusing->refused = 0;
	if (ret)
		sixpn_journal_undo(journal, error);
	return ret;
}

/* Each change is refused at one request after the other, until it goes through. */
static void test_property(void)
{
	unsigned int i, at, changed = 0, left = 0, refused = 0, through = 0;

	for (i = 0; i < 300; i++) {
		struct sixpn_device before = { 0 }, change = { 0 };
		int ret = -EPERM;

		make_state(&before);
		ask_peers(&change, &before);
		ask_objects(&change, &before);
		for (at = 1; ret == -EPERM; at++) {
			struct refusing refusing = { .refused = at };
			struct sixpn_error error = { "" };
			struct sixpn_journal journal = {
				.ops = &refusing_ops, .context = &refusing,
				.undoable = true,
			};

			fake_copy_all(&refusing.kernel.state, &before);
			ret = run(&journal, &change, &error);
			if (ret) {
				refused++;
				changed += !same_all(&refusing.kernel.state,
						     &before);
				left += strstr(error.text, "left") != NULL;
			} else {
				through++;
			}
			sixpn_journal_clear(&journal);
			sixpn_device_clear(&refusing.kernel.state);
		}
		sixpn_device_clear(&before);
		sixpn_device_clear(&change);
	}
	test_note("%u refusals, %u went through", refused, through);
	test_result(refused > 300 && through > 10,
		    "journal: changes are refused everywhere");
	test_result(!changed, "journal: what is refused has changed nothing");
	test_result(!left, "journal: undoing is not refused");
}

static void add_two_networks(struct sixpn_device *change)
{
	sixpn_device_add_network(change)->id = 5;
	sixpn_device_add_network(change)->id = 6;
	sixpn_device_add_network(change)->id = 7;
}

static void test_left(void)
{
	struct refusing refusing = { .refused = 3, .for_ever = true };
	struct sixpn_device change = { .ifname = "mesh0" };
	struct sixpn_journal journal = {
		.ops = &refusing_ops, .context = &refusing, .undoable = true,
	};
	struct sixpn_network *network;
	struct sixpn_error error;
	int ret;

	add_two_networks(&change);
	ret = sixpn_journal_objects(&journal, &change, &error);
	/* Removing them works all the same: they are in no use. */
	sixpn_journal_undo(&journal, &error);
	test_result(ret == -EPERM && test_same_text(error.text, "network 7: no"),
		    "journal: the sentence names what was refused");
	sixpn_device_clear(&change);
	sixpn_journal_clear(&journal);
	sixpn_device_clear(&refusing.kernel.state);

	network = sixpn_device_add_network(&change);
	network->id = 9;
	network->remove = true;
	ret = sixpn_journal_objects(&journal, &change, &error);
	test_result(ret == -ENOENT &&
		    test_same_text(error.text, "network 9: no such network") &&
		    !journal.count,
		    "journal: a network that is not there is seen first");
	sixpn_device_clear(&change);
	sixpn_journal_clear(&journal);
}

/* A machine that was made cannot be removed again: that is said. */
static void test_undo_fails(void)
{
	struct refusing refusing = { .refused = 2, .for_ever = true };
	struct sixpn_device change = { .ifname = "mesh0" };
	struct sixpn_journal journal = {
		.ops = &refusing_ops, .context = &refusing, .undoable = true,
	};
	struct sixpn_machine *machine;
	struct sixpn_error error;
	const char *const names[] = { "web", "db" };
	size_t i;

	fake_network_make(&refusing.kernel, 5);
	for (i = 0; i < TEST_COUNT(names); i++) {
		machine = sixpn_device_add_machine(&change);
		machine->has = SIXPN_MACHINE_HAS_NETWORK |
			       SIXPN_MACHINE_HAS_NAME | SIXPN_MACHINE_HAS_ID;
		machine->network = 5;
		machine->id = 5 + (uint32_t)i;
		strcpy(machine->name, names[i]);
	}
	if (sixpn_journal_objects(&journal, &change, &error))
		sixpn_journal_undo(&journal, &error);
	test_result(test_same_text(error.text, "machine db: no; left changed, "
				   "for undoing it failed: machine web: no"),
		    "journal: what could not be undone is named");
	sixpn_device_clear(&change);
	sixpn_journal_clear(&journal);
	sixpn_device_clear(&refusing.kernel.state);
}

void test_journal(void)
{
	test_property();
	test_left();
	test_undo_fails();
}
