/* SPDX-License-Identifier: GPL-2.0 */
/* For kernels without <linux/unaligned.h>; see compat.mk. */
#ifndef _SIXPN_COMPAT_LINUX_UNALIGNED_H
#define _SIXPN_COMPAT_LINUX_UNALIGNED_H

#include <asm/unaligned.h>

#endif /* _SIXPN_COMPAT_LINUX_UNALIGNED_H */
