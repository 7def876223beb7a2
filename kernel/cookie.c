// SPDX-License-Identifier: GPL-2.0
#include "cookie.h"

#include "compat/library.h"
#include "keypair.h"
#include "ratelimit.h"

#include <crypto/utils.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/random.h>
#include <linux/skbuff.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/udp.h>

/* Paper, section 5.4.4: the labels that keep the two keys apart. */
static const char mac1_label[] = "mac1----";
static const char cookie_label[] = "cookie--";

static void derive_key(u8 key[SIXPN_KEY_SIZE], const char *label,
		       const u8 public[SIXPN_KEY_SIZE])
{
	struct blake2s_ctx hash;

	blake2s_init(&hash, SIXPN_KEY_SIZE);
	blake2s_update(&hash, label, strlen(label));
	blake2s_update(&hash, public, SIXPN_KEY_SIZE);
	blake2s_final(&hash, key);
}

void sixpn_cookie_checker_init(struct sixpn_cookie_checker *checker)
{
	init_rwsem(&checker->lock);
	checker->secret_birth = ktime_get_coarse_boottime_ns();
	get_random_bytes(checker->secret, sizeof(checker->secret));
	sixpn_cookie_checker_set_key(checker, NULL);
}

void sixpn_cookie_checker_set_key(struct sixpn_cookie_checker *checker,
				  const u8 public[SIXPN_KEY_SIZE])
{
	if (public) {
		derive_key(checker->mac1_key, mac1_label, public);
		derive_key(checker->cookie_key, cookie_label, public);
	} else {
		/* Nobody can know these; a fixed key anybody could use. */
		get_random_bytes(checker->mac1_key, SIXPN_KEY_SIZE);
		get_random_bytes(checker->cookie_key, SIXPN_KEY_SIZE);
	}
}

void sixpn_cookie_jar_init(struct sixpn_cookie_jar *jar,
			   const u8 peer_public[SIXPN_KEY_SIZE])
{
	memset(jar, 0, sizeof(*jar));
	init_rwsem(&jar->lock);
	derive_key(jar->mac1_key, mac1_label, peer_public);
	derive_key(jar->cookie_key, cookie_label, peer_public);
}

/* Over all of the message before mac1. */
static void compute_mac1(u8 mac[SIXPN_MAC_SIZE], const void *message,
			 size_t len, const u8 key[SIXPN_KEY_SIZE])
{
	blake2s(key, SIXPN_KEY_SIZE, message,
		len - sizeof(struct sixpn_msg_macs), mac, SIXPN_MAC_SIZE);
}

/* Over all of the message before mac2, mac1 included. */
static void compute_mac2(u8 mac[SIXPN_MAC_SIZE], const void *message,
			 size_t len, const u8 cookie[SIXPN_COOKIE_SIZE])
{
	blake2s(cookie, SIXPN_COOKIE_SIZE, message, len - SIXPN_MAC_SIZE, mac,
		SIXPN_MAC_SIZE);
}

static struct sixpn_msg_macs *macs_of(void *message, size_t len)
{
	return message + len - sizeof(struct sixpn_msg_macs);
}

/* Have a secret that is young enough; returns with the lock held for reading.
 * Cookies made of the old one end with it, which is why their holders use them
 * a little less long than we accept them.
 */
static void lock_fresh_secret(struct sixpn_cookie_checker *checker)
{
	down_read(&checker->lock);
	if (!sixpn_birth_expired(checker->secret_birth,
				 SIXPN_COOKIE_SECRET_MAX_AGE))
		return;
	up_read(&checker->lock);

	down_write(&checker->lock);
	/* Another may have been faster. */
	if (sixpn_birth_expired(checker->secret_birth,
				SIXPN_COOKIE_SECRET_MAX_AGE)) {
		get_random_bytes(checker->secret, sizeof(checker->secret));
		checker->secret_birth = ktime_get_coarse_boottime_ns();
	}
	downgrade_write(&checker->lock);
}

/* The cookie of the sender of @skb: proof that it receives at the address and
 * port it sends from.
 */
static void make_cookie(struct sixpn_cookie_checker *checker,
			struct sk_buff *skb, u8 cookie[SIXPN_COOKIE_SIZE])
{
	struct blake2s_ctx hash;

	lock_fresh_secret(checker);
	blake2s_init_key(&hash, SIXPN_COOKIE_SIZE, checker->secret,
			 sizeof(checker->secret));
	up_read(&checker->lock);

