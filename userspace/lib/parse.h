/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words of the command line and of configuration files. Every parser is a
 * pure function of (text, length): the text needs no NUL, nothing is looked up
 * anywhere, and a refusal leaves the result untouched.
 */
#ifndef SIXPN_LIB_PARSE_H
#define SIXPN_LIB_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "model.h"

/* Longest host part of an endpoint: a DNS name, or an address and its scope. */
#define SIXPN_HOST_MAX 255
/* Longest port part: a service name. */
#define SIXPN_SERVICE_MAX 31
/* Longest endpoint: both, brackets and a colon. */
#define SIXPN_ENDPOINT_WORD_MAX (SIXPN_HOST_MAX + SIXPN_SERVICE_MAX + 3)
/* Longest label of a DNS name, RFC 1035, section 2.3.4. */
#define SIXPN_LABEL_MAX 63
#define SIXPN_REGION_MAX 16
/* Where an etcd listens when nothing else is said. */
#define SIXPN_ETCD_PORT 2379

/**
 * sixpn_parse_number() - decimal digits only, 0..@max
 *
 * Return: 0, -EINVAL (not a number) or -ERANGE (larger than @max).
 */
int sixpn_parse_number(uint64_t *value, const char *text, size_t length,
		       uint64_t max);

/**
 * sixpn_parse_range() - decimal digits only, @min..@max
 *
 * Return: 0, -EINVAL (not a number) or -ERANGE.
 */
int sixpn_parse_range(uint32_t *value, const char *text, size_t length,
		      uint32_t min, uint32_t max);

/**
 * sixpn_parse_yes_no() - "yes" or "no"
 *
 * Return: 0 or -EINVAL.
 */
int sixpn_parse_yes_no(bool *yes, const char *text, size_t length);

/**
 * sixpn_parse_port() - UDP port, 0..65535
 *
 * Return: 0, -EINVAL or -ERANGE.
 */
int sixpn_parse_port(uint16_t *port, const char *text, size_t length);

/**
 * sixpn_parse_fwmark() - "off", decimal, or hexadecimal after 0x; 32 bits
 *
 * Return: 0, -EINVAL or -ERANGE.
 */
int sixpn_parse_fwmark(uint32_t *fwmark, const char *text, size_t length);

/**
 * sixpn_parse_keepalive() - "off" or seconds, 0..65535
 *
 * Return: 0, -EINVAL or -ERANGE.
 */
int sixpn_parse_keepalive(uint16_t *seconds, const char *text, size_t length);

/**
 * sixpn_parse_id() - an id of a network, host or machine
 * @min: the least one
 *
 * Decimal, or hexadecimal after 0x, of 32 bits.
 *
 * Return: 0, -EINVAL or -ERANGE.
 */
int sixpn_parse_id(uint32_t *id, const char *text, size_t length, uint32_t min);

/**
 * sixpn_parse_host_id() - an id from 2 on, or a word that stands for none
 * @none: that word; so does the number 0
 *
 * Return: 0 (@id is 0 for none), -EINVAL or -ERANGE.
 */
int sixpn_parse_host_id(uint32_t *id, const char *text, size_t length,
			const char *none);

/**
 * sixpn_parse_idle_expiry() - "off" or seconds, 0..SIXPN_IDLE_EXPIRY_MAX
 *
 * Return: 0, -EINVAL or -ERANGE.
 */
int sixpn_parse_idle_expiry(uint32_t *seconds, const char *text, size_t length);

/**
 * sixpn_parse_kind() - site, host or client: enum sixpn_peer_kind
 *
 * Return: 0 or -EINVAL.
 */
int sixpn_parse_kind(uint32_t *kind, const char *text, size_t length);

/**
 * sixpn_parse_machine_name() - a-z, 0-9, '-', '_' and '.', the first a letter
 *	or digit
 *
 * Return: 0 or -EINVAL; @name is NUL-terminated.
 */
int sixpn_parse_machine_name(char name[SIXPN_MACHINE_NAME_MAX + 1],
			     const char *text, size_t length);

/**
 * sixpn_parse_label() - a label of a DNS name: letters, digits, and '-' but not
 *	at either end
 *
 * Return: 0 or -EINVAL; @label is NUL-terminated and in lower case.
 */
int sixpn_parse_label(char label[SIXPN_LABEL_MAX + 1], const char *text,
		      size_t length);

/**
 * sixpn_parse_region() - a-z and 0-9
 *
 * Return: 0 or -EINVAL; @region is NUL-terminated.
 */
int sixpn_parse_region(char region[SIXPN_REGION_MAX + 1], const char *text,
		       size_t length);

