// SPDX-License-Identifier: GPL-2.0
/*
 * Macs and cookies: known answers, a round trip, everything tampered with and
 * everything expired.
 */
#include "../cookie.h"
#include "../ratelimit.h"

#include "selftest.h"

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/ktime.h>
#include <linux/random.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/udp.h>
#include <net/net_namespace.h>

#define MESSAGE_SIZE	sizeof(struct sixpn_msg_initiation)

struct test {
	struct sixpn_cookie_checker checker;
	struct sixpn_cookie_jar jar;
	struct sk_buff *skb; /* underlay headers pulled, data at the message */
	struct sixpn_msg_cookie reply;
};

static enum sixpn_mac_state check(struct test *t, bool check_mac2)
{
	return sixpn_cookie_check(&t->checker, &init_net, t->skb, check_mac2);
}

static bool has_cookie(enum sixpn_mac_state state)
{
	return state == SIXPN_MAC_COOKIE || state == SIXPN_MAC_COOKIE_LIMITED;
}

static struct sixpn_msg_macs *macs(struct test *t)
{
	return (void *)(t->skb->data + MESSAGE_SIZE -
			sizeof(struct sixpn_msg_macs));
}

static void sign(struct test *t)
{
	sixpn_cookie_sign(t->skb->data, MESSAGE_SIZE, &t->jar);
}

static void make_reply(struct test *t)
{
	sixpn_cookie_reply_create(&t->checker, t->skb, cpu_to_le32(0x11223344),
				  &t->reply);
}

static bool consume(struct test *t)
{
	return sixpn_cookie_reply_consume(&t->jar, &t->reply);
}

static void set_source(struct test *t, bool v6, u16 port)
{
	static const u8 addr6[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 7 };

	if (v6) {
		t->skb->protocol = htons(ETH_P_IPV6);
		memcpy(&ipv6_hdr(t->skb)->saddr, addr6, sizeof(addr6));
	} else {
		t->skb->protocol = htons(ETH_P_IP);
		ip_hdr(t->skb)->saddr = htonl(0xc0000207); /* 192.0.2.7 */
	}
	udp_hdr(t->skb)->source = htons(port);
}

/* Made with Python's hashlib.blake2s:
 *	public = bytes(range(32)); secret = bytes(255 - i for i in range(32))
 *	body = bytes((i * 7 + 3) & 255 for i in range(116))
 *	mac1 = blake2s(body, blake2s(b"mac1----" + public), size 16)
 *	cookie = blake2s(source address and port, secret, size 16)
 *	mac2 = blake2s(body + mac1, cookie, size 16)
 */
static const u8 known_mac1[] = {
	0x08, 0xb7, 0xa2, 0xe4, 0xe2, 0x5e, 0x9e, 0x4d,
	0x15, 0x2f, 0x56, 0xfc, 0x35, 0x3b, 0xe8, 0x50,
};

static const u8 known_mac2[2][SIXPN_MAC_SIZE] = {
	{ 0x32, 0x8f, 0xa8, 0xaa, 0x7c, 0xbd, 0xdf, 0x81,
	  0xd3, 0xd2, 0x1d, 0x04, 0xf8, 0xed, 0x41, 0x3c },
	{ 0xbc, 0xbb, 0x4b, 0xa7, 0xf2, 0x4c, 0x40, 0x66,
	  0xa6, 0x7e, 0x79, 0x67, 0x38, 0x1d, 0xeb, 0x63 },
};

