/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints: /sys/kernel/tracing/events/sixpn
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM sixpn

#if !defined(_SIXPN_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _SIXPN_TRACE_H

#include <linux/in6.h>
#include <linux/netdevice.h>
#include <linux/tracepoint.h>

/* A packet is not passed on. Addresses are those of the inner packet, but of a
 * message that was not let in (SIXPN_DROP_BAD_MESSAGE and after) they are those
 * of the underlay, and len is without IP and UDP headers. IPv4 addresses are
 * shown mapped; without a packet at hand both are "::".
 */
TRACE_EVENT(sixpn_drop,
	    TP_PROTO(const struct net_device *dev, unsigned int reason,
		     const char *name, const struct in6_addr *saddr,
		     const struct in6_addr *daddr, unsigned int len),
	    TP_ARGS(dev, reason, name, saddr, daddr, len),
	    TP_STRUCT__entry(__array(char, device, IFNAMSIZ)
			     __array(char, name, 32)
			     __array(u8, saddr, 16)
			     __array(u8, daddr, 16)
			     __field(unsigned int, reason)
			     __field(unsigned int, len)),
	    TP_fast_assign(strscpy(__entry->device, dev->name, IFNAMSIZ);
			   strscpy(__entry->name, name, 32);
			   memcpy(__entry->saddr, saddr, 16);
			   memcpy(__entry->daddr, daddr, 16);
			   __entry->reason = reason;
			   __entry->len = len;),
	    TP_printk("device=%s reason=%s source=%pI6c destination=%pI6c len=%u",
		      __entry->device, __entry->name, __entry->saddr,
		      __entry->daddr, __entry->len)
);

#endif /* _SIXPN_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
