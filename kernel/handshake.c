// SPDX-License-Identifier: GPL-2.0
#include "handshake.h"

#include "compat/compat.h"
#include "cookie.h"
#include "device.h"
#include "drop.h"
#include "events.h"
#include "peer.h"
#include "socket.h"
#include "transmit.h"

#include <linux/random.h>
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
struct workqueue_struct *sixpn_peer_wq;

static bool paused; /* READ/WRITE_ONCE */

static bool is_under_load(struct sixpn_device *sx)
{
	unsigned long until;

	if (skb_queue_len_lockless(&sx->handshakes) >= UNDER_LOAD_QUEUE) {
		WRITE_ONCE(sx->under_load_until,
			   (jiffies + UNDER_LOAD_JIFFIES) | 1);
		return true;
	}
	until = READ_ONCE(sx->under_load_until);
	if (likely(!until))
		return false;
	if (time_before(jiffies, until))
		return true;
	/* Forgotten, before jiffies wrap round to it. */
	WRITE_ONCE(sx->under_load_until, 0);
	return false;
}

static void learn_endpoint(struct sixpn_peer *peer, const struct sk_buff *skb)
{
	rcu_read_lock();
	sixpn_endpoint_learn(peer, skb, true);
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
	if (!sixpn_noise_begin_session(peer, SIXPN_HS_RESPONSE_SENT))
		return;
	/* Packets of ours wait for the initiator's first; if that does not come
	 * it is early enough then for an initiation of our own.
	 */
	WRITE_ONCE(peer->last_initiation, ktime_get_coarse_boottime_ns());
	sixpn_timers_session_derived(peer);
	sixpn_timers_authenticated_sent(peer);
	sixpn_socket_send_buffer(peer, &msg, sizeof(msg), HANDSHAKE_TOS);
}

/* Each message to another worker, so that all CPUs share a flood. */
static void wake_worker(struct sixpn_device *sx)
{
	unsigned int next = READ_ONCE(sx->next_worker) + 1;

	if (next >= num_possible_cpus())
		next = 0;
	WRITE_ONCE(sx->next_worker, next);
	queue_work(sixpn_handshake_wq, &sx->workers[next].work);
}

/* What is parked of @key is worked on like what has just come. */
static void answer_parked(struct sixpn_device *sx, const u8 key[SIXPN_KEY_SIZE])
{
	struct sk_buff *skb = sixpn_parked_take(&sx->parked, key);

	if (!skb)
		return;
	skb_queue_tail(&sx->admitted, skb);
	wake_worker(sx);
}

/* A client whose address is not known yet would be answered and go on at once,
 * with packets that are not its to send: they would be lost.
 */
static bool may_speak(const struct sixpn_peer *peer)
{
	return READ_ONCE(peer->kind) != SIXPN_PEER_KIND_CLIENT ||
	       !list_empty(&peer->machines) || !list_empty(&peer->allowedips);
}

/* Nobody we know, as yet. */
static void receive_stranger(struct sixpn_device *sx, struct sk_buff *skb,
			     const u8 key[SIXPN_KEY_SIZE])
{
	struct sixpn_peer *peer;

	if (!sixpn_parked_admit(&sx->parked) ||
	    !sixpn_noise_prove_stranger(sx, (const void *)skb->data))
		return;
	if (sixpn_parked_keep(&sx->parked, key, skb))
		sixpn_event_unknown(sx, key, skb);
	/* Added after we looked and before we parked it: whoever did that found
	 * nothing to be answered. A list that is not empty now is found so; one
	 * that comes to be has it answered, as parking takes a lock.
	 */
	peer = sixpn_peer_lookup_get(sx, key);
	if (!peer)
		return;
	if (may_speak(peer))
		answer_parked(sx, key);
	sixpn_peer_put(peer);
}

