// SPDX-License-Identifier: GPL-2.0
#include "counters.h"

#include <linux/netdevice.h>
#include <linux/string.h>

struct sixpn_counters __percpu *sixpn_counters_alloc(void)
{
	return __netdev_alloc_pcpu_stats(struct sixpn_counters,
					 GFP_KERNEL_ACCOUNT);
}

void sixpn_counters_read(const struct sixpn_counters __percpu *counters,
			 struct sixpn_totals *totals)
{
	const struct sixpn_counters *own;
	struct sixpn_totals seen;
	unsigned int start;
	int cpu;

	memset(totals, 0, sizeof(*totals));
	for_each_possible_cpu(cpu) {
		own = per_cpu_ptr(counters, cpu);
		do {
			start = u64_stats_fetch_begin(&own->syncp);
			seen.rx_packets = u64_stats_read(&own->rx_packets);
			seen.rx_bytes = u64_stats_read(&own->rx_bytes);
			seen.tx_packets = u64_stats_read(&own->tx_packets);
			seen.tx_bytes = u64_stats_read(&own->tx_bytes);
			seen.drops = u64_stats_read(&own->drops);
		} while (u64_stats_fetch_retry(&own->syncp, start));
		totals->rx_packets += seen.rx_packets;
		totals->rx_bytes += seen.rx_bytes;
		totals->tx_packets += seen.tx_packets;
		totals->tx_bytes += seen.tx_bytes;
		totals->drops += seen.drops;
	}
}
