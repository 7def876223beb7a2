// SPDX-License-Identifier: GPL-2.0
#include "handshake.h"

#include "compat/compat.h"
#include "cookie.h"
#include "device.h"
#include "events.h"
#include "peer.h"
#include "socket.h"
#include "transmit.h"

#include <linux/skbuff.h>
#include <linux/slab.h>

/* Handshakes keep sessions alive: let a congested network drop data first.
 * DSCP AF41 (RFC 2597), as other implementations of the protocol mark them.
 */
#define HANDSHAKE_TOS 0x88

/* Messages waiting from which on strangers have to show a cookie, and for how
 * long that stays so after the queue got shorter.
 */
#define UNDER_LOAD_QUEUE	(SIXPN_HANDSHAKES_MAX / 8)
#define UNDER_LOAD_JIFFIES	HZ

struct sixpn_handshake_worker {
	struct work_struct work;
	struct sixpn_device *sx;
};

struct workqueue_struct *sixpn_handshake_wq;

static bool is_under_load(struct sixpn_device *sx)
{
	if (skb_queue_len_lockless(&sx->handshakes) >= UNDER_LOAD_QUEUE) {
		WRITE_ONCE(sx->under_load_until, jiffies + UNDER_LOAD_JIFFIES);
		return true;
	}
	return time_before(jiffies, READ_ONCE(sx->under_load_until));
}

static void learn_endpoint(struct sixpn_peer *peer, const struct sk_buff *skb)
{
	rcu_read_lock();
	sixpn_endpoint_learn(peer, skb);
	rcu_read_unlock();
}

static void announce(struct sixpn_peer *peer)
{
	rcu_read_lock();
	sixpn_event_handshake(peer);
	rcu_read_unlock();
}

static void send_cookie(struct sixpn_device *sx, struct sk_buff *skb,
			__le32 sender)
{
	struct sixpn_msg_cookie reply;

	sixpn_cookie_reply_create(&sx->cookie_checker, skb, sender, &reply);
	sixpn_socket_reply(sx, skb, &reply, sizeof(reply));
}

static void receive_cookie(struct sixpn_device *sx, const struct sk_buff *skb)
{
	const struct sixpn_msg_cookie *msg = (const void *)skb->data;
	struct sixpn_peer *peer = NULL;
	struct sixpn_index *index;

	rcu_read_lock();
	index = sixpn_index_lookup(&sx->indices, msg->receiver);
	if (index)
		peer = sixpn_peer_get_unless_zero(index->peer);
	rcu_read_unlock();
	if (!peer)
		return;
	sixpn_cookie_reply_consume(&peer->cookie_jar, msg);
	sixpn_peer_put(peer);
}

static void send_response(struct sixpn_peer *peer)
{
	struct sixpn_msg_response msg;

	if (!sixpn_noise_create_response(peer, &msg))
		return;
	sixpn_cookie_sign(&msg, sizeof(msg), &peer->cookie_jar);
	/* The keys first: the answer to our answer may be quick. */
	if (!sixpn_noise_begin_session(peer))
		return;
	sixpn_timers_session_derived(peer);
	sixpn_timers_authenticated_sent(peer);
	sixpn_socket_send_buffer(peer, &msg, sizeof(msg), HANDSHAKE_TOS);
}

static void receive_initiation(struct sixpn_device *sx,
			       const struct sk_buff *skb)
{
	struct sixpn_peer *peer;

	peer = sixpn_noise_consume_initiation(sx, (const void *)skb->data);
	if (!peer) {
		net_dbg_ratelimited("%s: refused a handshake initiation\n",
				    sx->dev->name);
		return;
	}
	learn_endpoint(peer, skb);
	sixpn_peer_count_rx(peer, 1, skb->len);
	sixpn_timers_authenticated_received(peer);
	send_response(peer);
	sixpn_peer_put(peer);
}

static void receive_response(struct sixpn_device *sx, const struct sk_buff *skb)
{
	struct sixpn_peer *peer;

	peer = sixpn_noise_consume_response(sx, (const void *)skb->data);
	if (!peer)
		return;
	learn_endpoint(peer, skb);
	sixpn_peer_count_rx(peer, 1, skb->len);
	sixpn_timers_authenticated_received(peer);
	if (sixpn_noise_begin_session(peer)) {
		sixpn_timers_session_derived(peer);
		sixpn_timers_handshake_complete(peer);
		announce(peer);
		/* The responder may send only after it heard from us. */
		sixpn_transmit_keepalive(peer);
	}
	sixpn_peer_put(peer);
}

/* The sender's index: the same place in both messages that carry macs. */
static __le32 sender_index(const struct sk_buff *skb)
{
	const struct sixpn_msg_initiation *msg = (const void *)skb->data;

	BUILD_BUG_ON(offsetof(struct sixpn_msg_initiation, sender) !=
		     offsetof(struct sixpn_msg_response, sender));
	return msg->sender;
}

/* Before any curve arithmetic. Return: true if the message may be looked at. */
static bool passes_macs(struct sixpn_device *sx, struct sk_buff *skb)
{
	bool under_load = is_under_load(sx);

	switch (sixpn_cookie_check(&sx->cookie_checker,
				   READ_ONCE(sx->birth_net), skb, under_load)) {
	case SIXPN_MAC_COOKIE:
		return true;
	case SIXPN_MAC_VALID:
		if (under_load)
			send_cookie(sx, skb, sender_index(skb));
		return !under_load;
	default:
		return false;
	}
}

