// SPDX-License-Identifier: GPL-2.0
#include "batch.h"

#include "compat/compat.h"
#include "device.h"
#include "drop.h"
#include "peer.h"
#include "socket.h"
#include "transmit.h"

#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/sizes.h>
#include <linux/skbuff.h>
#include <linux/udp.h>
#include <net/inet_ecn.h>
#include <net/ip_tunnels.h>

/* Messages of one batch: what one UDP GSO packet may hold (UDP_MAX_SEGMENTS is
 * 64 on the oldest receivers) and what one page fragment can.
 */
#define BATCH_MESSAGES	64
#define BATCH_BYTES	min_t(size_t, PAGE_FRAG_CACHE_MAX_SIZE, SZ_32K)

/* Used with BH disabled, so a CPU's cache has one user at a time. */
static DEFINE_PER_CPU(struct page_frag_cache, batch_pages);

/* Equal messages, but for a shorter last one. */
struct batch {
	struct sk_buff *first; /* chained by ->next, count of them */
	unsigned int count;
	size_t message_len; /* of each but the last, headers and tag included */
	size_t total; /* of all */
	size_t inner_bytes; /* before padding */
};

int sixpn_batch_module_init(void)
{
	return 0;
}

void sixpn_batch_module_exit(void)
{
	struct page_frag_cache *cache;
	int cpu;

	for_each_possible_cpu(cpu) {
		cache = per_cpu_ptr(&batch_pages, cpu);
		if (cache->va)
			__page_frag_cache_drain(virt_to_head_page(cache->va),
						cache->pagecnt_bias);
		cache->va = NULL;
	}
}

/* Largest padded length towards this peer, 0 = no limit: padding must not push
 * a packet over what fits.
 */
static size_t padding_limit(struct sixpn_peer *peer)
{
	unsigned int device = READ_ONCE(peer->sx->dev->mtu);
	unsigned int path = sixpn_socket_path_mtu(peer);

	return path && path < device ? path : device;
}

static size_t padded_len(size_t len, size_t limit)
{
	size_t padded = ALIGN(len, SIXPN_PADDING);

	return limit && padded > limit ? max(len, limit) : padded;
}

/* @to need not be aligned. */
static void write_header(u8 *to, const struct sixpn_keypair *keypair, u64 nonce)
{
	const struct sixpn_msg_data header = {
		.header.type = cpu_to_le32(SIXPN_MSG_DATA),
		.receiver = keypair->remote_index,
		.counter = cpu_to_le64(nonce),
	};

	memcpy(to, &header, sizeof(header));
}

/* ECN of the inner packet goes outside as it is (RFC 6040, section 4.1), its
 * DSCP does not: it would tell the network what kind of traffic this is.
 */
static u8 outer_tos(const struct sk_buff *skb)
{
	if (!skb->len)
		return 0;
	return ip_tunnel_get_dsfield(ip_hdr(skb), skb) & INET_ECN_MASK;
}

/* Make @skb private, linear, and with room for @tail more bytes and all outer
 * headers. The socket it is charged to stays charged.
 */
static int make_room(struct sk_buff *skb, unsigned int tail)
{
	int head;

	if (skb_linearize(skb))
		return -ENOMEM;
	head = max_t(int, 0, SIXPN_HEADROOM - skb_headroom(skb));
	if (likely(!head && skb_tailroom(skb) >= tail && !skb_cloned(skb)))
		return 0;
	return pskb_expand_head(skb, head, tail, GFP_ATOMIC);
}

/* One message, in the packet's own buffer. */
static struct sk_buff *encrypt_in_place(struct sk_buff *skb,
					const struct sixpn_keypair *keypair,
					u64 nonce, size_t padded)
{
	unsigned int padding = padded - skb->len;

	if (unlikely(make_room(skb, padding + SIXPN_TAG_SIZE)))
		goto drop;
	if (skb->ip_summed == CHECKSUM_PARTIAL && skb_checksum_help(skb))
		goto drop;
	skb->ip_summed = CHECKSUM_NONE;
	skb_put_zero(skb, padding);
	chacha20poly1305_encrypt(skb->data, skb->data, padded, NULL, 0, nonce,
				 keypair->send_key);
	skb_put(skb, SIXPN_TAG_SIZE);
	write_header(skb_push(skb, sizeof(struct sixpn_msg_data)), keypair,
		     nonce);
	return skb;
drop:
	kfree_skb(skb);
	return NULL;
}

