/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The part of compat.h, which see, for what is no part of the network.
 */
#ifndef _SIXPN_COMPAT_LIBRARY_H
#define _SIXPN_COMPAT_LIBRARY_H

#include <crypto/blake2s.h>
#include <linux/random.h>
#include <linux/timer.h>
#include <linux/types.h>
#include <linux/workqueue.h>

/* Crypto library. */

#ifndef SIXPN_HAVE_BLAKE2S_CTX
#define blake2s_ctx blake2s_state
/* Argument types differ too, so that the old order does not compile. */
static inline void sixpn_compat_blake2s(const u8 *key, size_t key_len,
					const u8 *in, size_t in_len, u8 *out,
					size_t out_len)
{
	blake2s(out, in, key, out_len, in_len, key_len);
}

#define blake2s sixpn_compat_blake2s
#endif

/* Timers, random numbers, workqueues. */

#ifndef SIXPN_HAVE_TIMER_DELETE
#define timer_delete(timer) del_timer(timer)
#define timer_delete_sync(timer) del_timer_sync(timer)
#endif

/* A peer's timer is ended for good while workers that answer it may still want
 * to arm it. Nothing else makes that safe.
 */
#ifndef SIXPN_HAVE_TIMER_SHUTDOWN
#error "sixpn needs a kernel with timer_shutdown_sync()"
#endif

#ifndef timer_container_of
#define timer_container_of(var, callback_timer, timer_fieldname) \
	container_of(callback_timer, typeof(*(var)), timer_fieldname)
#endif

#ifndef SIXPN_HAVE_RANDOM_BELOW
#include <linux/prandom.h>
#define get_random_u32_below(ceil) prandom_u32_max(ceil)
#endif

#ifndef SIXPN_HAVE_WQ_PERCPU
#define WQ_PERCPU 0
#endif

#endif /* _SIXPN_COMPAT_LIBRARY_H */