/**
 * sixpn_parse_path() - check the path of a file: absolute, not of a folder, not
 *	longer than the kernel takes
 *
 * Return: 0 or -EINVAL.
 */
int sixpn_parse_path(const char *text, size_t length);

/**
 * sixpn_parse_6pn() - a 6PN address
 *
 * Return: 0 or -EINVAL.
 */
int sixpn_parse_6pn(struct in6_addr *address, const char *text, size_t length);

/**
 * sixpn_parse_route() - ADDRESS or ADDRESS/112 of a machine
 * @prefix: sub 0
 *
 * Return: 0 or -EINVAL.
 */
int sixpn_parse_route(struct in6_addr *prefix, const char *text, size_t length);

/**
 * sixpn_parse_ifname() - a name the kernel takes for a network device
 *
 * Return: 0 or -EINVAL; @name is NUL-terminated.
 */
int sixpn_parse_ifname(char name[IFNAMSIZ], const char *text, size_t length);

/**
 * sixpn_parse_allowedip() - ADDRESS or ADDRESS/LENGTH
 * @host_bits: set when bits past the prefix were given (and cleared)
 *
 * Return: 0 or -EINVAL.
 */
int sixpn_parse_allowedip(struct sixpn_allowedip *allowedip, bool *host_bits,
			  const char *text, size_t length);

/* What a list of allowed-ips asks for. */
enum sixpn_allowedips_mode {
	SIXPN_ALLOWEDIPS_WHOLE,		/* the peer shall hold exactly these */
	SIXPN_ALLOWEDIPS_INCREMENTAL,	/* an entry began with + or - */
};

/**
 * sixpn_parse_allowedips() - comma-separated list, added to @peer
 * @mode: out: what the list asks for; NULL refuses + and -
 * @host_bits: counts the entries whose host bits were cleared; may be NULL
 * @error: names the bad entry
 *
 * In an incremental list +X and X add, -X removes. The empty text is an empty
 * list. On error some entries may have been added: drop the peer.
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int sixpn_parse_allowedips(struct sixpn_peer *peer,
			   enum sixpn_allowedips_mode *mode,
			   unsigned int *host_bits, const char *text,
			   size_t length, struct sixpn_error *error);

/**
 * struct sixpn_endpoint_words - an endpoint taken apart
 * @host: address (perhaps with %scope) or name, without brackets
 * @service: port number or service name
 * @literal: both are plain numbers: @endpoint holds them
 */
struct sixpn_endpoint_words {
	char host[SIXPN_HOST_MAX + 1];
	char service[SIXPN_SERVICE_MAX + 1];
	bool literal;
	union sixpn_endpoint endpoint;
};

/**
 * sixpn_parse_endpoint() - HOST:PORT or [ADDRESS]:PORT
 * @error: says what is wrong with it; may be NULL
 *
 * Return: 0 or -EINVAL.
 */
int sixpn_parse_endpoint(struct sixpn_endpoint_words *words, const char *text,
			 size_t length, struct sixpn_error *error);

/**
 * sixpn_parse_host_endpoint() - where other hosts find something: HOST[:PORT]
 *	or [ADDRESS][:PORT]
 * @port: when none is given; 0: one must be
 * @error: says what is wrong with it; may be NULL
 *
 * It means the same on every host: a port is a number, an address has no scope,
 * and a name is one that DNS can hold.
 *
 * Return: 0 or -EINVAL.
 */
int sixpn_parse_host_endpoint(struct sixpn_endpoint_words *words,
			      const char *text, size_t length, uint16_t port,
			      struct sixpn_error *error);

/**
 * sixpn_parse_registry() - check the form of "sqlite:PATH" or
 *	"etcd:HOST[:PORT][,HOST[:PORT]]...", or the latter with "etcds:"
 * @error: says what is wrong with it; may be NULL
 *
 * Return: 0 or -EINVAL.
 */
int sixpn_parse_registry(const char *text, size_t length,
			 struct sixpn_error *error);

/**
 * sixpn_parse_upstream() - the first of "ADDRESS[:PORT][, ADDRESS[:PORT]]...",
 *	where a server of DNS is; that of IPv6 is in brackets if it has a port
 * @words: set; the port is 53 if none is given
 * @text: moved on to the next one, and @length to what is left
 * @error: says what is wrong with it; may be NULL
 *
 * Return: 0 or -EINVAL.
 */
int sixpn_parse_upstream(struct sixpn_endpoint_words *words, const char **text,
			 size_t *length, struct sixpn_error *error);

#endif
