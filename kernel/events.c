// SPDX-License-Identifier: GPL-2.0
#include "events.h"

#include "compat/compat.h"
#include "device.h"
#include "endpoint.h"
#include "host.h"
#include "machine.h"
#include "netlink.h"
#include "network.h"
#include "peer.h"
#include "report.h"

#include <linux/sixpn.h>

/* One notification being written. */
struct event {
	struct sk_buff *skb;
	void *hdr;
	struct nlattr *nest; /* of the peer or other object, or NULL */
	int err;
};

/* Return: false if nobody listens or memory is short. RCU read side, which
 * keeps the namespace from going although the device may leave it.
 */
static bool event_start(struct event *event, const struct sixpn_device *sx,
			enum sixpn_cmd cmd)
{
	if (!genl_has_listeners(&sixpn_netlink_family, dev_net(sx->dev),
				SIXPN_NETLINK_GROUP_EVENTS))
		return false;
	event->nest = NULL;
	event->skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_ATOMIC);
	if (!event->skb)
		return false;
	event->hdr = genlmsg_put(event->skb, 0, 0, &sixpn_netlink_family, 0,
				 cmd);
	event->err = event->hdr ? 0 : -EMSGSIZE;
	return true;
}

static void event_end(struct event *event, const struct sixpn_device *sx)
{
	if (event->err) {
		nlmsg_free(event->skb);
		return;
	}
	if (event->nest)
		nla_nest_end(event->skb, event->nest);
	genlmsg_end(event->skb, event->hdr);
	genlmsg_multicast_netns(&sixpn_netlink_family, dev_net(sx->dev),
				event->skb, 0, SIXPN_NETLINK_GROUP_EVENTS,
				GFP_ATOMIC);
}

/* Name the device, perhaps its generation, and open a nest for an object. */
static void event_nest(struct event *event, const struct sixpn_device *sx,
		       enum sixpn_attr type, bool generation)
{
	event->err = event->err ?: sixpn_report_name(event->skb, sx->dev);
	if (!event->err && generation)
		event->err = nla_put_u32(event->skb, SIXPN_A_GENERATION,
					 sx->generation);
	if (event->err)
		return;
	event->nest = nla_nest_start(event->skb, type);
	event->err = event->nest ? 0 : -EMSGSIZE;
}

static void event_peer(struct event *event, const struct sixpn_peer *peer,
		       bool generation)
{
	event_nest(event, peer->sx, SIXPN_A_PEER, generation);
	event->err = event->err ?: sixpn_report_peer_key(event->skb, peer);
}

void sixpn_event_device(struct sixpn_device *sx)
{
	struct event event;

	lockdep_assert_held(&sx->lock);
	rcu_read_lock();
	if (event_start(&event, sx, SIXPN_CMD_DEVICE_NTF)) {
		event.err = event.err ?:
			    sixpn_report_device(event.skb, sx, false);
		event_end(&event, sx);
	}
	rcu_read_unlock();
}

void sixpn_event_device_gone(struct sixpn_device *sx)
{
	struct event event;

	rcu_read_lock();
	if (event_start(&event, sx, SIXPN_CMD_DEVICE_DEL_NTF)) {
		event.err = event.err ?: sixpn_report_name(event.skb, sx->dev);
		event_end(&event, sx);
	}
	rcu_read_unlock();
}

void sixpn_event_peer(struct sixpn_peer *peer)
{
	struct event event;

	lockdep_assert_held(&peer->sx->lock);
	rcu_read_lock();
	if (event_start(&event, peer->sx, SIXPN_CMD_PEER_NTF)) {
		event_peer(&event, peer, true);
		event.err = event.err ?:
			    sixpn_report_endpoint(event.skb, peer) ?:
			    nla_put_u16(event.skb,
					SIXPN_PEER_A_PERSISTENT_KEEPALIVE,
					peer->keepalive) ?:
			    sixpn_report_peer_kind(event.skb, peer);
		event_end(&event, peer->sx);
	}
	rcu_read_unlock();
}

void sixpn_event_peer_gone(struct sixpn_peer *peer)
{
	struct event event;

	rcu_read_lock();
	if (event_start(&event, peer->sx, SIXPN_CMD_PEER_DEL_NTF)) {
		event_peer(&event, peer, false);
		if (!event.err && peer->expired)
			event.err = nla_put_u32(event.skb, SIXPN_PEER_A_FLAGS,
						SIXPN_PEER_F_EXPIRED);
		event_end(&event, peer->sx);
	}
	rcu_read_unlock();
}

