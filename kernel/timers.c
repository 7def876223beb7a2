// SPDX-License-Identifier: GPL-2.0
#include "timers.h"

#include "compat/compat.h"
#include "device.h"
#include "handshake.h"
#include "peer.h"
#include "transmit.h"

#include <linux/jiffies.h>
#include <linux/random.h>
#include <linux/sixpn.h>

/* Initiations without an answer before we stop trying (paper, section 6.4). */
#define ATTEMPTS_MAX (SIXPN_REKEY_ATTEMPT_TIME / SIXPN_REKEY_TIMEOUT)
/* Nothing of a session outlives this (paper, section 6.3). */
#define ZERO_KEYS_AFTER (SIXPN_REJECT_AFTER_TIME * 3 * HZ)

/* Deadlines are jiffies with the lowest bit set, so that 0 can mean "none". */
static unsigned long deadline_in(unsigned long jiffies_from_now)
{
	return (jiffies + jiffies_from_now) | 1;
}

/*
 * Make sure the timer fires no later than @deadline, which has been stored in
 * its field. The barrier pairs with the one in timers_fire(): either that run
 * sees the deadline, or we see that it has disarmed the timer. armed_for is
 * written before the timer so that it can be too late or absent (which costs
 * one call) but never name a moment at which nothing will fire.
 */
static void arm(struct sixpn_timers *timers, unsigned long deadline)
{
	unsigned long armed_for;

	smp_mb(); /* deadline before armed_for; pairs with timers_fire() */
	armed_for = READ_ONCE(timers->armed_for);
	if (armed_for && !time_after(armed_for, deadline))
		return;
	WRITE_ONCE(timers->armed_for, deadline);
	timer_reduce(&timers->timer, deadline);
}

static void set_deadline(struct sixpn_timers *timers, unsigned long *field,
			 unsigned long deadline)
{
	WRITE_ONCE(*field, deadline);
	arm(timers, deadline);
}

static void clear_deadline(unsigned long *field)
{
	/* The line stays shared between CPUs while there is nothing to clear */
	if (READ_ONCE(*field))
		WRITE_ONCE(*field, 0);
}

/* Is it time? Then take it, once. */
static bool deadline_take(unsigned long *field, unsigned long now)
{
	unsigned long deadline = READ_ONCE(*field);

	return deadline && time_after_eq(now | 1, deadline) &&
	       cmpxchg(field, deadline, 0) == deadline;
}

/* Nobody answers: what we route by may be what is wrong. */
static void try_another_way(struct sixpn_peer *peer)
{
	rcu_read_lock();
	sixpn_endpoint_forget_source(peer, rcu_dereference(peer->endpoint),
				     false);
	rcu_read_unlock();
}

static void retry_or_give_up(struct sixpn_peer *peer)
{
	struct sixpn_timers *timers = &peer->timers;

	if (timers->attempts < ATTEMPTS_MAX) {
		timers->attempts++;
		try_another_way(peer);
		sixpn_handshake_start(peer, true);
		return;
	}
	clear_deadline(&timers->send_keepalive);
	sixpn_transmit_drop_staged(peer);
	if (!READ_ONCE(timers->zero_keys))
		set_deadline(timers, &timers->zero_keys,
			     deadline_in(ZERO_KEYS_AFTER));
}

static void send_due_keepalive(struct sixpn_peer *peer)
{
	struct sixpn_timers *timers = &peer->timers;
	bool again = READ_ONCE(timers->keepalive_again);

	WRITE_ONCE(timers->keepalive_again, false);
	sixpn_transmit_keepalive(peer);
	if (again)
		set_deadline(timers, &timers->send_keepalive,
			     deadline_in(SIXPN_KEEPALIVE_TIMEOUT * HZ));
}

/* When persistent keepalive wants the next packet, or 0. */
static unsigned long persistent_deadline(const struct sixpn_peer *peer)
{
	unsigned long last = READ_ONCE(peer->timers.last_traversal);
	unsigned int seconds = READ_ONCE(peer->keepalive);

	return last && seconds ? (last + seconds * HZ) | 1 : 0;
}