static const char *test_known(struct test *t)
{
	unsigned int i, v6;

	for (i = 0; i < MESSAGE_SIZE - sizeof(struct sixpn_msg_macs); i++)
		t->skb->data[i] = i * 7 + 3;
	for (i = 0; i < SIXPN_HASH_SIZE; i++)
		t->checker.secret[i] = 255 - i;
	sign(t);
	if (memcmp(macs(t)->mac1, known_mac1, SIXPN_MAC_SIZE))
		return "mac1 differs from the known answer";
	if (memchr_inv(macs(t)->mac2, 0, SIXPN_MAC_SIZE))
		return "mac2 without a cookie";
	for (v6 = 0; v6 < 2; v6++) {
		set_source(t, v6, 51820);
		memcpy(macs(t)->mac2, known_mac2[v6], SIXPN_MAC_SIZE);
		if (!has_cookie(check(t, true)))
			return "known mac2 refused";
		set_source(t, !v6, 51820);
		if (check(t, true) != SIXPN_MAC_VALID)
			return "mac2 of another address accepted";
	}
	return NULL;
}

static const char *test_mac1(struct test *t)
{
	unsigned int i;

	sign(t);
	if (check(t, false) != SIXPN_MAC_VALID ||
	    check(t, true) != SIXPN_MAC_VALID)
		return "good mac1 refused";
	for (i = 0; i < MESSAGE_SIZE - SIXPN_MAC_SIZE; i++) {
		t->skb->data[i] ^= 1 << i % 8;
		if (check(t, false) != SIXPN_MAC_INVALID ||
		    check(t, true) != SIXPN_MAC_INVALID)
			return "bad mac1 accepted";
		t->skb->data[i] ^= 1 << i % 8;
	}
	return NULL;
}

static const char *test_reply(struct test *t)
{
	u8 *byte = (u8 *)&t->reply.nonce;
	u8 old;

	sign(t);
	make_reply(t);
	if (t->reply.header.type != cpu_to_le32(SIXPN_MSG_COOKIE) ||
	    t->reply.receiver != cpu_to_le32(0x11223344))
		return "header of the reply";
	for (; byte < (u8 *)(&t->reply + 1); byte++) {
		old = *byte;
		*byte ^= 0x10;
		if (consume(t))
			return "reply accepted that was tampered with";
		*byte = old;
	}
	/* An answer to another message of ours. */
	t->skb->data[20] ^= 1;
	sign(t);
	if (consume(t))
		return "reply to an older message accepted";
	t->skb->data[20] ^= 1;
	sign(t);
	if (!consume(t))
		return "good reply refused";
	if (consume(t))
		return "reply accepted twice";
	return NULL;
}

/* The jar has a cookie from test_reply(). */
static const char *test_mac2(struct test *t)
{
	unsigned int i;

	sign(t);
	if (!has_cookie(check(t, true)))
		return "good mac2 refused";
	if (check(t, false) != SIXPN_MAC_VALID)
		return "mac2 looked at without need";
	for (i = 0; i < SIXPN_MAC_SIZE; i++) {
		macs(t)->mac2[i] ^= 0x80;
		if (check(t, true) != SIXPN_MAC_VALID)
			return "bad mac2 accepted";
		macs(t)->mac2[i] ^= 0x80;
	}
	set_source(t, true, 1);
	if (check(t, true) != SIXPN_MAC_VALID)
		return "mac2 of another port accepted";
	set_source(t, true, 51820);
	if (!has_cookie(check(t, true)))
		return "mac2 refused after others were";
	return NULL;
}

/* A cookie is good for so many handshakes a second and no more. Slow machines
 * may not be fast enough to see that: then there is nothing to see.
 */
static const char *test_limit(struct test *t)
{
	unsigned int attempt, i, passed;
	u64 start;

	for (attempt = 0; attempt < 20; attempt++) {
		start = ktime_get_boottime_ns();
		for (i = 0, passed = 0; i < 2 * SIXPN_RATELIMIT_BURST; i++)
			passed += check(t, true) == SIXPN_MAC_COOKIE;
		if (ktime_get_boottime_ns() - start >
		    NSEC_PER_SEC / SIXPN_RATELIMIT_PER_SECOND)
			continue;
		return passed <= SIXPN_RATELIMIT_BURST + 1 ?
			       NULL : "cookie not limited";
	}
	return NULL;
}

