// SPDX-License-Identifier: GPL-2.0-or-later
#include "config.h"

#include <sixpn/addr.h>

#include "format.h"
#include "keys.h"

static void write_key(FILE *stream, const char *name,
		      const uint8_t key[SIXPN_KEY_LEN])
{
	char text[SIXPN_KEY_BASE64_LEN + 1];

	sixpn_key_to_base64(text, key);
	fprintf(stream, "%s = %s\n", name, text);
	sixpn_key_wipe(text, sizeof(text));
}

/* A host id as read is told only if it does not follow from the key. */
static bool sets_host_id(const struct sixpn_peer *peer)
{
	return peer->has & SIXPN_PEER_HAS_HOST_ID && peer->host_id &&
	       peer->flags & SIXPN_PEER_F_HOST_ID_SET;
}

static void write_peer(FILE *stream, const struct sixpn_peer *peer)
{
	size_t i;

	fputs("[Peer]\n", stream);
	write_key(stream, "PublicKey", peer->public_key);
	if (peer->has & SIXPN_PEER_HAS_PRESHARED_KEY)
		write_key(stream, "PresharedKey", peer->preshared_key);
	for (i = 0; i < peer->allowedip_count; i++) {
		char text[SIXPN_ALLOWEDIP_TEXT_MAX];

		sixpn_format_allowedip(text, &peer->allowedips[i]);
		fprintf(stream, "%s%s", i ? ", " : "AllowedIPs = ", text);
	}
	if (peer->allowedip_count)
		fputc('\n', stream);
	if (peer->has & SIXPN_PEER_HAS_ENDPOINT) {
		char text[SIXPN_ENDPOINT_TEXT_MAX];

		sixpn_format_endpoint(text, &peer->endpoint);
		fprintf(stream, "Endpoint = %s\n", text);
	}
	if (peer->has & SIXPN_PEER_HAS_KEEPALIVE && peer->persistent_keepalive)
		fprintf(stream, "PersistentKeepalive = %u\n",
			peer->persistent_keepalive);
	if (peer->has & SIXPN_PEER_HAS_KIND &&
	    peer->kind != SIXPN_PEER_KIND_SITE)
		fprintf(stream, "Kind = %s\n", sixpn_format_kind(peer->kind));
	if (sets_host_id(peer))
		fprintf(stream, "HostId = %u\n", peer->host_id);
	if (peer->idle_expiry)
		fprintf(stream, "IdleExpiry = %u\n", peer->idle_expiry);
}

bool sixpn_config_holds(const char *name)
{
	for (; *name; name++)
		if (*name <= ' ' || *name > '~' || *name == '#')
			return false;
	return true;
}

/* What the file cannot bring back, it says. */
static void write_port(FILE *stream, const struct sixpn_machine *machine)
{
	if (!(machine->has & SIXPN_MACHINE_HAS_IFNAME)) {
		fputs("# Port: it is gone\n", stream);
	} else if (!sixpn_config_holds(machine->ifname)) {
		fputs("# Port: it has a name that cannot be told here\n",
		      stream);
	} else if (!(machine->has & SIXPN_MACHINE_HAS_NETNS) ||
		   (machine->netns && !sixpn_config_holds(machine->netns))) {
		fprintf(stream, "# Port: %s, in a network namespace without a name\n",
			machine->ifname);
	} else {
		fprintf(stream, "Port = %s\n", machine->ifname);
		if (machine->netns)
			fprintf(stream, "NetNS = %s\n", machine->netns);
	}
}

static void write_bind(FILE *stream, const struct sixpn_machine *machine)
{
	if (!(machine->has & SIXPN_MACHINE_HAS_IFNAME))
		fputs("# Bind: the interface is gone\n", stream);
	else if (!sixpn_config_holds(machine->ifname))
		fputs("# Bind: it has a name that cannot be told here\n",
		      stream);
	else
		fprintf(stream, "Bind = %s\n", machine->ifname);
}

