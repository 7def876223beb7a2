// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the kernel tells.
 */
#include "agent_part.h"

#include <string.h>
#include <time.h>

#include "agent_seen.h"
#include "keys.h"

/* --- Strangers. --- */

void sixpn_agent_ignore(struct sixpn_agent *agent,
			const uint8_t key[SIXPN_KEY_LEN], const char *why)
{
	char text[SIXPN_KEY_BASE64_LEN + 1];

	/* Per minute: the clock of an allowance is in milliseconds. */
	if (!sixpn_allowance_take(&agent->strangers, sixpn_agent_clock() / 60))
		return;
	sixpn_key_to_base64(text, key);
	sixpn_agent_log(agent, SIXPN_AGENT_NOTICE, "%s is not let in: %s", text,
			why);
}

/* Return: why not, or NULL. */
static const char *refusal(const struct sixpn_agent *agent,
			   const struct sixpn_record *record)
{
	const struct sixpn_record_client *client = &record->client;

	if (record->kind == SIXPN_RECORD_HOST)
		return NULL;
	if (record->kind != SIXPN_RECORD_CLIENT)
		return "it is neither a host nor a client";
	if (client->gateway != agent->node->host_id)
		return "it is a client of another gateway";
	if (client->expires && client->expires <= (uint64_t)time(NULL))
		return "it has expired";
	return NULL;
}

void sixpn_agent_install(struct sixpn_agent *agent,
			 const struct sixpn_record *record)
{
	const uint8_t *key = record->kind == SIXPN_RECORD_HOST ?
			     record->host.public_key :
			     record->client.public_key;
	const char *why = refusal(agent, record);
	struct sixpn_scope scope = { 0 };

	if (why) {
		sixpn_agent_ignore(agent, key, why);
		return;
	}
	if (!sixpn_scope_add(&scope, record) &&
	    sixpn_agent_apply(agent, &scope, key) &&
	    record->kind == SIXPN_RECORD_CLIENT)
		sixpn_agent_log(agent, SIXPN_AGENT_INFO, "client %s has called",
				record->client.name);
	sixpn_scope_clear(&scope);
}

/* The view is asked first: it answers also when the registry does not. */
static void meet(struct sixpn_agent *agent, const uint8_t key[SIXPN_KEY_LEN])
{
	const struct sixpn_view_entry *entry;

	if (!agent->listed)
		return;
	entry = sixpn_view_find_key(&agent->view, key);
	if (entry) {
		sixpn_agent_install(agent, &entry->record);
		return;
	}
	if (sixpn_allowance_take(&agent->lookups, sixpn_agent_clock()))
		sixpn_agent_registry_ask(agent->registry, key);
}

/* A handshake of a client: the registry notes it now and then. */
static void note_seen(struct sixpn_agent *agent, const struct sixpn_peer *peer)
{
	uint64_t seconds = peer->last_handshake / 1000000000;
	const struct sixpn_record_client *client;
	struct sixpn_view_entry *entry;

	if (!(peer->has & SIXPN_PEER_HAS_LAST_HANDSHAKE))
		return;
	entry = sixpn_view_find_key(&agent->view, peer->public_key);
	if (!entry || entry->record.kind != SIXPN_RECORD_CLIENT)
		return;
	client = &entry->record.client;
	if (client->gateway != agent->node->host_id ||
	    !sixpn_seen_is_news(client->last_seen, seconds) ||
	    !sixpn_seen_is_news(entry->seen, seconds))
		return;
	entry->seen = seconds;
	sixpn_agent_registry_seen(agent->registry, peer->public_key, seconds);
}

/*
 * A machine lost what it hung on: its namespace was removed, perhaps to be made
 * again.
 */
static void miss(struct sixpn_agent *agent, const struct sixpn_machine *machine)
{
	const struct sixpn_view_entry *entry;
	const struct sixpn_record_machine *record;

	if (machine->state != SIXPN_MACHINE_STATE_DETACHED)
		return;
	entry = sixpn_view_find_address(&agent->view, &machine->address);
	if (!entry || entry->record.kind != SIXPN_RECORD_MACHINE)
		return;
	record = &entry->record.machine;
	if (record->host == agent->node->host_id &&
	    record->state == SIXPN_RUN_STARTED &&
	    record->attachment != SIXPN_ATTACHMENT_NONE)
		sixpn_agent_mend(agent);
}

/* --- Events. --- */

/* Not 0: the device is gone. */
int sixpn_agent_event(void *context, const struct sixpn_event *event)
{
	const struct sixpn_device *device = &event->device;
	struct sixpn_agent *agent = context;

	if (event->command == SIXPN_CMD_UNSPEC) {
		sixpn_agent_log(agent, SIXPN_AGENT_WARNING,
				"events of the kernel were lost: looking at all of it");
		sixpn_batch_add_whole(&agent->batch, sixpn_agent_clock());
		sixpn_agent_schedule(agent);
		return 0;
	}
	/* By its number: a device of the same name may be another one. */
	if (device->ifindex != agent->ifindex)
		return 0;
	if (event->command == SIXPN_CMD_DEVICE_DEL_NTF)
		return 1;
	if (event->command == SIXPN_CMD_UNKNOWN_NTF && device->peer_count)
		meet(agent, device->peers[0].public_key);
	if (event->command == SIXPN_CMD_HANDSHAKE_NTF && device->peer_count)
		note_seen(agent, &device->peers[0]);
	if ((event->command == SIXPN_CMD_MACHINE_NTF ||
	     event->command == SIXPN_CMD_MACHINE_DEL_NTF) &&
	    device->machine_count)
		miss(agent, &device->machines[0]);
	return agent->lost;
}