	if (skb->protocol == htons(ETH_P_IP))
		blake2s_update(&hash, (const u8 *)&ip_hdr(skb)->saddr,
			       sizeof(struct in_addr));
	else
		blake2s_update(&hash, (const u8 *)&ipv6_hdr(skb)->saddr,
			       sizeof(struct in6_addr));
	blake2s_update(&hash, (const u8 *)&udp_hdr(skb)->source,
		       sizeof(__be16));
	blake2s_final(&hash, cookie);
}

enum sixpn_mac_state sixpn_cookie_check(struct sixpn_cookie_checker *checker,
					const struct net *net,
					struct sk_buff *skb, bool check_mac2)
{
	const struct sixpn_msg_macs *macs = macs_of(skb->data, skb->len);
	u8 cookie[SIXPN_COOKIE_SIZE], mac[SIXPN_MAC_SIZE];
	bool good;

	compute_mac1(mac, skb->data, skb->len, checker->mac1_key);
	if (crypto_memneq(mac, macs->mac1, SIXPN_MAC_SIZE))
		return SIXPN_MAC_INVALID;
	if (!check_mac2)
		return SIXPN_MAC_VALID;

	make_cookie(checker, skb, cookie);
	compute_mac2(mac, skb->data, skb->len, cookie);
	good = !crypto_memneq(mac, macs->mac2, SIXPN_MAC_SIZE);
	memzero_explicit(cookie, sizeof(cookie));
	memzero_explicit(mac, sizeof(mac));
	if (!good)
		return SIXPN_MAC_VALID;
	/* Only now is the source address worth counting. */
	return sixpn_ratelimit_allow(net, skb) ? SIXPN_MAC_COOKIE :
						 SIXPN_MAC_COOKIE_LIMITED;
}

void sixpn_cookie_sign(void *message, size_t len, struct sixpn_cookie_jar *jar)
{
	struct sixpn_msg_macs *macs = macs_of(message, len);

	compute_mac1(macs->mac1, message, len, jar->mac1_key);

	down_write(&jar->lock);
	memcpy(jar->last_mac1_sent, macs->mac1, SIXPN_MAC_SIZE);
	jar->have_sent_mac1 = true;
	if (jar->valid &&
	    sixpn_birth_expired(jar->birth, SIXPN_COOKIE_SECRET_MAX_AGE -
						    SIXPN_COOKIE_LATENCY)) {
		jar->valid = false;
		memzero_explicit(jar->cookie, sizeof(jar->cookie));
	}
	if (jar->valid)
		compute_mac2(macs->mac2, message, len, jar->cookie);
	else
		memset(macs->mac2, 0, SIXPN_MAC_SIZE);
	up_write(&jar->lock);
}

void sixpn_cookie_reply_create(struct sixpn_cookie_checker *checker,
			       struct sk_buff *skb, __le32 sender,
			       struct sixpn_msg_cookie *reply)
{
	const struct sixpn_msg_macs *macs = macs_of(skb->data, skb->len);
	u8 cookie[SIXPN_COOKIE_SIZE];

	reply->header.type = cpu_to_le32(SIXPN_MSG_COOKIE);
	reply->receiver = sender;
	get_random_bytes(reply->nonce, sizeof(reply->nonce));
	make_cookie(checker, skb, cookie);
	/* Bound to the message it answers, so that it cannot be made ahead. */
	xchacha20poly1305_encrypt(reply->encrypted_cookie, cookie,
				  sizeof(cookie), macs->mac1,
				  sizeof(macs->mac1), reply->nonce,
				  checker->cookie_key);
	memzero_explicit(cookie, sizeof(cookie));
}

bool sixpn_cookie_reply_consume(struct sixpn_cookie_jar *jar,
				const struct sixpn_msg_cookie *reply)
{
	u8 cookie[SIXPN_COOKIE_SIZE];
	bool good = false;

	down_write(&jar->lock);
	/* One answer to each message, and none to what we never sent. */
	if (jar->have_sent_mac1)
		good = xchacha20poly1305_decrypt(cookie,
						 reply->encrypted_cookie,
						 sizeof(reply->encrypted_cookie),
						 jar->last_mac1_sent,
						 sizeof(jar->last_mac1_sent),
						 reply->nonce, jar->cookie_key);
	if (good) {
		memcpy(jar->cookie, cookie, sizeof(jar->cookie));
		jar->birth = ktime_get_coarse_boottime_ns();
		jar->valid = true;
		jar->have_sent_mac1 = false;
	}
	up_write(&jar->lock);
	memzero_explicit(cookie, sizeof(cookie));
	return good;
}