static const char *test_expiry(struct test *t)
{
	u8 secret[SIXPN_HASH_SIZE];

	/* Young enough for both: then too old for the jar, then for us. */
	t->jar.birth -= 114 * NSEC_PER_SEC;
	sign(t);
	if (!has_cookie(check(t, true)))
		return "cookie given up too early";
	t->jar.birth -= NSEC_PER_SEC;
	sign(t);
	if (memchr_inv(macs(t)->mac2, 0, SIXPN_MAC_SIZE) || t->jar.valid)
		return "old cookie still used";
	if (check(t, true) != SIXPN_MAC_VALID)
		return "message without a cookie";

	make_reply(t);
	if (!consume(t))
		return "second cookie refused";
	sign(t);
	memcpy(secret, t->checker.secret, sizeof(secret));
	t->checker.secret_birth -= 110 * NSEC_PER_SEC;
	if (!has_cookie(check(t, true)) ||
	    memcmp(secret, t->checker.secret, sizeof(secret)))
		return "secret given up too early";
	t->checker.secret_birth -= 10 * NSEC_PER_SEC;
	if (check(t, true) != SIXPN_MAC_VALID)
		return "cookie of an old secret accepted";
	if (!memcmp(secret, t->checker.secret, sizeof(secret)))
		return "secret not renewed";
	return NULL;
}

static const char *test_key(struct test *t, const u8 public[SIXPN_KEY_SIZE])
{
	u8 other[SIXPN_KEY_SIZE] = { 1 };

	sign(t);
	sixpn_cookie_checker_set_key(&t->checker, other);
	if (check(t, true) != SIXPN_MAC_INVALID)
		return "mac1 for another key accepted";
	make_reply(t);
	if (consume(t))
		return "reply of another key accepted";
	sixpn_cookie_checker_set_key(&t->checker, public);
	if (check(t, false) != SIXPN_MAC_VALID)
		return "mac1 refused after the key came back";
	sixpn_cookie_checker_set_key(&t->checker, NULL);
	if (check(t, true) != SIXPN_MAC_INVALID)
		return "mac1 for a forgotten key accepted";
	/* No key must not mean a key that anybody knows. */
	memset(t->jar.mac1_key, 0, sizeof(t->jar.mac1_key));
	sign(t);
	if (check(t, true) != SIXPN_MAC_INVALID)
		return "mac1 of zeros accepted";
	return NULL;
}

static struct sk_buff *make_skb(void)
{
	const size_t outer = sizeof(struct ipv6hdr) + sizeof(struct udphdr);
	struct sk_buff *skb = alloc_skb(outer + MESSAGE_SIZE, GFP_KERNEL);

	if (!skb)
		return NULL;
	skb_put_zero(skb, outer + MESSAGE_SIZE);
	skb_reset_network_header(skb);
	skb_set_transport_header(skb, sizeof(struct ipv6hdr));
	skb_pull(skb, outer);
	return skb;
}

static const char *run(struct test *t)
{
	u8 public[SIXPN_KEY_SIZE];
	const char *why;
	unsigned int i;

	for (i = 0; i < sizeof(public); i++)
		public[i] = i;
	sixpn_cookie_checker_init(&t->checker);
	sixpn_cookie_checker_set_key(&t->checker, public);
	sixpn_cookie_jar_init(&t->jar, public);
	why = test_known(t);
	set_source(t, true, 51820);
	why = why ?: test_mac1(t);
	why = why ?: test_reply(t);
	why = why ?: test_mac2(t);
	why = why ?: test_limit(t);
	why = why ?: test_expiry(t);
	return why ?: test_key(t, public);
}

bool sixpn_cookie_selftest(void)
{
	struct test *t = kzalloc(sizeof(*t), GFP_KERNEL);
	const char *why = "no memory";

	if (!t)
		goto out;
	t->skb = make_skb();
	if (t->skb && !sixpn_ratelimit_get()) {
		why = run(t);
		sixpn_ratelimit_put();
	}
	kfree_skb(t->skb);
	kfree(t);
out:
	return sixpn_selftest_report("cookie", why);
}
