// SPDX-License-Identifier: GPL-2.0
#include "transmit.h"

#include "batch.h"
#include "classify.h"
#include "compat/compat.h"
#include "device.h"
#include "drop.h"
#include "forward.h"
#include "handshake.h"
#include "icmp.h"
#include "peer.h"
#include "socket.h"

#include <linux/skbuff.h>
#include <net/gso.h>
#include <net/ip_tunnels.h>

/* Mesh devices over mesh devices: each costs stack for the cipher and for all of
 * the underlay's output. More than this is a loop made of several devices.
 */
#define NESTING_MAX 3

/* How many of us are on this CPU's stack. BH is off while it counts. */
static DEFINE_PER_CPU(unsigned int, nesting);

/* A keypair to send with now, or NULL. RCU read side. */
static struct sixpn_keypair *sending_keypair(struct sixpn_peer *peer)
{
	struct sixpn_keypair *keypair =
		rcu_dereference(peer->keypairs.current_key);

	if (!keypair || !READ_ONCE(keypair->send_valid))
		return NULL;
	if (unlikely(sixpn_birth_expired(keypair->birth,
					 SIXPN_REJECT_AFTER_TIME))) {
		WRITE_ONCE(keypair->send_valid, false);
		return NULL;
	}
	return keypair;
}

/* Is it time to replace the session (paper, section 6.2)? Only its initiator
 * does so by age, so that not both do.
 */
static void rekey_if_old(struct sixpn_peer *peer, struct sixpn_keypair *keypair)
{
	if (likely(atomic64_read(&keypair->send_counter) <
		   SIXPN_REKEY_AFTER_MESSAGES &&
		   !(keypair->initiator &&
		     sixpn_birth_expired(keypair->birth,
					 SIXPN_REKEY_AFTER_TIME))))
		return;
	sixpn_handshake_start(peer, false);
}

/* A keepalive is no packet of anybody. */
static void drop_staged(struct sixpn_peer *peer, struct sk_buff *skb,
			enum sixpn_drop_reason reason)
{
	DEV_STATS_INC(peer->sx->dev, tx_dropped);
	if (skb->len)
		sixpn_drop_of_peer(peer, reason, skb, 1);
	kfree_skb(skb);
}

/* Keep @list until there is a session; the oldest packets make room. */
static void stage(struct sixpn_peer *peer, struct sk_buff *list)
{
	struct sk_buff *skb, *next, *oldest;

	skb_list_walk_safe(list, skb, next) {
		skb_mark_not_on_list(skb);
		/* It may stay for minutes: its sender can go, send elsewhere or
		 * send it again meanwhile.
		 */
		skb_orphan(skb);
		skb_dst_drop(skb);
		nf_reset_ct(skb);
		if (skb_orphan_frags(skb, GFP_ATOMIC)) {
			drop_staged(peer, skb, SIXPN_DROP_NO_MEMORY);
			continue;
		}
		oldest = NULL;
		spin_lock_bh(&peer->staged.lock);
		if (skb_queue_len(&peer->staged) >= SIXPN_STAGED_MAX)
			oldest = __skb_dequeue(&peer->staged);
		__skb_queue_tail(&peer->staged, skb);
		spin_unlock_bh(&peer->staged.lock);
		if (oldest)
			drop_staged(peer, oldest, SIXPN_DROP_NO_SESSION);
	}
}

/* The whole queue as a list, or NULL. */
static struct sk_buff *unstage(struct sixpn_peer *peer)
{
	struct sk_buff *list = NULL, **tail = &list, *skb;

	spin_lock_bh(&peer->staged.lock);
	while ((skb = __skb_dequeue(&peer->staged))) {
		*tail = skb;
		tail = &skb->next;
	}
	spin_unlock_bh(&peer->staged.lock);
	return list;
}

static void encrypt_and_send(struct sixpn_peer *peer,
			     struct sixpn_keypair *keypair,
			     struct sk_buff *list)
{
	enum sixpn_batch_sent sent = sixpn_batch_send(peer, keypair, list);

