/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text forms of addresses, and of names that come from outside.
 */
#ifndef SIXPN_LIB_FORMAT_H
#define SIXPN_LIB_FORMAT_H

#include <stddef.h>

#include "model.h"

/* "[" address "%" interface "]:" port, with its NUL. */
#define SIXPN_ENDPOINT_TEXT_MAX (INET6_ADDRSTRLEN + IFNAMSIZ + 10)
/* address "/" length, with its NUL. */
#define SIXPN_ALLOWEDIP_TEXT_MAX (INET6_ADDRSTRLEN + 4)

/**
 * sixpn_format_endpoint() - A.B.C.D:PORT or [ADDRESS%SCOPE]:PORT
 *
 * The scope is the interface's name if this namespace knows it, its number
 * otherwise.
 */
void sixpn_format_endpoint(char text[SIXPN_ENDPOINT_TEXT_MAX],
			   const union sixpn_endpoint *endpoint);

/* The address alone, without "/LENGTH". */
void sixpn_format_allowedip_address(char text[SIXPN_ALLOWEDIP_TEXT_MAX],
				    const struct sixpn_allowedip *allowedip);

void sixpn_format_allowedip(char text[SIXPN_ALLOWEDIP_TEXT_MAX],
			    const struct sixpn_allowedip *allowedip);

/* ADDRESS, and ADDRESS/LENGTH */
void sixpn_format_6pn(char text[SIXPN_ALLOWEDIP_TEXT_MAX],
		      const struct in6_addr *address);
void sixpn_format_prefix(char text[SIXPN_ALLOWEDIP_TEXT_MAX],
			 const struct in6_addr *address, unsigned int length);
/* fdaa:N:N::/48 */
void sixpn_format_network(char text[SIXPN_ALLOWEDIP_TEXT_MAX], uint32_t id);

/* The words for a value of the enum in the uapi header, "unknown" for others. */
const char *sixpn_format_kind(uint32_t kind);
const char *sixpn_format_attachment(uint32_t attachment);
const char *sixpn_format_state(uint32_t state);

/**
 * sixpn_format_escaped() - text that is safe on a terminal and in JSON
 * @to: NUL-terminated result, cut short at @room
 * @text: any bytes
 * @length: number of them
 *
 * Control characters (C0, DEL, C1) and bytes that are not UTF-8 become \xNN.
 * An escaped form is never cut in two. Four bytes per input byte, and one,
 * always suffice.
 */
void sixpn_format_escaped(char *to, size_t room, const char *text,
			  size_t length);

#endif