static void process(struct sixpn_device *sx, struct sk_buff *skb)
{
	const struct sixpn_msg_header *header = (const void *)skb->data;

	if (header->type == cpu_to_le32(SIXPN_MSG_COOKIE))
		receive_cookie(sx, skb);
	else if (!passes_macs(sx, skb))
		DEV_STATS_INC(sx->dev, rx_errors);
	else if (header->type == cpu_to_le32(SIXPN_MSG_INITIATION))
		receive_initiation(sx, skb);
	else
		receive_response(sx, skb);
}

static void worker(struct work_struct *work)
{
	struct sixpn_device *sx =
		container_of(work, struct sixpn_handshake_worker, work)->sx;
	struct sk_buff *skb;

	while ((skb = skb_dequeue(&sx->handshakes))) {
		process(sx, skb);
		kfree_skb(skb);
		cond_resched();
	}
}

void sixpn_handshake_receive(struct sixpn_device *sx, struct sk_buff *skb)
{
	unsigned int next;
	bool room;

	/* It may wait longer than what it came from lives. */
	skb_orphan(skb);
	skb_dst_drop(skb);
	nf_reset_ct(skb);
	skb_ext_reset(skb);
	skb->dev = sx->dev;

	spin_lock_bh(&sx->handshakes.lock);
	room = skb_queue_len(&sx->handshakes) < SIXPN_HANDSHAKES_MAX;
	if (room)
		__skb_queue_tail(&sx->handshakes, skb);
	spin_unlock_bh(&sx->handshakes.lock);
	if (!room) {
		DEV_STATS_INC(sx->dev, rx_dropped);
		kfree_skb(skb);
		return;
	}
	/* Each to another worker, so that all CPUs share a flood. */
	next = READ_ONCE(sx->next_worker) + 1;
	if (next >= num_possible_cpus())
		next = 0;
	WRITE_ONCE(sx->next_worker, next);
	queue_work(sixpn_handshake_wq, &sx->workers[next].work);
}

void sixpn_handshake_start(struct sixpn_peer *peer, bool retry)
{
	if (!retry)
		WRITE_ONCE(peer->timers.attempts, 0);
	if (!sixpn_birth_expired(READ_ONCE(peer->last_initiation),
				 SIXPN_REKEY_TIMEOUT) ||
	    !sixpn_device_is_up(peer->sx))
		return;
	sixpn_peer_schedule(peer, SIXPN_TODO_INITIATE);
}

void sixpn_handshake_initiate(struct sixpn_peer *peer)
{
	struct sixpn_msg_initiation msg;

	/* Several may have asked before this ran. */
	if (!sixpn_birth_expired(READ_ONCE(peer->last_initiation),
				 SIXPN_REKEY_TIMEOUT) ||
	    !sixpn_device_is_up(peer->sx))
		return;
	WRITE_ONCE(peer->last_initiation, ktime_get_coarse_boottime_ns());
	if (!sixpn_noise_create_initiation(peer, &msg))
		return;
	sixpn_cookie_sign(&msg, sizeof(msg), &peer->cookie_jar);
	sixpn_timers_authenticated_sent(peer);
	sixpn_timers_initiation_sent(peer);
	/* If it does not go out the retry timer tries again, another way. */
	sixpn_socket_send_buffer(peer, &msg, sizeof(msg), HANDSHAKE_TOS);
}

int sixpn_handshake_device_init(struct sixpn_device *sx)
{
	unsigned int i;

	skb_queue_head_init(&sx->handshakes);
	sx->under_load_until = jiffies;
	sx->workers = kcalloc(num_possible_cpus(), sizeof(*sx->workers),
			      GFP_KERNEL);
	if (!sx->workers)
		return -ENOMEM;
	for (i = 0; i < num_possible_cpus(); i++) {
		INIT_WORK(&sx->workers[i].work, worker);
		sx->workers[i].sx = sx;
	}
	return 0;
}

void sixpn_handshake_device_stop(struct sixpn_device *sx)
{
	unsigned int i;

	/* The sockets are closed: nothing is queued any more. Emptied first, so
	 * that a flood need not be worked off.
	 */
	skb_queue_purge(&sx->handshakes);
	for (i = 0; i < num_possible_cpus(); i++)
		cancel_work_sync(&sx->workers[i].work);
	skb_queue_purge(&sx->handshakes);
}

void sixpn_handshake_device_free(struct sixpn_device *sx)
{
	kfree(sx->workers);
}

int sixpn_handshake_module_init(void)
{
	/* Frozen over suspend: a handshake after the wipe would make keys that
	 * are written to disk.
	 */
	sixpn_handshake_wq = alloc_workqueue("sixpn", WQ_UNBOUND | WQ_FREEZABLE,
					     0);
	return sixpn_handshake_wq ? 0 : -ENOMEM;
}

void sixpn_handshake_module_exit(void)
{
	destroy_workqueue(sixpn_handshake_wq);
}