static void write_attachment(FILE *stream, const struct sixpn_machine *machine)
{
	switch (machine->has & SIXPN_MACHINE_HAS_ATTACHMENT ?
		machine->attachment : SIXPN_ATTACHMENT_NONE) {
	case SIXPN_ATTACHMENT_PORT:
		write_port(stream, machine);
		break;
	case SIXPN_ATTACHMENT_BIND:
		write_bind(stream, machine);
		break;
	case SIXPN_ATTACHMENT_CLIENT:
		write_key(stream, "Client", machine->peer_key);
		break;
	case SIXPN_ATTACHMENT_HOST:
		fputs("Attachment = host\n", stream);
		break;
	}
}

static void write_machine(FILE *stream, const struct sixpn_device *device,
			  const struct sixpn_machine *machine)
{
	char text[SIXPN_ALLOWEDIP_TEXT_MAX];

	fprintf(stream, "[Machine]\nNetwork = %u\n", machine->network);
	if (machine->has & SIXPN_MACHINE_HAS_NAME)
		fprintf(stream, "Name = %s\n", machine->name);
	/* The id alone follows the device to another host id. */
	if (machine->has & SIXPN_MACHINE_HAS_ADDRESS &&
	    (!(machine->has & SIXPN_MACHINE_HAS_ID) ||
	     sixpn_addr_host(&machine->address) != device->host_id)) {
		sixpn_format_6pn(text, &machine->address);
		fprintf(stream, "Address = %s\n", text);
	} else if (machine->has & SIXPN_MACHINE_HAS_ID) {
		fprintf(stream, "Id = %u\n", machine->id);
	}
	write_attachment(stream, machine);
	if (machine->moved_to)
		fprintf(stream, "MovedTo = %u\n", machine->moved_to);
}

static void write_objects(FILE *stream, const struct sixpn_device *device)
{
	/* Without a peer the file ends in an empty line already. */
	bool gap = device->peer_count;
	char text[SIXPN_ALLOWEDIP_TEXT_MAX];
	size_t i;

	for (i = 0; i < device->network_count; i++, gap = true)
		fprintf(stream, "%s[Network]\nId = %u\n", gap ? "\n" : "",
			device->networks[i].id);
	for (i = 0; i < device->machine_count; i++, gap = true) {
		fputs(gap ? "\n" : "", stream);
		write_machine(stream, device, &device->machines[i]);
	}
	for (i = 0; i < device->route_count; i++, gap = true) {
		sixpn_format_prefix(text, &device->routes[i].address,
				    SIXPN_MACHINE_LEN);
		fprintf(stream, "%s[Route]\nAddress = %s\nVia = %u\n",
			gap ? "\n" : "", text, device->routes[i].host_id);
	}
}

void sixpn_config_write(FILE *stream, const struct sixpn_device *device)
{
	size_t i;

	fputs("[Interface]\n", stream);
	if (device->has & SIXPN_DEVICE_HAS_LISTEN_PORT && device->listen_port)
		fprintf(stream, "ListenPort = %u\n", device->listen_port);
	if (device->has & SIXPN_DEVICE_HAS_FWMARK && device->fwmark)
		fprintf(stream, "FwMark = 0x%x\n", device->fwmark);
	if (device->has & SIXPN_DEVICE_HAS_PRIVATE_KEY)
		write_key(stream, "PrivateKey", device->private_key);
	if (device->has & SIXPN_DEVICE_HAS_HOST_ID && device->host_id &&
	    device->flags & SIXPN_DEVICE_F_HOST_ID_SET)
		fprintf(stream, "HostId = %u\n", device->host_id);
	fputc('\n', stream);
	for (i = 0; i < device->peer_count; i++) {
		if (i)
			fputc('\n', stream);
		write_peer(stream, &device->peers[i]);
	}
	write_objects(stream, device);
}