/* When the peer counts as idle if nothing comes from it until then, or 0. */
static unsigned long idle_deadline(const struct sixpn_peer *peer)
{
	unsigned long last = READ_ONCE(peer->timers.last_received);
	unsigned long seconds = READ_ONCE(peer->idle_expiry);

	BUILD_BUG_ON(1ULL * SIXPN_IDLE_EXPIRY_MAX * HZ > LONG_MAX);
	return last && seconds ? (last + seconds * HZ) | 1 : 0;
}

bool sixpn_timers_is_idle(const struct sixpn_peer *peer)
{
	unsigned long deadline = idle_deadline(peer);

	return deadline && time_after_eq(jiffies | 1, deadline);
}

static void rearm(struct sixpn_peer *peer)
{
	struct sixpn_timers *timers = &peer->timers;
	const unsigned long deadlines[] = {
		READ_ONCE(timers->retry_handshake),
		READ_ONCE(timers->send_keepalive),
		READ_ONCE(timers->new_handshake),
		READ_ONCE(timers->zero_keys),
		persistent_deadline(peer),
		idle_deadline(peer),
	};
	unsigned long earliest = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(deadlines); i++)
		if (deadlines[i] &&
		    (!earliest || time_before(deadlines[i], earliest)))
			earliest = deadlines[i];
	if (earliest)
		arm(timers, earliest);
}

static void timers_fire(struct timer_list *timer)
{
	struct sixpn_timers *timers = timer_container_of(timers, timer, timer);
	struct sixpn_peer *peer = container_of(timers, struct sixpn_peer,
					       timers);
	unsigned long now = jiffies, persistent;

	WRITE_ONCE(timers->armed_for, 0);
	smp_mb(); /* armed_for before the deadlines; pairs with arm() */
	if (!sixpn_device_is_up(peer->sx))
		return;

	if (sixpn_timers_is_idle(peer)) {
		/* The next look, should it be heard before that is done. */
		sixpn_peer_schedule(peer, SIXPN_TODO_EXPIRE);
		arm(timers, deadline_in(HZ));
		return;
	}
	if (deadline_take(&timers->zero_keys, now))
		sixpn_peer_schedule(peer, SIXPN_TODO_WIPE);
	if (deadline_take(&timers->retry_handshake, now))
		retry_or_give_up(peer);
	if (deadline_take(&timers->new_handshake, now)) {
		try_another_way(peer);
		sixpn_handshake_start(peer, false);
	}
	if (deadline_take(&timers->send_keepalive, now))
		send_due_keepalive(peer);
	persistent = persistent_deadline(peer);
	if (persistent && time_after_eq(now | 1, persistent)) {
		/* Stamped here too: without a session nothing is sent now. */
		WRITE_ONCE(timers->last_traversal, deadline_in(0));
		sixpn_transmit_keepalive(peer);
	}
	rearm(peer);
}

void sixpn_timers_init(struct sixpn_peer *peer)
{
	timer_setup(&peer->timers.timer, timers_fire, 0);
}

void sixpn_timers_shutdown(struct sixpn_peer *peer)
{
	timer_shutdown_sync(&peer->timers.timer);
}

void sixpn_timers_stop(struct sixpn_peer *peer)
{
	struct sixpn_timers *timers = &peer->timers;

	timer_delete_sync(&timers->timer);
	WRITE_ONCE(timers->armed_for, 0);
	smp_mb(); /* as in timers_fire(): who arms it now finds it disarmed */
	clear_deadline(&timers->retry_handshake);
	clear_deadline(&timers->send_keepalive);
	clear_deadline(&timers->new_handshake);
	clear_deadline(&timers->zero_keys);
	clear_deadline(&timers->last_traversal);
	clear_deadline(&timers->last_received);
	timers->attempts = 0;
	WRITE_ONCE(timers->keepalive_again, false);
	WRITE_ONCE(timers->rekeying, false);
}

static void stamp_traversal(struct sixpn_peer *peer)
{
	struct sixpn_timers *timers = &peer->timers;
	unsigned int seconds = READ_ONCE(peer->keepalive);
	unsigned long now, last;

	if (!seconds)
		return;
	now = deadline_in(0);
	last = READ_ONCE(timers->last_traversal);
	if (last == now)
		return;
	WRITE_ONCE(timers->last_traversal, now);
	if (!last)
		arm(timers, deadline_in(seconds * HZ));
}

