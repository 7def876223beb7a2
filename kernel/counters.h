/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Per-CPU counters of a network or a machine. As its own netdev would count
 * them: rx is what reaches the machines, tx what they send.
 */
#ifndef _SIXPN_COUNTERS_H
#define _SIXPN_COUNTERS_H

#include <linux/percpu.h>
#include <linux/u64_stats_sync.h>

struct sixpn_counters {
	u64_stats_t rx_packets;
	u64_stats_t rx_bytes;
	u64_stats_t tx_packets;
	u64_stats_t tx_bytes;
	u64_stats_t drops; /* sent by it or for it, and not passed on */
	struct u64_stats_sync syncp;
};

struct sixpn_totals {
	u64 rx_packets, rx_bytes, tx_packets, tx_bytes, drops;
};

/* Bytes are those of the inner packets. Context of all three: BH disabled. */
static inline void sixpn_counters_rx(struct sixpn_counters __percpu *counters,
				     unsigned int packets, unsigned int bytes)
{
	struct sixpn_counters *own = this_cpu_ptr(counters);

	u64_stats_update_begin(&own->syncp);
	u64_stats_add(&own->rx_packets, packets);
	u64_stats_add(&own->rx_bytes, bytes);
	u64_stats_update_end(&own->syncp);
}

static inline void sixpn_counters_tx(struct sixpn_counters __percpu *counters,
				     unsigned int packets, unsigned int bytes)
{
	struct sixpn_counters *own = this_cpu_ptr(counters);

	u64_stats_update_begin(&own->syncp);
	u64_stats_add(&own->tx_packets, packets);
	u64_stats_add(&own->tx_bytes, bytes);
	u64_stats_update_end(&own->syncp);
}

static inline void sixpn_counters_drop(struct sixpn_counters __percpu *counters)
{
	struct sixpn_counters *own = this_cpu_ptr(counters);

	u64_stats_update_begin(&own->syncp);
	u64_stats_inc(&own->drops);
	u64_stats_update_end(&own->syncp);
}

/* May sleep. Freed with free_percpu(). Return: zeros, or NULL. */
struct sixpn_counters __percpu *sixpn_counters_alloc(void);

/* Context: any. */
void sixpn_counters_read(const struct sixpn_counters __percpu *counters,
			 struct sixpn_totals *totals);

#endif /* _SIXPN_COUNTERS_H */
