/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DNS messages (RFC 1035, 6891, 7873, 8914, 9018), by libknot: nothing else
 * includes it. For servers: take a query apart, build the answer. For clients:
 * make a query, walk a response.
 *
 * Names are in wire form unless a function says that they are text.
 */
#ifndef SIXPN_LIB_DNS_H
#define SIXPN_LIB_DNS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of a name on the wire, and of its text with all escaped and its NUL. */
#define SIXPN_DNS_NAME_MAX 255
#define SIXPN_DNS_NAME_TEXT_MAX 1005
#define SIXPN_DNS_HEADER_LEN 12
#define SIXPN_DNS_MESSAGE_MAX 65535
/* Without EDNS, and the most that is sent by UDP: it fits into 1280 bytes. */
#define SIXPN_DNS_UDP_MIN 512
#define SIXPN_DNS_UDP_MAX 1232
#define SIXPN_DNS_SECRET_LEN 16

enum sixpn_dns_rcode {
	SIXPN_DNS_NOERROR = 0,
	SIXPN_DNS_FORMERR = 1,
	SIXPN_DNS_SERVFAIL = 2,
	SIXPN_DNS_NXDOMAIN = 3,
	SIXPN_DNS_NOTIMP = 4,
	SIXPN_DNS_REFUSED = 5,
	SIXPN_DNS_NOTAUTH = 9,
	SIXPN_DNS_BADVERS = 16,
};

enum sixpn_dns_type {
	SIXPN_DNS_A = 1,
	SIXPN_DNS_NS = 2,
	SIXPN_DNS_CNAME = 5,
	SIXPN_DNS_SOA = 6,
	SIXPN_DNS_PTR = 12,
	SIXPN_DNS_HINFO = 13,
	SIXPN_DNS_TXT = 16,
	SIXPN_DNS_AAAA = 28,
	SIXPN_DNS_SRV = 33,
	SIXPN_DNS_OPT = 41,
	SIXPN_DNS_IXFR = 251,
	SIXPN_DNS_AXFR = 252,
	SIXPN_DNS_ANY = 255,
};

#define SIXPN_DNS_CLASS_IN 1

/* INFO-CODE of an Extended DNS Error, RFC 8914; -1: none. */
enum sixpn_dns_ede {
	SIXPN_DNS_EDE_NONE = -1,
	SIXPN_DNS_EDE_OTHER = 0,
	SIXPN_DNS_EDE_STALE = 3,
	SIXPN_DNS_EDE_BOGUS = 6,
	SIXPN_DNS_EDE_NOT_READY = 14,
	SIXPN_DNS_EDE_PROHIBITED = 18,
	SIXPN_DNS_EDE_STALE_NXDOMAIN = 19,
	SIXPN_DNS_EDE_NO_AUTHORITY = 22,
	SIXPN_DNS_EDE_NETWORK = 23,
};

/**
 * struct sixpn_dns_query - a query, taken apart; it owns nothing, copy it at will
 * @rcode: not SIXPN_DNS_NOERROR: what it is refused with
 * @has_question: the next five are valid
 * @name: as it was asked, which the answer repeats (0x20)
 * @lower: the same in lower case
 * @edns: it has an OPT record; @payload, @want_dnssec
 * @payload: what the asker takes by UDP, SIXPN_DNS_UDP_MIN..65535
 * @has_cookie: @client_cookie is valid
 */
struct sixpn_dns_query {
	uint16_t id;
	uint8_t opcode;
	bool recursion_desired, checking_disabled, authentic_data;
	uint16_t rcode;

	bool has_question;
	uint16_t type, class;
	uint16_t name_length;
	uint8_t name[SIXPN_DNS_NAME_MAX];
	uint8_t lower[SIXPN_DNS_NAME_MAX];

	bool edns, want_dnssec, has_cookie;
	uint16_t payload;
	uint8_t client_cookie[8];
};

/* Scratch memory of one message at a time; one per thread. */
struct sixpn_dns;

/* Return: NULL: no memory. */
struct sixpn_dns *sixpn_dns_new(void);
void sixpn_dns_free(struct sixpn_dns *dns);

/**
 * sixpn_dns_parse_query() - take a message apart
 *
 * Return: 0 (look at its rcode), or -EBADMSG: it is no query, and must not be
 * answered.
 */
int sixpn_dns_parse_query(struct sixpn_dns *dns, struct sixpn_dns_query *query,
			  const uint8_t *message, size_t length);

/**
 * struct sixpn_dns_head - how an answer begins
 * @limit: bytes that it may have
 * @secret: for the server's cookie; NULL: none
 * @source: the asker, for the cookie
 * @now: seconds since 1970, for the cookie
 * @is_large: it may have thousands of records of another server
 */
struct sixpn_dns_head {
	size_t limit;
	uint16_t rcode;
	bool authoritative, authentic_data;
	const uint8_t *secret;
	const struct in6_addr *source;
	uint32_t now;
	bool is_large;
};

/**
 * sixpn_dns_begin() - an answer with the question, and room for OPT
 * @out: of at least @head->limit bytes, and these SIXPN_DNS_UDP_MIN or more
 *
 * Then come records by sixpn_dns_put_*(), section after section, and
 * sixpn_dns_end(). Nothing is read from @query later.
 */
int sixpn_dns_begin(struct sixpn_dns *dns, const struct sixpn_dns_query *query,
		    const struct sixpn_dns_head *head, uint8_t *out);

/*
 * An Extended DNS Error, for those who know of EDNS.
 * Return: 0, -ENOSPC or -ENOMEM.
 */
