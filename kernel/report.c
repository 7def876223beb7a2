// SPDX-License-Identifier: GPL-2.0
#include "report.h"

#include "allowedips.h"
#include "compat/compat.h"
#include "device.h"
#include "drop.h"
#include "endpoint.h"
#include "noise.h"
#include "peer.h"

#include <linux/sixpn.h>
#include <net/netlink.h>

int sixpn_report_name(struct sk_buff *skb, const struct net_device *dev)
{
	char name[IFNAMSIZ];

	/* Measured and copied from one copy: it may be renamed meanwhile. */
	strscpy(name, dev->name, sizeof(name));
	return nla_put_u32(skb, SIXPN_A_IFINDEX, dev->ifindex) ?:
	       nla_put_string(skb, SIXPN_A_IFNAME, name);
}

static int report_identity(struct sk_buff *skb,
			   const struct sixpn_identity *identity, bool secrets)
{
	int err;

	/* Written under sx->lock too, so identity->lock is not needed. */
	if (!identity->present)
		return 0;
	err = nla_put(skb, SIXPN_A_PUBLIC_KEY, SIXPN_KEY_SIZE,
		      identity->public);
	if (err || !secrets)
		return err;
	return nla_put(skb, SIXPN_A_PRIVATE_KEY, SIXPN_KEY_SIZE,
		       identity->private);
}

static int report_host_id(struct sk_buff *skb, const struct sixpn_device *sx)
{
	int err = 0;

	if (sx->host_id)
		err = nla_put_u32(skb, SIXPN_A_HOST_ID, sx->host_id);
	if (!err && sx->host_id_set)
		err = nla_put_u32(skb, SIXPN_A_FLAGS,
				  SIXPN_DEVICE_F_HOST_ID_SET);
	return err;
}

int sixpn_report_device(struct sk_buff *skb, struct sixpn_device *sx,
			bool secrets)
{
	lockdep_assert_held(&sx->lock);
	return sixpn_report_name(skb, sx->dev) ?:
	       nla_put_u16(skb, SIXPN_A_LISTEN_PORT, sx->listen_port) ?:
	       nla_put_u32(skb, SIXPN_A_FWMARK, sx->fwmark) ?:
	       nla_put_u32(skb, SIXPN_A_GENERATION, sx->generation) ?:
	       nla_put_u32(skb, SIXPN_A_PEER_COUNT, sx->peer_count) ?:
	       nla_put_u32(skb, SIXPN_A_NETWORK_COUNT, sx->network_count) ?:
	       nla_put_u32(skb, SIXPN_A_MACHINE_COUNT, sx->machine_count) ?:
	       nla_put_u32(skb, SIXPN_A_ROUTE_COUNT, sx->route_count) ?:
	       report_host_id(skb, sx) ?:
	       report_identity(skb, &sx->identity, secrets);
}

static int report_drop(struct sk_buff *skb, const struct sixpn_device *sx,
		       enum sixpn_drop_reason reason)
{
	struct nlattr *nest = nla_nest_start(skb, SIXPN_A_DROP);
	int err;

	if (!nest)
		return -EMSGSIZE;
	err = nla_put_u32(skb, SIXPN_DROP_A_REASON, reason) ?:
	      nla_put_string(skb, SIXPN_DROP_A_NAME, sixpn_drop_name(reason)) ?:
	      nla_put_u64_64bit(skb, SIXPN_DROP_A_PACKETS,
				sixpn_drop_read(sx, reason), SIXPN_DROP_A_PAD);
	nla_nest_end(skb, nest);
	return err;
}

int sixpn_report_drops(struct sk_buff *skb, const struct sixpn_device *sx)
{
	int reason, err = 0;

	for (reason = 1; !err && reason <= SIXPN_DROP_MAX; reason++)
		err = report_drop(skb, sx, reason);
	return err;
}

int sixpn_report_peer_key(struct sk_buff *skb, const struct sixpn_peer *peer)
{
	return nla_put(skb, SIXPN_PEER_A_PUBLIC_KEY, SIXPN_KEY_SIZE,
		       peer->handshake.remote_static);
}

int sixpn_report_endpoint(struct sk_buff *skb, const struct sixpn_peer *peer)
{
	struct sockaddr_in6 addr;
	size_t len;

	rcu_read_lock();
	len = sixpn_endpoint_read(peer, &addr);
	rcu_read_unlock();
	return len ? nla_put(skb, SIXPN_PEER_A_ENDPOINT, len, &addr) : 0;
}

int sixpn_report_handshake(struct sk_buff *skb, const struct sixpn_peer *peer)
{
	u64 last = READ_ONCE(peer->last_handshake);
	u32 rtt = READ_ONCE(peer->handshake_rtt);
	int err = 0;

	if (last)
		err = nla_put_u64_64bit(skb, SIXPN_PEER_A_LAST_HANDSHAKE, last,
					SIXPN_PEER_A_PAD);
	if (!err && rtt)
		err = nla_put_u32(skb, SIXPN_PEER_A_HANDSHAKE_RTT, rtt);
	return err;
}

