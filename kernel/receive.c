// SPDX-License-Identifier: GPL-2.0
#include "receive.h"

#include "classify.h"
#include "compat/compat.h"
#include "device.h"
#include "drop.h"
#include "events.h"
#include "forward.h"
#include "handshake.h"
#include "peer.h"
#include "transmit.h"

#include <linux/skbuff.h>
#include <linux/udp.h>
#include <net/inet_ecn.h>
#include <net/ip_tunnels.h>
#include <net/udp.h>

/* Age in seconds at which an initiator that only receives renews its session:
 * early enough that a keepalive can still be answered under the old one.
 */
#define REKEY_ON_RECEIVE_AGE (SIXPN_REJECT_AFTER_TIME - \
			      SIXPN_KEEPALIVE_TIMEOUT - SIXPN_REKEY_TIMEOUT)

/* The session a data message is for, or NULL. */
static struct sixpn_keypair *receiving_keypair(struct sixpn_device *sx,
					       __le32 receiver)
{
	struct sixpn_index *index = sixpn_index_lookup(&sx->indices, receiver);
	struct sixpn_keypair *keypair;

	if (!index || index->kind != SIXPN_INDEX_KEYPAIR)
		return NULL;
	keypair = container_of(index, struct sixpn_keypair, index);
	if (!READ_ONCE(keypair->receive_valid))
		return NULL;
	if (unlikely(sixpn_birth_expired(keypair->birth,
					 SIXPN_REJECT_AFTER_TIME))) {
		WRITE_ONCE(keypair->receive_valid, false);
		return NULL;
	}
	return keypair;
}

/* Decrypt the message at skb->data where it lies and cut it down to the
 * plaintext. Return: 0 if it is authentic and new, or why it is not let in.
 */
static enum sixpn_drop_reason decrypt(struct sk_buff *skb,
				      struct sixpn_keypair *keypair)
{
	const struct sixpn_msg_data *msg;
	u8 *text;
	size_t len;
	u64 counter;

	/* Nobody else may see the bytes change, and the cipher wants them in
	 * one piece.
	 */
	if (skb_linearize_cow(skb))
		return SIXPN_DROP_NO_MEMORY;
	msg = (const struct sixpn_msg_data *)skb->data;
	counter = get_unaligned_le64(&msg->counter);
	text = skb->data + sizeof(*msg);
	len = skb->len - sizeof(*msg);
	if (!chacha20poly1305_decrypt(text, text, len, NULL, 0, counter,
				      keypair->receive_key))
		return SIXPN_DROP_NOT_AUTHENTIC;
	if (!sixpn_replay_accept(&keypair->replay, counter))
		return SIXPN_DROP_REPLAYED;
	skb_pull(skb, sizeof(*msg));
	skb_trim(skb, len - SIXPN_TAG_SIZE);
	return SIXPN_DROP_UNSPEC;
}

/* The session is new to us: until now we could not know that the initiator
 * has its keys too.
 */
static void session_confirmed(struct sixpn_peer *peer)
{
	sixpn_timers_handshake_complete(peer);
	sixpn_event_handshake(peer);
	sixpn_transmit_staged(peer);
}

static void rekey_if_old(struct sixpn_peer *peer, struct sixpn_keypair *keypair)
{
	if (likely(!keypair->initiator ||
		   !sixpn_birth_expired(keypair->birth, REKEY_ON_RECEIVE_AGE)))
		return;
	if (rcu_access_pointer(peer->keypairs.current_key) != keypair ||
	    READ_ONCE(peer->timers.rekeying))
		return;
	WRITE_ONCE(peer->timers.rekeying, true);
	sixpn_handshake_start(peer, false);
}

static u8 outer_dsfield(const struct sk_buff *skb)
{
	return skb->protocol == htons(ETH_P_IPV6) ?
		       ipv6_get_dsfield(ipv6_hdr(skb)) : ip_hdr(skb)->tos;
}

/* Find the inner packet's end and cut the padding off. On success protocol and
 * network header are the inner packet's.
 */
