/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIXPN_RESOLVER_TEXT_H
#define SIXPN_RESOLVER_TEXT_H

#include <stddef.h>

/* Some bytes, which need not be text: a label of a name. Borrowed, no NUL. */
struct sixpn_text {
	const void *text;
	size_t length;
};

#endif