static int report_preshared(struct sk_buff *skb, struct sixpn_peer *peer)
{
	struct sixpn_handshake *handshake = &peer->handshake;
	int err = 0;

	mutex_lock(&handshake->lock);
	if (memchr_inv(handshake->preshared, 0, SIXPN_KEY_SIZE))
		err = nla_put(skb, SIXPN_PEER_A_PRESHARED_KEY, SIXPN_KEY_SIZE,
			      handshake->preshared);
	mutex_unlock(&handshake->lock);
	return err;
}

static int report_counters(struct sk_buff *skb, const struct sixpn_peer *peer)
{
	struct sixpn_peer_totals totals;

	sixpn_peer_read_stats(peer, &totals);
	return nla_put_u64_64bit(skb, SIXPN_PEER_A_RX_BYTES, totals.rx_bytes,
				 SIXPN_PEER_A_PAD) ?:
	       nla_put_u64_64bit(skb, SIXPN_PEER_A_TX_BYTES, totals.tx_bytes,
				 SIXPN_PEER_A_PAD) ?:
	       nla_put_u64_64bit(skb, SIXPN_PEER_A_RX_PACKETS,
				 totals.rx_packets, SIXPN_PEER_A_PAD) ?:
	       nla_put_u64_64bit(skb, SIXPN_PEER_A_TX_PACKETS,
				 totals.tx_packets, SIXPN_PEER_A_PAD) ?:
	       nla_put_u64_64bit(skb, SIXPN_PEER_A_DROPS, totals.drops,
				 SIXPN_PEER_A_PAD);
}

int sixpn_report_peer_kind(struct sk_buff *skb, const struct sixpn_peer *peer)
{
	int err = nla_put_u32(skb, SIXPN_PEER_A_KIND, peer->kind);

	if (!err && peer->host_id)
		err = nla_put_u32(skb, SIXPN_PEER_A_HOST_ID, peer->host_id);
	return err;
}

static int report_peer_flags(struct sk_buff *skb, const struct sixpn_peer *peer)
{
	if (!peer->host_id_set)
		return 0;
	return nla_put_u32(skb, SIXPN_PEER_A_FLAGS, SIXPN_PEER_F_HOST_ID_SET);
}

int sixpn_report_peer(struct sk_buff *skb, struct sixpn_peer *peer)
{
	lockdep_assert_held(&peer->sx->lock);
	return sixpn_report_peer_key(skb, peer) ?:
	       report_preshared(skb, peer) ?:
	       sixpn_report_endpoint(skb, peer) ?:
	       nla_put_u16(skb, SIXPN_PEER_A_PERSISTENT_KEEPALIVE,
			   READ_ONCE(peer->keepalive)) ?:
	       sixpn_report_handshake(skb, peer) ?:
	       report_counters(skb, peer) ?:
	       sixpn_report_peer_kind(skb, peer) ?:
	       report_peer_flags(skb, peer) ?:
	       nla_put_u32(skb, SIXPN_PEER_A_IDLE_EXPIRY, peer->idle_expiry) ?:
	       nla_put_u32(skb, SIXPN_PEER_A_PROTOCOL_VERSION, 1);
}

static int report_prefix(struct sk_buff *skb, const struct sixpn_peer *peer,
			 const struct list_head *entry)
{
	struct in6_addr addr;
	struct nlattr *nest;
	u8 prefix_len;
	u16 family;

	nest = nla_nest_start(skb, SIXPN_PEER_A_ALLOWED_IP);
	if (!nest)
		return -EMSGSIZE;
	family = sixpn_allowedips_read(entry, &peer->sx->allowedips, &addr,
				       &prefix_len);
	if (nla_put_u16(skb, SIXPN_ALLOWEDIP_A_FAMILY, family) ||
	    nla_put(skb, SIXPN_ALLOWEDIP_A_ADDRESS,
		    family == AF_INET ? sizeof(struct in_addr) : sizeof(addr),
		    &addr) ||
	    nla_put_u8(skb, SIXPN_ALLOWEDIP_A_PREFIX_LEN, prefix_len)) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

int sixpn_report_allowedips(struct sk_buff *skb, struct sixpn_peer *peer,
			    u32 *done)
{
	const struct list_head *entry;
	u32 position = 0;

	lockdep_assert_held(&peer->sx->lock);
	list_for_each(entry, &peer->allowedips) {
		if (position++ < *done)
			continue;
		if (report_prefix(skb, peer, entry))
			return -EMSGSIZE;
		*done = position;
	}
	return 0;
}