int sixpn_dns_add_ede(struct sixpn_dns *dns, enum sixpn_dns_ede ede,
		      const char *text);
/* Bytes that it takes. */
size_t sixpn_dns_ede_size(const char *text);

enum sixpn_dns_section {
	SIXPN_DNS_ANSWER,
	SIXPN_DNS_AUTHORITY,
	SIXPN_DNS_ADDITIONAL,
};

int sixpn_dns_section(struct sixpn_dns *dns, enum sixpn_dns_section section);

/* Bytes that are left for records. */
size_t sixpn_dns_room(const struct sixpn_dns *dns);

/*
 * Records of one owner; @owner: NULL: that of the question.
 * Return: 0, or -ENOSPC: nothing was put.
 */
int sixpn_dns_put_aaaa(struct sixpn_dns *dns, const uint8_t *owner,
		       uint32_t ttl, const struct in6_addr *addresses,
		       size_t count);
/* @text: one logical string, cut into strings of 255 bytes */
int sixpn_dns_put_txt(struct sixpn_dns *dns, uint32_t ttl, const char *text,
		      size_t length);
int sixpn_dns_put_ptr(struct sixpn_dns *dns, uint32_t ttl,
		      const uint8_t *target);
/* @targets: one name after the other */
int sixpn_dns_put_srv(struct sixpn_dns *dns, uint32_t ttl, uint16_t port,
		      const uint8_t *targets, size_t count);
int sixpn_dns_put_hinfo(struct sixpn_dns *dns, uint32_t ttl, const char *cpu);
int sixpn_dns_put_soa(struct sixpn_dns *dns, const uint8_t *owner,
		      const uint8_t *primary, const uint8_t *mailbox,
		      uint32_t serial, uint32_t ttl);

/* The answer is not whole (TC): the asker is to try again by TCP. */
void sixpn_dns_truncated(struct sixpn_dns *dns);

/* Bytes of text for which sixpn_dns_put_txt() has enough in @room. */
size_t sixpn_dns_txt_max(size_t room);

/* Bytes of an AAAA record whose owner is that of the question. */
#define SIXPN_DNS_AAAA_SIZE 28
/* ... of an SRV record, but for its target. */
#define SIXPN_DNS_SRV_SIZE 18

/* Return: bytes of the answer. */
size_t sixpn_dns_end(struct sixpn_dns *dns);

/**
 * sixpn_dns_put_packet() - the records of another server's answer to the same
 *	question, as far as there is room; @truncated: there was not
 * @dnssec: with signatures and proofs
 *
 * Return: 0, -EBADMSG or -ENOMEM.
 */
int sixpn_dns_put_packet(struct sixpn_dns *dns, const uint8_t *packet,
			 size_t length, bool dnssec, bool *truncated);

/* The rcode in a message of at least SIXPN_DNS_HEADER_LEN bytes. */
uint16_t sixpn_dns_rcode_of(const uint8_t *packet);

/* --- Names. --- */

/* Text of a name: printable ASCII, all else as \DDD. */
void sixpn_dns_name_text(char text[SIXPN_DNS_NAME_TEXT_MAX],
			 const uint8_t *name);

/**
 * sixpn_dns_name_parse() - a name from its text (RFC 1035 section 5.1)
 *
 * Return: its length on the wire, or -EINVAL.
 */
int sixpn_dns_name_parse(uint8_t name[SIXPN_DNS_NAME_MAX], const char *text);

/* --- For clients. --- */

/**
 * sixpn_dns_make_query() - a query with EDNS, recursion desired
 * @out: of at least SIXPN_DNS_UDP_MIN bytes
 *
 * Return: its length, or a negative errno.
 */
int sixpn_dns_make_query(struct sixpn_dns *dns, uint8_t *out, uint16_t id,
			 const uint8_t *name, uint16_t type);

/**
 * struct sixpn_dns_response - what is in a response beside its records
 * @rcode: with what EDNS adds
 * @ede: an Extended DNS Error; SIXPN_DNS_EDE_NONE: there is none
 * @ede_text: not safe for a terminal as it stands
 */
struct sixpn_dns_response {
	uint16_t id, rcode;
	bool authoritative, truncated, recursion_available, authentic_data;
	int ede;
	char ede_text[256];
};

/**
 * struct sixpn_dns_record - a record as text
 * @owner: safe for a terminal
 * @data: the same, in the form of zone files; of a TXT record, its strings
 *	joined, which may be any bytes
 * @data_length: of @data, without its NUL
 */
struct sixpn_dns_record {
	enum sixpn_dns_section section;
	char owner[SIXPN_DNS_NAME_TEXT_MAX];
	char type_text[16];
	uint16_t type;
	uint32_t ttl;
	const char *data;
	size_t data_length;
};

/**
 * sixpn_dns_read_response() - all of a response
 * @visit: for each record, which is gone after it; anything but 0 ends the walk
 *	and is returned
 *
 * Return: 0, what @visit returned, or -EBADMSG: it is no response to this query.
 */
int sixpn_dns_read_response(struct sixpn_dns *dns, const uint8_t *packet,
			    size_t length, const uint8_t *query,
			    size_t query_length,
			    struct sixpn_dns_response *response,
			    int (*visit)(void *data,
					 const struct sixpn_dns_record *record),
			    void *data);

/* The number of "AAAA", "TYPE65"...; -EINVAL: there is none. */
int sixpn_dns_type_parse(const char *text);

#endif