void sixpn_timers_keepalive_changed(struct sixpn_peer *peer)
{
	clear_deadline(&peer->timers.last_traversal);
	stamp_traversal(peer);
}

static void stamp_received(struct sixpn_peer *peer)
{
	struct sixpn_timers *timers = &peer->timers;
	unsigned long now, last;

	if (!READ_ONCE(peer->idle_expiry))
		return;
	now = deadline_in(0);
	last = READ_ONCE(timers->last_received);
	if (last == now)
		return;
	WRITE_ONCE(timers->last_received, now);
	if (!last)
		arm(timers, idle_deadline(peer));
}

void sixpn_timers_idle_changed(struct sixpn_peer *peer)
{
	unsigned long deadline;

	clear_deadline(&peer->timers.last_received);
	if (!sixpn_device_is_up(peer->sx))
		return;
	stamp_received(peer);
	/* Set to a shorter time while another CPU stamped. */
	deadline = idle_deadline(peer);
	if (deadline)
		arm(&peer->timers, deadline);
}

void sixpn_timers_data_sent(struct sixpn_peer *peer)
{
	struct sixpn_timers *timers = &peer->timers;

	if (!READ_ONCE(timers->new_handshake))
		set_deadline(timers, &timers->new_handshake,
			     deadline_in((SIXPN_KEEPALIVE_TIMEOUT +
					  SIXPN_REKEY_TIMEOUT) * HZ +
					 READ_ONCE(timers->jitter)));
}

void sixpn_timers_data_received(struct sixpn_peer *peer)
{
	struct sixpn_timers *timers = &peer->timers;

	if (!READ_ONCE(timers->send_keepalive))
		set_deadline(timers, &timers->send_keepalive,
			     deadline_in(SIXPN_KEEPALIVE_TIMEOUT * HZ));
	else if (!READ_ONCE(timers->keepalive_again))
		WRITE_ONCE(timers->keepalive_again, true);
}

void sixpn_timers_authenticated_sent(struct sixpn_peer *peer)
{
	clear_deadline(&peer->timers.send_keepalive);
	stamp_traversal(peer);
}

void sixpn_timers_authenticated_received(struct sixpn_peer *peer)
{
	clear_deadline(&peer->timers.new_handshake);
	stamp_traversal(peer);
	stamp_received(peer);
}

void sixpn_timers_initiation_sent(struct sixpn_peer *peer)
{
	struct sixpn_timers *timers = &peer->timers;

	WRITE_ONCE(timers->jitter,
		   get_random_u32_below(SIXPN_REKEY_JITTER_JIFFIES));
	set_deadline(timers, &timers->retry_handshake,
		     deadline_in(SIXPN_REKEY_TIMEOUT * HZ + timers->jitter));
}

void sixpn_timers_initiation_wanted(struct sixpn_peer *peer)
{
	struct sixpn_timers *timers = &peer->timers;
	u64 since;

	if (READ_ONCE(timers->retry_handshake))
		return;
	since = ktime_get_coarse_boottime_ns() -
		READ_ONCE(peer->last_initiation);
	since = min_t(u64, since, SIXPN_REKEY_TIMEOUT * NSEC_PER_SEC);
	set_deadline(timers, &timers->retry_handshake,
		     deadline_in(SIXPN_REKEY_TIMEOUT * HZ + 1 -
				 nsecs_to_jiffies(since)));
}

void sixpn_timers_handshake_complete(struct sixpn_peer *peer)
{
	struct sixpn_timers *timers = &peer->timers;

	clear_deadline(&timers->retry_handshake);
	WRITE_ONCE(timers->attempts, 0);
	WRITE_ONCE(timers->rekeying, false);
	WRITE_ONCE(peer->last_handshake, ktime_get_real_ns());
}

void sixpn_timers_session_derived(struct sixpn_peer *peer)
{
	set_deadline(&peer->timers, &peer->timers.zero_keys,
		     deadline_in(ZERO_KEYS_AFTER));
}