static bool trim_to_packet(struct sk_buff *skb)
{
	size_t len;

	skb_reset_network_header(skb);
	skb->protocol = ip_tunnel_parse_protocol(skb);
	if (skb->protocol == htons(ETH_P_IP)) {
		len = ntohs(ip_hdr(skb)->tot_len);
		if (len < sizeof(struct iphdr))
			return false;
	} else if (skb->protocol == htons(ETH_P_IPV6)) {
		len = ntohs(ipv6_hdr(skb)->payload_len) +
		      sizeof(struct ipv6hdr);
	} else {
		return false;
	}
	return !pskb_trim(skb, len) && skb->len == len;
}

/* RFC 6040, section 4.2. Return: false for a packet that has to go. */
static bool merge_ecn(struct sk_buff *skb, u8 outer)
{
	u8 inner = ip_tunnel_get_dsfield(ip_hdr(skb), skb);

	return INET_ECN_decapsulate(skb, outer, inner) < 2;
}

/* Make it a packet that came in on @dev, with nothing left of its time on the
 * underlay.
 */
static void prepare_inner(struct sk_buff *skb, struct net_device *dev)
{
	/* UDP hands out one by one what it has cut, each still chained to the
	 * next, and who transmits a chain transmits all of it.
	 */
	skb_mark_not_on_list(skb);
	skb_orphan(skb);
	skb_scrub_packet(skb, true);
	skb->dev = dev;
	skb->priority = 0;
	skb_init_secmark(skb);
	skb_gso_reset(skb);
	skb->encapsulation = 0;
	skb_clear_hash(skb);
	skb_set_queue_mapping(skb, 0);
	skb->pkt_type = PACKET_HOST;
	skb_reset_mac_header(skb);
	skb_reset_mac_len(skb);
	skb_reset_transport_header(skb);
	/* The tag proves that it is as the peer's sender computed it. */
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	skb->csum_level = ~0;
}

/* A message from the underlay that is not let in. Consumes @skb. */
static void drop_message(struct sixpn_device *sx, struct sk_buff *skb,
			 enum sixpn_drop_reason reason)
{
	sixpn_drop_count(sx, reason, skb, 1);
	DEV_STATS_INC(sx->dev, rx_errors);
	kfree_skb(skb);
}

/* An authentic packet, which may not pass all the same. Consumes @skb. */
static void drop_bad(struct sixpn_peer *peer, struct sk_buff *skb,
		     enum sixpn_drop_reason reason)
{
	sixpn_drop_of_peer(peer, reason, skb, 1);
	DEV_STATS_INC(peer->sx->dev, rx_errors);
	kfree_skb(skb);
}

/* To the device's own stack, as WireGuard does it. */
static void deliver_to_stack(struct sixpn_device *sx, struct sk_buff *skb)
{
	dev_sw_netstats_rx_add(sx->dev, skb->len);
	gro_cells_receive(&sx->gro_cells, skb);
}

/* An authentic, decrypted packet of @peer. Consumes @skb. */
static void deliver(struct sixpn_peer *peer, struct sk_buff *skb)
{
	struct sixpn_device *sx = peer->sx;
	const struct sixpn_origin origin = {
		.sx = sx,
		.kind = SIXPN_ORIGIN_PEER,
		.peer = peer,
	};
	struct sixpn_verdict verdict;
	u8 outer = outer_dsfield(skb);

	if (unlikely(!trim_to_packet(skb))) {
		DEV_STATS_INC(sx->dev, rx_length_errors);
		drop_bad(peer, skb, SIXPN_DROP_MALFORMED);
		return;
	}
	/* What the underlay left of checksums is not for the rules to see. */
	prepare_inner(skb, sx->dev);
	sixpn_classify(&origin, skb, &verdict);
	/* The address of the sender must be one we would send to this peer. */
	if (verdict.way == SIXPN_WAY_ALLOWED_IPS &&
	    unlikely(sixpn_allowedips_lookup_src(&sx->allowedips, skb) !=
		     peer)) {
		net_dbg_ratelimited("%s: packet with a source address that is not its peer's\n",
				    sx->dev->name);
		DEV_STATS_INC(sx->dev, rx_frame_errors);
		drop_bad(peer, skb, SIXPN_DROP_SPOOFED_SOURCE);
		return;
	}
	if (unlikely(!merge_ecn(skb, outer))) {
		DEV_STATS_INC(sx->dev, rx_frame_errors);
		drop_bad(peer, skb, SIXPN_DROP_MALFORMED);
		return;
	}
	if (verdict.way == SIXPN_WAY_ALLOWED_IPS)
		deliver_to_stack(sx, skb);
	else if (!sixpn_forward(&origin, &verdict, skb))
		DEV_STATS_INC(sx->dev, rx_errors);
}