void sixpn_event_handshake(struct sixpn_peer *peer)
{
	struct event event;

	rcu_read_lock();
	if (event_start(&event, peer->sx, SIXPN_CMD_HANDSHAKE_NTF)) {
		event_peer(&event, peer, false);
		event.err = event.err ?:
			    sixpn_report_endpoint(event.skb, peer) ?:
			    sixpn_report_handshake(event.skb, peer);
		event_end(&event, peer->sx);
	}
	rcu_read_unlock();
}

void sixpn_event_endpoint(struct sixpn_peer *peer)
{
	struct event event;

	rcu_read_lock();
	if (event_start(&event, peer->sx, SIXPN_CMD_ENDPOINT_NTF)) {
		event_peer(&event, peer, false);
		event.err = event.err ?:
			    sixpn_report_endpoint(event.skb, peer);
		event_end(&event, peer->sx);
	}
	rcu_read_unlock();
}

void sixpn_event_unknown(struct sixpn_device *sx, const u8 key[SIXPN_KEY_SIZE],
			 const struct sk_buff *skb)
{
	struct sixpn_endpoint from = {};
	struct event event;
	size_t len;

	if (sixpn_endpoint_from_skb(&from, skb))
		return;
	len = from.addr.sa_family == AF_INET ? sizeof(from.addr4) :
					       sizeof(from.addr6);
	rcu_read_lock();
	if (event_start(&event, sx, SIXPN_CMD_UNKNOWN_NTF)) {
		event_nest(&event, sx, SIXPN_A_PEER, false);
		event.err = event.err ?:
			    nla_put(event.skb, SIXPN_PEER_A_PUBLIC_KEY,
				    SIXPN_KEY_SIZE, key) ?:
			    nla_put(event.skb, SIXPN_PEER_A_ENDPOINT, len,
				    &from.addr);
		event_end(&event, sx);
	}
	rcu_read_unlock();
}

static void tell_network(struct sixpn_network *network, enum sixpn_cmd cmd,
			 bool generation)
{
	struct sixpn_device *sx = network->sx;
	struct event event;

	lockdep_assert_held(&sx->lock);
	rcu_read_lock();
	if (event_start(&event, sx, cmd)) {
		event_nest(&event, sx, SIXPN_A_NETWORK, generation);
		event.err = event.err ?:
			    nla_put_u32(event.skb, SIXPN_NETWORK_A_ID,
					network->id);
		event_end(&event, sx);
	}
	rcu_read_unlock();
}

void sixpn_event_network(struct sixpn_network *network)
{
	tell_network(network, SIXPN_CMD_NETWORK_NTF, true);
}

void sixpn_event_network_gone(struct sixpn_network *network)
{
	tell_network(network, SIXPN_CMD_NETWORK_DEL_NTF, false);
}

void sixpn_event_machine(struct sixpn_machine *machine)
{
	struct sixpn_device *sx = machine->network->sx;
	struct event event;

	lockdep_assert_held(&sx->lock);
	rcu_read_lock();
	if (event_start(&event, sx, SIXPN_CMD_MACHINE_NTF)) {
		event_nest(&event, sx, SIXPN_A_MACHINE, true);
		event.err = event.err ?:
			    sixpn_report_machine_name(event.skb, machine) ?:
			    sixpn_report_machine_place(event.skb, machine);
		event_end(&event, sx);
	}
	rcu_read_unlock();
}

void sixpn_event_machine_gone(struct sixpn_machine *machine)
{
	struct sixpn_device *sx = machine->network->sx;
	struct event event;

	lockdep_assert_held(&sx->lock);
	rcu_read_lock();
	if (event_start(&event, sx, SIXPN_CMD_MACHINE_DEL_NTF)) {
		event_nest(&event, sx, SIXPN_A_MACHINE, false);
		event.err = event.err ?:
			    sixpn_report_machine_name(event.skb, machine);
		event_end(&event, sx);
	}
	rcu_read_unlock();
}

static void tell_route(struct sixpn_route *route, enum sixpn_cmd cmd,
		       bool generation)
{
	struct sixpn_device *sx = route->network->sx;
	struct event event;

	lockdep_assert_held(&sx->lock);
	rcu_read_lock();
	if (event_start(&event, sx, cmd)) {
		event_nest(&event, sx, SIXPN_A_ROUTE, generation);
		event.err = event.err ?: sixpn_report_route(event.skb, route);
		event_end(&event, sx);
	}
	rcu_read_unlock();
}

void sixpn_event_route(struct sixpn_route *route)
{
	tell_route(route, SIXPN_CMD_ROUTE_NTF, true);
}

void sixpn_event_route_gone(struct sixpn_route *route)
{
	tell_route(route, SIXPN_CMD_ROUTE_DEL_NTF, false);
}