static void receive_initiation(struct sixpn_device *sx, struct sk_buff *skb)
{
	u8 stranger[SIXPN_KEY_SIZE];
	struct sixpn_peer *peer;

	peer = sixpn_noise_consume_initiation(sx, (const void *)skb->data,
					      stranger);
	if (!peer) {
		if (memchr_inv(stranger, 0, SIXPN_KEY_SIZE))
			receive_stranger(sx, skb, stranger);
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
	if (IS_ERR(peer)) {
		/* Two who start at once have an answer too many: no fault. */
		if (PTR_ERR(peer) == -EKEYREJECTED)
			sixpn_drop_count(sx, SIXPN_DROP_NOT_AUTHENTIC, skb, 1);
		return;
	}
	learn_endpoint(peer, skb);
	sixpn_peer_count_rx(peer, 1, skb->len);
	sixpn_timers_authenticated_received(peer);
	if (sixpn_noise_begin_session(peer, SIXPN_HS_RESPONSE_RECEIVED)) {
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

/* Before any curve arithmetic. Return: 0 if the message may be looked at, or why
 * it may not.
 */
static enum sixpn_drop_reason check_macs(struct sixpn_device *sx,
					 struct sk_buff *skb)
{
	bool under_load = is_under_load(sx);

	switch (sixpn_cookie_check(&sx->cookie_checker,
				   READ_ONCE(sx->birth_net), skb, under_load)) {
	case SIXPN_MAC_COOKIE:
		return SIXPN_DROP_UNSPEC;
	case SIXPN_MAC_VALID:
		if (!under_load)
			return SIXPN_DROP_UNSPEC;
		send_cookie(sx, skb, sender_index(skb));
		return SIXPN_DROP_OVERLOAD;
	case SIXPN_MAC_COOKIE_LIMITED:
		return SIXPN_DROP_OVERLOAD;
	default:
		return SIXPN_DROP_NOT_AUTHENTIC;
	}
}

static void process(struct sixpn_device *sx, struct sk_buff *skb)
{
	const struct sixpn_msg_header *header = (const void *)skb->data;
	enum sixpn_drop_reason reason;

	if (header->type == cpu_to_le32(SIXPN_MSG_COOKIE)) {
		receive_cookie(sx, skb);
		return;
	}
	reason = check_macs(sx, skb);
	if (reason) {
		sixpn_drop_count(sx, reason, skb, 1);
		DEV_STATS_INC(sx->dev, rx_errors);
	} else if (header->type == cpu_to_le32(SIXPN_MSG_INITIATION)) {
		receive_initiation(sx, skb);
	} else {
		receive_response(sx, skb);
	}
}

static void worker(struct work_struct *work)
{
	struct sixpn_device *sx =
		container_of(work, struct sixpn_handshake_worker, work)->sx;
	struct sk_buff *skb;

	/* These have been through all checks that come before the curve. */
	while ((skb = skb_dequeue(&sx->admitted))) {
		receive_initiation(sx, skb);
		kfree_skb(skb);
		cond_resched();
	}
	while ((skb = skb_dequeue(&sx->handshakes))) {
		process(sx, skb);
		kfree_skb(skb);
		cond_resched();
	}
}

/* Return: false if there is no room. */
static bool enqueue(struct sixpn_device *sx, struct sk_buff *skb)
{
	struct sk_buff_head *queue = &sx->handshakes;
	bool room;

	/* In a flood the data path does not wait for the workers to let go of
	 * the lock: one message less is no loss then.
	 */
	if (skb_queue_len_lockless(queue) < SIXPN_HANDSHAKES_MAX / 2)
		spin_lock_bh(&queue->lock);
	else if (!spin_trylock_bh(&queue->lock))
		return false;
	room = skb_queue_len(queue) < SIXPN_HANDSHAKES_MAX;
	if (room)
		__skb_queue_tail(queue, skb);
	spin_unlock_bh(&queue->lock);
	return room;
}

void sixpn_handshake_admit(struct sixpn_device *sx,
			   const struct sixpn_peer *peer)
{
	/* Nothing is parked while the device is down. */
	lockdep_assert_held(&sx->lock);
	if (may_speak(peer))
		answer_parked(sx, peer->handshake.remote_static);
}

void sixpn_handshake_receive(struct sixpn_device *sx, struct sk_buff *skb)
{
	/* It may wait longer than what it came from lives. */
	skb_orphan(skb);
	skb_dst_drop(skb);
	nf_reset_ct(skb);
	skb_ext_reset(skb);
	skb->dev = sx->dev;

	/* Answers need good randomness, and none are given on the way to
	 * sleep: see sixpn_handshake_pause().
	 */
	if (READ_ONCE(paused) || !rng_is_initialized() || !enqueue(sx, skb)) {
		sixpn_drop_count(sx, SIXPN_DROP_OVERLOAD, skb, 1);
		DEV_STATS_INC(sx->dev, rx_dropped);
		kfree_skb(skb);
		return;
	}
	wake_worker(sx);
}

/* May an initiation go out now? If it is too early for one, the timer sees to
 * it that one does: whoever asks must not be left waiting for ever.
 */
static bool is_time(struct sixpn_peer *peer)
{
	if (!sixpn_device_is_up(peer->sx))
		return false;
	if (sixpn_birth_expired(READ_ONCE(peer->last_initiation),
				SIXPN_REKEY_TIMEOUT))
		return true;
	sixpn_timers_initiation_wanted(peer);
	return false;
}

void sixpn_handshake_start(struct sixpn_peer *peer, bool retry)
{
	if (!retry)
		WRITE_ONCE(peer->timers.attempts, 0);
	if (is_time(peer))
		sixpn_peer_schedule(peer, SIXPN_TODO_INITIATE);
}

void sixpn_handshake_reset_pace(struct sixpn_peer *peer)
{
	WRITE_ONCE(peer->last_initiation,
		   ktime_get_coarse_boottime_ns() -
		   SIXPN_REKEY_TIMEOUT * NSEC_PER_SEC);
}

void sixpn_handshake_initiate(struct sixpn_peer *peer)
{
	struct sixpn_msg_initiation msg;

	/* Several may have asked before this ran. */
	if (READ_ONCE(paused) || !is_time(peer))
		return;
	/* Early after boot: not while locks are held. */
	wait_for_random_bytes();
	WRITE_ONCE(peer->last_initiation, ktime_get_coarse_boottime_ns());
	/* Also if nothing goes out now, for want of a key, memory or route: the
	 * retries end by dropping what waits.
	 */
	sixpn_timers_initiation_sent(peer);
	if (!sixpn_noise_create_initiation(peer, &msg))
		return;
	sixpn_cookie_sign(&msg, sizeof(msg), &peer->cookie_jar);
	sixpn_timers_authenticated_sent(peer);
	sixpn_socket_send_buffer(peer, &msg, sizeof(msg), HANDSHAKE_TOS);
}

void sixpn_handshake_pause(void)
{
	WRITE_ONCE(paused, true);
	flush_workqueue(sixpn_handshake_wq);
	flush_workqueue(sixpn_peer_wq);
}

void sixpn_handshake_resume(void)
{
	WRITE_ONCE(paused, false);
}

int sixpn_handshake_device_init(struct sixpn_device *sx)
{
	unsigned int i;

	skb_queue_head_init(&sx->handshakes);
	skb_queue_head_init(&sx->admitted);
	sixpn_parked_init(&sx->parked);
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
	skb_queue_purge(&sx->admitted);
	for (i = 0; i < num_possible_cpus(); i++)
		cancel_work_sync(&sx->workers[i].work);
	skb_queue_purge(&sx->handshakes);
	skb_queue_purge(&sx->admitted);
	/* No worker is left to park anything. */
	sixpn_parked_purge(&sx->parked);
}

void sixpn_handshake_device_free(struct sixpn_device *sx)
{
	kfree(sx->workers);
}

int sixpn_handshake_module_init(void)
{
	sixpn_handshake_wq = alloc_workqueue("sixpn-handshake",
					     WQ_UNBOUND | WQ_FREEZABLE, 0);
	if (!sixpn_handshake_wq)
		return -ENOMEM;
	/* Apart, so that a flood from outside does not keep us from what we
	 * want ourselves.
	 */
	sixpn_peer_wq = alloc_workqueue("sixpn-peer",
					WQ_UNBOUND | WQ_FREEZABLE, 0);
	if (!sixpn_peer_wq) {
		destroy_workqueue(sixpn_handshake_wq);
		return -ENOMEM;
	}
	return 0;
}

void sixpn_handshake_module_exit(void)
{
	destroy_workqueue(sixpn_peer_wq);
	destroy_workqueue(sixpn_handshake_wq);
}