static void receive_data(struct sixpn_device *sx, struct sk_buff *skb)
{
	const struct sixpn_msg_data *msg =
		(const struct sixpn_msg_data *)skb->data;
	size_t message_len = skb->len;
	struct sixpn_keypair *keypair;
	enum sixpn_drop_reason reason;
	struct sixpn_peer *peer;

	keypair = receiving_keypair(sx, get_unaligned(&msg->receiver));
	if (unlikely(!keypair)) {
		drop_message(sx, skb, SIXPN_DROP_UNKNOWN_SESSION);
		return;
	}
	peer = keypair->index.peer;
	reason = decrypt(skb, keypair);
	if (unlikely(reason)) {
		/* Anybody can name the session of a message that is not. */
		if (reason == SIXPN_DROP_REPLAYED)
			sixpn_peer_count_drops(peer, 1);
		drop_message(sx, skb, reason);
		return;
	}
	sixpn_endpoint_learn(peer, skb, false);
	sixpn_peer_count_rx(peer, 1, message_len);
	sixpn_timers_authenticated_received(peer);
	if (unlikely(sixpn_keypairs_confirm(peer, keypair)))
		session_confirmed(peer);
	rekey_if_old(peer, keypair);

	if (!skb->len) { /* keepalive */
		consume_skb(skb);
		return;
	}
	sixpn_timers_data_received(peer);
	deliver(peer, skb);
}

/* Type of the message at skb->data if its length is right, else 0. */
static u32 message_type(const struct sk_buff *skb)
{
	const struct sixpn_msg_header *header =
		(const struct sixpn_msg_header *)skb->data;
	u32 type = get_unaligned_le32(&header->type);

	switch (type) {
	case SIXPN_MSG_INITIATION:
		return skb->len == sizeof(struct sixpn_msg_initiation) ?
			       type : 0;
	case SIXPN_MSG_RESPONSE:
		return skb->len == sizeof(struct sixpn_msg_response) ? type : 0;
	case SIXPN_MSG_COOKIE:
		return skb->len == sizeof(struct sixpn_msg_cookie) ? type : 0;
	case SIXPN_MSG_DATA:
		return skb->len >= SIXPN_DATA_OVERHEAD ? type : 0;
	default:
		return 0;
	}
}

int sixpn_receive(struct sock *sk, struct sk_buff *skb)
{
	struct sixpn_device *sx = rcu_dereference_sk_user_data(sk);
	enum sixpn_drop_reason reason = SIXPN_DROP_BAD_MESSAGE;

	if (unlikely(!sx)) {
		kfree_skb(skb);
		return 0;
	}
	/* The shortest valid message is as long as the data overhead. */
	if (unlikely(!pskb_may_pull(skb, sizeof(struct udphdr) +
					 SIXPN_DATA_OVERHEAD)))
		goto drop;
	__skb_pull(skb, sizeof(struct udphdr));

	switch (message_type(skb)) {
	case SIXPN_MSG_DATA:
		receive_data(sx, skb);
		return 0;
	case SIXPN_MSG_INITIATION:
	case SIXPN_MSG_RESPONSE:
	case SIXPN_MSG_COOKIE:
		reason = SIXPN_DROP_NO_MEMORY;
		if (skb_linearize(skb))
			goto drop;
		sixpn_handshake_receive(sx, skb);
		return 0;
	}
drop:
	drop_message(sx, skb, reason);
	return 0;
}
