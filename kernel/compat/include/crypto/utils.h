/* SPDX-License-Identifier: GPL-2.0 */
/* For kernels without <crypto/utils.h>; see compat.mk. */
#ifndef _SIXPN_COMPAT_CRYPTO_UTILS_H
#define _SIXPN_COMPAT_CRYPTO_UTILS_H

#include <crypto/algapi.h>

#endif /* _SIXPN_COMPAT_CRYPTO_UTILS_H */