/* Copy an inner packet, filling in its checksum on the way. */
static void copy_packet(const struct sk_buff *skb, u8 *to)
{
	__sum16 *sum;

	if (skb->ip_summed != CHECKSUM_PARTIAL) {
		WARN_ON_ONCE(skb_copy_bits(skb, 0, to, skb->len));
		return;
	}
	skb_copy_and_csum_dev(skb, to);
	/* For UDP zero means "none" (RFC 768), which IPv6 does not allow. */
	sum = (__sum16 *)(to + skb_checksum_start_offset(skb) +
			  skb->csum_offset);
	if (!get_unaligned(sum))
		put_unaligned(CSUM_MANGLED_0, sum);
}

/* All of a batch's charge to its sender's socket goes along with the outer
 * packet, so that the sender is held back until the underlay has sent it.
 * Segments of one packet have, if any, the destructor of a socket's write
 * memory, which gives truesize back, one by one or all at the last.
 */
static void hand_over_charge(struct sk_buff *from, struct sk_buff *to)
{
	if (!from->sk || from->sk != to->sk ||
	    from->destructor != to->destructor)
		return;
	to->truesize += from->truesize;
	from->sk = NULL;
	from->destructor = NULL;
}

/* Can copy_packet() deal with it? */
static bool is_copyable(const struct sk_buff *skb)
{
	return skb->ip_summed != CHECKSUM_PARTIAL ||
	       (skb_checksum_start_offset(skb) >= 0 &&
		skb_checksum_start_offset(skb) + skb->csum_offset +
		sizeof(__sum16) <= skb_headlen(skb));
}

/* Give the payload of @skb away for @total bytes at @buffer, which is consumed
 * (kept on error). The skb itself, and with it the charge to its sender's
 * socket, becomes the outer packet: its sender is held back until the underlay
 * has sent the batch.
 */
static int replace_payload(struct sk_buff *skb, u8 *buffer, size_t total)
{
	struct page *page = virt_to_head_page(buffer);
	int missing;

	if (skb_unclone(skb, GFP_ATOMIC) || pskb_trim(skb, 0))
		return -ENOMEM;
	skb_zcopy_clear(skb, true);
	missing = SIXPN_HEADROOM - skb_headroom(skb);
	if (missing > 0) {
		if (skb_tailroom(skb) >= missing)
			skb_reserve(skb, missing);
		else if (pskb_expand_head(skb, missing, 0, GFP_ATOMIC))
			return -ENOMEM;
	}
	skb_fill_page_desc(skb, 0, page, buffer - (u8 *)page_address(page),
			   total);
	skb->data_len = total;
	skb->len = total;
	/* With a socket, what it was charged for the packets stands for it. */
	if (!skb->sk)
		skb->truesize += SKB_DATA_ALIGN(total);
	return 0;
}

static void mark_gso(struct sk_buff *skb, const struct batch *batch)
{
	skb_shinfo(skb)->gso_type = SKB_GSO_UDP_L4;
	skb_shinfo(skb)->gso_size = batch->message_len;
	skb_shinfo(skb)->gso_segs = batch->count;
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb_headroom(skb) - sizeof(struct udphdr);
	skb->csum_offset = offsetof(struct udphdr, check);
}

/* All messages, one after the other, in one fresh buffer. Consumes the packets.
 * Return: the outer packet, or NULL.
 */
static struct sk_buff *encrypt_batch(const struct batch *batch,
				     const struct sixpn_keypair *keypair,
				     u64 nonce, size_t limit, u8 *buffer)
{
	struct sk_buff *skb = batch->first, *next;
	unsigned int left = batch->count;
	u8 *to = buffer;
	size_t padded;

	for (;; skb = next) {
		padded = padded_len(skb->len, limit);
		write_header(to, keypair, nonce);
		to += sizeof(struct sixpn_msg_data);
		copy_packet(skb, to);
		memset(to + skb->len, 0, padded - skb->len);
		chacha20poly1305_encrypt(to, to, padded, NULL, 0, nonce++,
					 keypair->send_key);
		to += padded + SIXPN_TAG_SIZE;
		if (!--left)
			break;
		next = skb->next;
		hand_over_charge(skb, next);
		skb_mark_not_on_list(skb);
		consume_skb(skb);
	}
	skb_mark_not_on_list(skb);
	if (unlikely(replace_payload(skb, buffer, batch->total))) {
		kfree_skb(skb);
		page_frag_free(buffer);
		return NULL;
	}
	mark_gso(skb, batch);
	return skb;
}

