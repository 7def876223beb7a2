/* SPDX-License-Identifier: GPL-2.0 */
/* For kernels without <net/gso.h>; see compat.mk. */
#ifndef _SIXPN_COMPAT_NET_GSO_H
#define _SIXPN_COMPAT_NET_GSO_H

#include <linux/netdevice.h>
#include <linux/skbuff.h>

#endif /* _SIXPN_COMPAT_NET_GSO_H */