	if (sent != SIXPN_SENT_NOTHING)
		sixpn_timers_authenticated_sent(peer);
	if (sent == SIXPN_SENT_DATA)
		sixpn_timers_data_sent(peer);
	rekey_if_old(peer, keypair);
}

void sixpn_transmit_staged(struct sixpn_peer *peer)
{
	struct sixpn_keypair *keypair;
	struct sk_buff *list;

	local_bh_disable();
	rcu_read_lock();
	keypair = sending_keypair(peer);
	if (keypair) {
		list = unstage(peer);
		if (list)
			encrypt_and_send(peer, keypair, list);
	} else if (!skb_queue_empty_lockless(&peer->staged)) {
		sixpn_handshake_start(peer, false);
	}
	rcu_read_unlock();
	local_bh_enable();
}

void sixpn_transmit_drop_staged(struct sixpn_peer *peer)
{
	struct sk_buff *skb, *next;

	skb_list_walk_safe(unstage(peer), skb, next) {
		skb_mark_not_on_list(skb);
		drop_staged(peer, skb, SIXPN_DROP_NO_SESSION);
	}
}

/* Consumes the list. RCU read side, BH disabled. */
static void send_list(struct sixpn_peer *peer, struct sk_buff *list)
{
	struct sixpn_keypair *keypair = sending_keypair(peer);

	if (likely(keypair && skb_queue_empty_lockless(&peer->staged))) {
		encrypt_and_send(peer, keypair, list);
		return;
	}
	stage(peer, list);
	/* Looks for a session once more: one that came up after we looked and
	 * before we staged has flushed the queue already.
	 */
	sixpn_transmit_staged(peer);
}

void sixpn_transmit_keepalive(struct sixpn_peer *peer)
{
	struct sk_buff *skb;

	if (skb_queue_empty_lockless(&peer->staged)) {
		skb = alloc_skb(SIXPN_HEADROOM + SIXPN_TAG_SIZE, GFP_ATOMIC);
		if (!skb)
			return;
		skb_reserve(skb, SIXPN_HEADROOM);
		stage(peer, skb);
	}
	sixpn_transmit_staged(peer);
}

bool sixpn_transmit_is_within(const struct sk_buff *skb, unsigned int mtu)
{
	return skb_is_gso(skb) ? skb_gso_validate_network_len(skb, mtu) :
				 skb->len <= mtu;
}

enum sixpn_drop_reason sixpn_transmit_check(const struct sk_buff *skb,
					    struct sixpn_peer *peer,
					    unsigned int limit,
					    unsigned int *mtu)
{
	unsigned int path = sixpn_socket_path_mtu(peer);

	*mtu = 0;
	if (unlikely(!rcu_access_pointer(peer->endpoint)))
		return SIXPN_DROP_NO_ENDPOINT;
	/* Redirected past the device's MTU: there is no outer packet for it. */
	if (unlikely(!sixpn_transmit_is_within(skb, SIXPN_MTU_MAX)))
		return SIXPN_DROP_TOO_BIG;
	limit = min_t(unsigned int, limit, path ?: SIXPN_MTU_MAX);
	if (skb->protocol == htons(ETH_P_IPV6))
		limit = max_t(unsigned int, limit, IPV6_MIN_MTU);
	else if (!(ip_hdr(skb)->frag_off & htons(IP_DF)))
		return SIXPN_DROP_UNSPEC;
	if (likely(sixpn_transmit_is_within(skb, limit)))
		return SIXPN_DROP_UNSPEC;
	*mtu = limit;
	return SIXPN_DROP_TOO_BIG;
}

/* Offload packets become a list of packets that fit the device. Their
 * checksums stay to be filled in while they are copied. Consumes @skb.
 */
static struct sk_buff *segment(struct sk_buff *skb, struct net_device *dev)
{
	netdev_features_t features = dev->features & ~NETIF_F_GSO_MASK;
	struct sk_buff *list;

	if (!skb_is_gso(skb)) {
		skb_mark_not_on_list(skb);
		return skb;
	}
	list = skb_gso_segment(skb, features);
	if (IS_ERR(list)) {
		kfree_skb(skb);
		return NULL;
	}
	if (!list) {
		skb_mark_not_on_list(skb);
		return skb;
	}
	consume_skb(skb);
	return list;
}