static void free_packets(const struct batch *batch)
{
	struct sk_buff *skb = batch->first, *next;
	unsigned int left = batch->count;

	for (; left--; skb = next) {
		next = skb->next;
		skb_mark_not_on_list(skb);
		kfree_skb(skb);
	}
}

/* Take as many packets off @list as make one batch. */
static struct sk_buff *gather(struct batch *batch, struct sk_buff *list,
			      size_t limit, unsigned int max)
{
	struct sk_buff *skb;
	size_t len;
	u8 tos = outer_tos(list);

	memset(batch, 0, sizeof(*batch));
	batch->first = list;
	for (skb = list; skb && batch->count < max; skb = skb->next) {
		len = padded_len(skb->len, limit) + SIXPN_DATA_OVERHEAD;
		if (!batch->count)
			batch->message_len = len;
		else if (len > batch->message_len ||
			 batch->total + len > BATCH_BYTES ||
			 outer_tos(skb) != tos || !is_copyable(skb))
			break;
		batch->count++;
		batch->total += len;
		batch->inner_bytes += skb->len;
		if (len < batch->message_len) {
			skb = skb->next;
			break;
		}
		if (!is_copyable(list)) {
			skb = skb->next;
			break;
		}
	}
	return skb;
}

/* Besides what is named here, the underlay has no route. */
static enum sixpn_drop_reason drop_reason(int err)
{
	switch (err) {
	case -EKEYEXPIRED:
		return SIXPN_DROP_NO_SESSION;
	case -ENOMEM:
		return SIXPN_DROP_NO_MEMORY;
	case -ENONET:
		return SIXPN_DROP_DEVICE_DOWN;
	}
	return SIXPN_DROP_NO_ENDPOINT;
}

/* Consumes the packets of @batch, and @buffer. Return: 0 if they left. */
static int send_batch(struct sixpn_peer *peer, struct sixpn_keypair *keypair,
		      const struct batch *batch, size_t limit, u8 *buffer)
{
	struct net_device *dev = peer->sx->dev;
	u8 tos = outer_tos(batch->first);
	struct sk_buff *skb;
	u64 nonce;
	int err;

	if (unlikely(!sixpn_keypair_take_nonces(keypair, batch->count,
						&nonce))) {
		free_packets(batch);
		if (buffer)
			page_frag_free(buffer);
		err = -EKEYEXPIRED;
		goto error;
	}
	if (buffer) {
		skb = encrypt_batch(batch, keypair, nonce, limit, buffer);
	} else {
		skb = batch->first;
		skb_mark_not_on_list(skb);
		skb = encrypt_in_place(skb, keypair, nonce,
				       padded_len(skb->len, limit));
	}
	err = -ENOMEM;
	if (unlikely(!skb))
		goto error;
	err = sixpn_socket_send(peer, skb, tos);
	if (unlikely(err))
		goto error;
	dev_sw_netstats_tx_add(dev, batch->inner_bytes ? batch->count : 0,
			       batch->inner_bytes);
	sixpn_peer_count_tx(peer, batch->count, batch->total);
	return 0;
error:
	DEV_STATS_ADD(dev, tx_errors, batch->count);
	if (batch->inner_bytes)
		sixpn_drop_of_peer(peer, drop_reason(err), NULL, batch->count);
	return err;
}

enum sixpn_batch_sent sixpn_batch_send(struct sixpn_peer *peer,
				       struct sixpn_keypair *keypair,
				       struct sk_buff *list)
{
	enum sixpn_batch_sent sent = SIXPN_SENT_NOTHING;
	size_t limit = padding_limit(peer);
	struct batch batch;
	struct sk_buff *rest;
	u8 *buffer;

	for (; list; list = rest) {
		rest = gather(&batch, list, limit, BATCH_MESSAGES);
		buffer = NULL;
		if (batch.count > 1) {
			buffer = page_frag_alloc(this_cpu_ptr(&batch_pages),
						 batch.total,
						 GFP_ATOMIC | __GFP_NOWARN);
			/* Memory is short: one at a time needs none. */
			if (unlikely(!buffer))
				rest = gather(&batch, list, limit, 1);
		}
		if (send_batch(peer, keypair, &batch, limit, buffer))
			continue;
		if (batch.inner_bytes)
			sent = SIXPN_SENT_DATA;
		else if (sent == SIXPN_SENT_NOTHING)
			sent = SIXPN_SENT_KEEPALIVE;
	}
	return sent;
}
