// SPDX-License-Identifier: GPL-2.0-or-later
#include "command.h"

#include <inttypes.h>
#include <string.h>

#include "format.h"
#include "keys.h"
#include "netlink.h"
#include "parse.h"
#include "print.h"

static const char *const event_words[] = {
	[SIXPN_CMD_UNSPEC] = "events-lost",
	[SIXPN_CMD_DEVICE_NTF] = "device",
	[SIXPN_CMD_DEVICE_DEL_NTF] = "device-removed",
	[SIXPN_CMD_PEER_NTF] = "peer",
	[SIXPN_CMD_PEER_DEL_NTF] = "peer-removed",
	[SIXPN_CMD_HANDSHAKE_NTF] = "handshake",
	[SIXPN_CMD_ENDPOINT_NTF] = "endpoint",
};

struct watch {
	struct sixpn_run *run;
	const char *ifname;	/* only this device, or NULL */
};

static void print_peer(struct sixpn_out *out, const struct sixpn_peer *peer)
{
	char key[SIXPN_KEY_BASE64_LEN + 1];

	sixpn_key_to_base64(key, peer->public_key);
	sixpn_out_string(out, "public_key", key, " %s", key);
	if (peer->has & SIXPN_PEER_HAS_ENDPOINT) {
		sixpn_out_text(out, " endpoint ");
		sixpn_print_endpoint(out, peer);
	}
	if (peer->has & SIXPN_PEER_HAS_KEEPALIVE) {
		sixpn_out_text(out, " persistent-keepalive ");
		sixpn_print_keepalive(out, peer);
	}
	if (peer->has & SIXPN_PEER_HAS_LAST_HANDSHAKE) {
		sixpn_out_text(out, " latest-handshake ");
		sixpn_print_latest_handshake(out, peer);
	}
	if (peer->has & SIXPN_PEER_HAS_HANDSHAKE_RTT)
		sixpn_out_number(out, "handshake_rtt_us", peer->handshake_rtt,
				 " rtt %u.%03u ms", peer->handshake_rtt / 1000,
				 peer->handshake_rtt % 1000);
}

static void print_device(struct sixpn_out *out,
			 const struct sixpn_device *device)
{
	if (device->has & SIXPN_DEVICE_HAS_PUBLIC_KEY) {
		sixpn_out_text(out, " public-key ");
		sixpn_print_public_key(out, device);
	}
	if (device->has & SIXPN_DEVICE_HAS_LISTEN_PORT) {
		sixpn_out_text(out, " listen-port ");
		sixpn_print_listen_port(out, device);
	}
	if (device->has & SIXPN_DEVICE_HAS_FWMARK) {
		sixpn_out_text(out, " fwmark ");
		sixpn_print_fwmark(out, device);
	}
	if (device->has & SIXPN_DEVICE_HAS_PEER_COUNT)
		sixpn_out_number(out, "peer_count", device->kernel_peer_count,
				 " peers %u", device->kernel_peer_count);
}

static int print_event(void *context, const struct sixpn_event *event)
{
	const struct watch *watch = context;
	const struct sixpn_device *device = &event->device;
	struct sixpn_out *out = &watch->run->out;
	char name[SIXPN_NAME_ROOM];
	const char *word = "unknown";

	if (event->command < sizeof(event_words) / sizeof(*event_words) &&
	    event_words[event->command])
		word = event_words[event->command];
	if (watch->ifname && event->command != SIXPN_CMD_UNSPEC &&
	    strcmp(watch->ifname, device->ifname))
		return 0;
	sixpn_out_name(out, name, sizeof(name), device->ifname);
	sixpn_out_open_object(out, NULL);
	sixpn_out_string(out, "event", word, "%s", word);
	if (event->command != SIXPN_CMD_UNSPEC) {
		sixpn_out_string(out, "name", name, " %s", name);
		sixpn_out_json_number(out, "ifindex", device->ifindex);
	}
	if (device->has & SIXPN_DEVICE_HAS_GENERATION)
		sixpn_out_json_number(out, "generation", device->generation);
	if (device->peer_count)
		print_peer(out, &device->peers[0]);
	else
		print_device(out, device);
	sixpn_out_text(out, "\n");
	sixpn_out_close(out);
	return sixpn_out_finish(out);
}

int sixpn_run_monitor(struct sixpn_run *run)
{
	struct watch watch = { .run = run };
	struct sixpn_netlink *netlink;
	struct sixpn_error error = { 0 };
	char ifname[IFNAMSIZ];
	int ret;

	if (run->count) {
		if (sixpn_parse_ifname(ifname, run->words[0],
				       strlen(run->words[0])))
			return sixpn_complain(run, "not a device name: '%s'",
					      run->words[0]);
		watch.ifname = ifname;
	}
	if (sixpn_netlink_open(&netlink, &error))
		return sixpn_complain(run, "%s", error.text);
	run->out.lines = true;
	ret = sixpn_netlink_events_join(netlink, &error);
	while (!ret)
		ret = sixpn_netlink_events_read(netlink, print_event, &watch,
						&error);
	sixpn_netlink_close(netlink);
	return sixpn_complain(run, "%s", error.text[0] ? error.text :
			      "cannot write the output");
}