bool sixpn_transmit_packet(struct sixpn_peer *peer, struct sk_buff *skb)
{
	struct net_device *dev = peer->sx->dev;
	struct sk_buff *list;

	/* From the inner packet, so that its flow keeps one queue outside. */
	skb_get_hash(skb);
	list = segment(skb, dev);
	if (unlikely(!list)) {
		sixpn_drop_of_peer(peer, SIXPN_DROP_NO_MEMORY, NULL, 1);
		return false;
	}
	send_list(peer, list);
	return true;
}

bool sixpn_transmit_enter(void)
{
	return likely(__this_cpu_inc_return(nesting) <= NESTING_MAX);
}

void sixpn_transmit_leave(void)
{
	__this_cpu_dec(nesting);
}

/* Not passed on: count why, and if its sender can do something about it, tell
 * it.
 */
static void refuse(struct sk_buff *skb, struct net_device *dev,
		   enum sixpn_drop_reason reason, unsigned int mtu)
{
	sixpn_drop_count(sixpn_device_of(dev), reason, skb, 1);
	DEV_STATS_INC(dev, tx_errors);
	switch (reason) {
	case SIXPN_DROP_NO_PEER:
	case SIXPN_DROP_NO_ENDPOINT:
		net_dbg_ratelimited("%s: no peer, or none with a known endpoint, for a packet\n",
				    dev->name);
		sixpn_icmp_unreachable(skb, dev);
		break;
	case SIXPN_DROP_TOO_BIG:
		if (mtu)
			sixpn_icmp_too_big(skb, dev, mtu);
		break;
	case SIXPN_DROP_LOOP:
		net_dbg_ratelimited("%s: packet went in a loop of devices\n",
				    dev->name);
		break;
	default:
		break;
	}
	kfree_skb(skb);
}

/* As WireGuard does it. Consumes @skb. RCU read side, BH disabled. */
static void transmit_by_allowedips(struct sk_buff *skb, struct net_device *dev)
{
	struct sixpn_device *sx = sixpn_device_of(dev);
	struct sixpn_peer *peer =
		sixpn_allowedips_lookup_dst(&sx->allowedips, skb);
	enum sixpn_drop_reason reason = SIXPN_DROP_NO_PEER;
	unsigned int mtu = 0;

	if (likely(peer))
		reason = sixpn_transmit_check(skb, peer, SIXPN_MTU_MAX, &mtu);
	if (unlikely(reason)) {
		if (peer)
			sixpn_peer_count_drops(peer, 1);
		refuse(skb, dev, reason, mtu);
		return;
	}
	if (unlikely(!sixpn_transmit_packet(peer, skb)))
		DEV_STATS_INC(dev, tx_dropped);
}

/* Consumes @skb. RCU read side, BH disabled. */
static void transmit(struct sk_buff *skb, struct net_device *dev)
{
	const struct sixpn_origin origin = {
		.sx = sixpn_device_of(dev),
		.kind = SIXPN_ORIGIN_HOST,
	};
	struct sixpn_verdict verdict;

	if (unlikely(ip_tunnel_parse_protocol(skb) != skb->protocol ||
		     !skb->protocol)) {
		refuse(skb, dev, SIXPN_DROP_MALFORMED, 0);
		return;
	}
	sixpn_classify(&origin, skb, &verdict);
	if (verdict.way == SIXPN_WAY_ALLOWED_IPS)
		transmit_by_allowedips(skb, dev);
	else if (!sixpn_forward(&origin, &verdict, skb))
		DEV_STATS_INC(dev, tx_errors);
}

netdev_tx_t sixpn_transmit(struct sk_buff *skb, struct net_device *dev)
{
	if (likely(sixpn_transmit_enter())) {
		rcu_read_lock(); /* BH is off already: we are ndo_start_xmit */
		transmit(skb, dev);
		rcu_read_unlock();
	} else {
		refuse(skb, dev, SIXPN_DROP_LOOP, 0);
	}
	sixpn_transmit_leave();
	return NETDEV_TX_OK;
}
