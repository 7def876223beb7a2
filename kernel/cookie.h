/* SPDX-License-Identifier: GPL-2.0 */
/*
 * MACs of handshake messages and cookie replies (paper, sections 5.3, 5.4.4
 * and 5.4.7).
 */
#ifndef _SIXPN_COOKIE_H
#define _SIXPN_COOKIE_H

#include "wire.h"

#include <linux/ktime.h>
#include <linux/rwsem.h>

struct net;
struct sk_buff;

/* Our side as receiver: checks macs, makes cookies. One per device. */
struct sixpn_cookie_checker {
	struct rw_semaphore lock; /* protects secret, secret_birth */
	u8 secret[SIXPN_HASH_SIZE];
	u64 secret_birth; /* ktime_get_coarse_boottime_ns() */
	/* Derived from our public key; written with no handshake running. */
	u8 mac1_key[SIXPN_KEY_SIZE];
	u8 cookie_key[SIXPN_KEY_SIZE];
};

/* Our side as sender to one peer. */
struct sixpn_cookie_jar {
	struct rw_semaphore lock; /* protects all but the two keys */
	u64 birth; /* of cookie, ktime_get_coarse_boottime_ns() */
	bool valid;
	bool have_sent_mac1;
	u8 cookie[SIXPN_COOKIE_SIZE];
	u8 last_mac1_sent[SIXPN_MAC_SIZE];
	/* Derived from the peer's public key at creation, constant. */
	u8 mac1_key[SIXPN_KEY_SIZE];
	u8 cookie_key[SIXPN_KEY_SIZE];
};

enum sixpn_mac_state {
	SIXPN_MAC_INVALID,	/* mac1 is wrong: drop */
	SIXPN_MAC_VALID,	/* mac1 right; no (valid) cookie */
	SIXPN_MAC_COOKIE_LIMITED, /* mac2 right, but over the source's rate */
	SIXPN_MAC_COOKIE,	/* mac2 right and within the rate */
};

void sixpn_cookie_checker_init(struct sixpn_cookie_checker *checker);
/* @public: our new public key, or NULL: no key, every mac1 is then invalid. */
void sixpn_cookie_checker_set_key(struct sixpn_cookie_checker *checker,
				  const u8 public[SIXPN_KEY_SIZE]);
void sixpn_cookie_jar_init(struct sixpn_cookie_jar *jar,
			   const u8 peer_public[SIXPN_KEY_SIZE]);

/**
 * sixpn_cookie_check() - classify the macs of a handshake message
 * @checker: our checker
 * @net: namespace of the underlay socket (rate limit)
 * @skb: linear; data at the message, whose length has been checked to be that
 *	of its type; network and transport (UDP) headers of the underlay set
 * @check_mac2: under load: look at mac2 and the rate limit too
 *
 * Context: process; may sleep.
 */
enum sixpn_mac_state sixpn_cookie_check(struct sixpn_cookie_checker *checker,
					const struct net *net,
					struct sk_buff *skb, bool check_mac2);

/* Fill in both macs of an outgoing message of @len bytes whose last
 * sizeof(struct sixpn_msg_macs) bytes are the macs. Context: process.
 */
void sixpn_cookie_sign(void *message, size_t len, struct sixpn_cookie_jar *jar);

/* Make the reply to the handshake message in @skb (as for sixpn_cookie_check),
 * whose sender's index is @sender. Context: process.
 */
void sixpn_cookie_reply_create(struct sixpn_cookie_checker *checker,
			       struct sk_buff *skb, __le32 sender,
			       struct sixpn_msg_cookie *reply);

/* A cookie reply arrived for the peer owning @jar. Return: true if authentic
 * and wanted (the jar now holds it). Context: process.
 */
bool sixpn_cookie_reply_consume(struct sixpn_cookie_jar *jar,
				const struct sixpn_msg_cookie *reply);

#ifdef SIXPN_SELFTEST
bool sixpn_cookie_selftest(void);
#endif

#endif /* _SIXPN_COOKIE_H */
