// SPDX-License-Identifier: GPL-2.0
/*
 * The key schedule against published vectors: WireGuard's own for HKDF, and the
 * Noise community's for a complete handshake of the same protocol name.
 */
#include "../noise.h"
#include "../compat/compat.h"
#include "../transcript.h"

#include "selftest.h"

#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

/* HKDF of wireguard-go's device/kdf_test.go. Its keys are short: HMAC pads them
 * with zeros, so that they are chaining keys as well. Checked with Python's
 * hmac and hashlib.blake2s.
 */
static const struct {
	const char *key, *input, *output[3];
} kdf_vectors[] = {
	{"test-key",
	 "test-input",
	 {"6f0e5ad38daba1bea8a0d213688736f19763239305e0f58aba697f9ffc41c633",
	  "df1194df20802a4fe594cde27e92991c8cae66c366e8106aaa937a55fa371e8a",
	  "fac6e2745a325f5dc5d11a5b165aad08b0ada28e7b4e666b7c077934a4d76c24"}},
	{"wireguard",
	 "wireguard",
	 {"491d43bbfdaa8750aaf535e334ecbfe5129967cd64635101c566d4caefda96e8",
	  "1e71a379baefd8a79aa4662212fcafe19a23e2b609a3db7d6bcba8f560e3d25f",
	  "31e1ae48bddfbe5de38f295e5452b1909a1b4e38e183926af3780b0c1e1f0160"}},
	{"",
	 "",
	 {"8387b46bf43eccfcf349552a095d8315c4055beb90208fb1be23b894bc2ed5d0",
	  "58a0e5f6faefccf4807bff1f05fa8a9217945762040bcec2f4b4a62bdfe0e86e",
	  "0ce6ea98ec548f8e281e93e32db65621c45eb18dc6f0a7ad94178610a2f7338e"}},
};

/* Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s of cacophony's vectors/cacophony.txt */
static const char prologue[] = "John Galt";
static const char psk[] = "This is my Austrian perspective!";
static const char init_static[] =
	"e61ef9919cde45dd5f82166404bd08e38bceb5dfdfded0a34c8df7ed542214d1";
static const char init_ephemeral[] =
	"893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a";
static const char resp_static[] =
	"4a3acbfdb163dec651dfa3194dece676d437029c62a408b4c5ea9114246e4893";
static const char resp_ephemeral[] =
	"bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b";

/* The first two are the handshake; then they take turns with data. */
static const struct {
	const char *payload, *message[4]; /* message in pieces */
} messages[] = {
	{"4c756477696720766f6e204d69736573",
	 {"ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c7944",
	  "001e21de9f98ddd8e2ad57527207feb56253c9c94a9e496782ecfcb2a75fbcaf",
	  "1b52948cc48daefe660c62119ab5000980c84831215f2441eba616548e832985",
	  "464cf17e51ee93109008399a21f7e13f"}},
	{"4d757272617920526f746862617264",
	 {"95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f144808843",
	  "cb765f2caef0751b8f007572dab0322217755c0632f365717edbf34d33e87a"}},
	{"462e20412e20486179656b",
	 {"8153ca9833bc3c1b91a7e66e5f4d4f5b59bf9e64c2f20d15f0bba7"}},
	{"4361726c204d656e676572",
	 {"07af0c9c86e1b4e80f36b04ff7688d51141af3debd0332f0a705ef"}},
	{"4a65616e2d426170746973746520536179",
	 {"6ab1467c0448cc78394494abaaf23afce0e234315d6e2624dcbfa8a21c1c4d073d"}},
	{"457567656e2042f6686d20766f6e2042617765726b",
	 {"dfc346c0d2296ae6cf1acf6f12b8456a1dba228cf8d8b774aacf1c47fc53aa80",
	  "ebc7a4c292"}},
};

#define MESSAGE_MAX 128

struct party {
	u8 private[SIXPN_KEY_SIZE], public[SIXPN_KEY_SIZE];
};

struct test {
	struct party is, ie, rs, re;
	struct sixpn_transcript transcript, reader;
	u8 first_key[SIXPN_KEY_SIZE], second_key[SIXPN_KEY_SIZE];
	u8 expect[MESSAGE_MAX], payload[MESSAGE_MAX], out[MESSAGE_MAX];
	size_t expect_len, payload_len;
};

/* Return: number of bytes. */
static size_t from_hex(u8 *out, const char *hex)
{
	size_t len = strlen(hex) / 2;

	return hex2bin(out, hex, len) ? 0 : len;
}

static const char *test_kdf(void)
{
	u8 key[SIXPN_HASH_SIZE], expect[3][SIXPN_HASH_SIZE];
	u8 out[3][SIXPN_HASH_SIZE];
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(kdf_vectors); i++) {
		const char *input = kdf_vectors[i].input;

		memset(key, 0, sizeof(key));
		memcpy(key, kdf_vectors[i].key, strlen(kdf_vectors[i].key));
		for (n = 0; n < 3; n++)
			from_hex(expect[n], kdf_vectors[i].output[n]);
		/* One, two or three outputs: each time the same first ones. */
		for (n = 1; n <= 3; n++) {
			memset(out, 0, sizeof(out));
			sixpn_kdf(out[0], n > 1 ? out[1] : NULL,
				  n > 2 ? out[2] : NULL, (const u8 *)input,
				  strlen(input), key);
			if (memcmp(out, expect, n * SIXPN_HASH_SIZE))
				return "HKDF vector";
		}
		/* In place, as the chaining key is replaced. */
		sixpn_kdf(key, out[1], NULL, (const u8 *)input, strlen(input),
			  key);
		if (memcmp(key, expect[0], SIXPN_HASH_SIZE) ||
		    memcmp(out[1], expect[1], SIXPN_HASH_SIZE))
			return "HKDF in place";
	}
	return NULL;
}

static bool load_party(struct party *party, const char *hex)
{
	return from_hex(party->private, hex) == SIXPN_KEY_SIZE &&
	       (curve25519_clamp_secret(party->private),
		curve25519_generate_public(party->public, party->private));
}

static void load_message(struct test *t, unsigned int i)
{
	unsigned int n;

	memset(t->out, 0, sizeof(t->out));
	t->payload_len = from_hex(t->payload, messages[i].payload);
	t->expect_len = 0;
	for (n = 0; n < ARRAY_SIZE(messages[i].message); n++)
		if (messages[i].message[n])
			t->expect_len += from_hex(t->expect + t->expect_len,
						  messages[i].message[n]);
}

/* The reader goes the same way and must come to the same state. */
static bool in_step(const struct test *t)
{
	return !memcmp(&t->transcript, &t->reader, sizeof(t->reader));
}

static const char *test_initiation(struct test *t)
{
	struct sixpn_transcript *w = &t->transcript, *r = &t->reader;
	u8 plain[MESSAGE_MAX];
	u8 *out = t->out;

	load_message(t, 0);
	sixpn_transcript_mix_ephemeral(w, t->ie.public);
	sixpn_transcript_mix_ephemeral(r, t->ie.public);
	memcpy(out, t->ie.public, SIXPN_KEY_SIZE);
	out += SIXPN_KEY_SIZE;
	if (!sixpn_transcript_mix_dh(w, t->ie.private, t->rs.public) ||
	    !sixpn_transcript_mix_dh(r, t->rs.private, t->ie.public))
		return "first DH";
	sixpn_transcript_seal(w, out, t->is.public, SIXPN_KEY_SIZE);
	if (!sixpn_transcript_unseal(r, plain, out,
				     SIXPN_KEY_SIZE + SIXPN_TAG_SIZE) ||
	    memcmp(plain, t->is.public, SIXPN_KEY_SIZE))
		return "static key is not read back";
	out += SIXPN_KEY_SIZE + SIXPN_TAG_SIZE;
	if (!sixpn_transcript_mix_dh(w, t->is.private, t->rs.public) ||
	    !sixpn_transcript_mix_dh(r, t->rs.private, t->is.public))
		return "second DH";
	sixpn_transcript_seal(w, out, t->payload, t->payload_len);
	if (!sixpn_transcript_unseal(r, plain, out,
				     t->payload_len + SIXPN_TAG_SIZE))
		return "payload is not read back";
	out += t->payload_len + SIXPN_TAG_SIZE;
	if (out - t->out != t->expect_len ||
	    memcmp(t->out, t->expect, t->expect_len))
		return "handshake vector: initiation";
	return in_step(t) ? NULL : "responder out of step";
}

static const char *test_response(struct test *t)
{
	struct sixpn_transcript *w = &t->reader, *r = &t->transcript;
	u8 plain[MESSAGE_MAX];
	u8 *out = t->out;

	load_message(t, 1);
	sixpn_transcript_mix_ephemeral(w, t->re.public);
	sixpn_transcript_mix_ephemeral(r, t->re.public);
	memcpy(out, t->re.public, SIXPN_KEY_SIZE);
	out += SIXPN_KEY_SIZE;
	if (!sixpn_transcript_mix_dh(w, t->re.private, t->ie.public) ||
	    !sixpn_transcript_mix_dh(w, t->re.private, t->is.public) ||
	    !sixpn_transcript_mix_dh(r, t->ie.private, t->re.public) ||
	    !sixpn_transcript_mix_dh(r, t->is.private, t->re.public))
		return "third DH";
	sixpn_transcript_mix_preshared(w, (const u8 *)psk);
	sixpn_transcript_mix_preshared(r, (const u8 *)psk);
	sixpn_transcript_seal(w, out, t->payload, t->payload_len);
	out[0] ^= 1;
	if (sixpn_transcript_unseal(r, plain, out,
				    t->payload_len + SIXPN_TAG_SIZE))
		return "a forged field is accepted";
	out[0] ^= 1;
	if (!sixpn_transcript_unseal(r, plain, out,
				     t->payload_len + SIXPN_TAG_SIZE))
		return "payload is not read back";
	out += t->payload_len + SIXPN_TAG_SIZE;
	if (out - t->out != t->expect_len ||
	    memcmp(t->out, t->expect, t->expect_len))
		return "handshake vector: response";
	return in_step(t) ? NULL : "initiator out of step";
}

/* The two session keys; the initiator's comes first. */
static const char *test_session(struct test *t)
{
	unsigned int i;

	sixpn_kdf(t->first_key, t->second_key, NULL, NULL, 0,
		  t->transcript.chaining_key);
	for (i = 2; i < ARRAY_SIZE(messages); i++) {
		load_message(t, i);
		chacha20poly1305_encrypt(t->out, t->payload, t->payload_len,
					 NULL, 0, (i - 2) / 2,
					 i % 2 ? t->second_key : t->first_key);
		if (t->payload_len + SIXPN_TAG_SIZE != t->expect_len ||
		    memcmp(t->out, t->expect, t->expect_len))
			return "handshake vector: data";
	}
	return NULL;
}

static const char *test_handshake(struct test *t)
{
	const char *why;

	if (!load_party(&t->is, init_static) ||
	    !load_party(&t->ie, init_ephemeral) ||
	    !load_party(&t->rs, resp_static) ||
	    !load_party(&t->re, resp_ephemeral))
		return "keys";
	sixpn_transcript_init(&t->transcript,
			      "Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s",
			      prologue);
	sixpn_transcript_mix_hash(&t->transcript, t->rs.public, SIXPN_KEY_SIZE);
	t->reader = t->transcript;
	why = test_initiation(t);
	why = why ?: test_response(t);
	return why ?: test_session(t);
}

bool sixpn_noise_selftest(void)
{
	struct test *t = kzalloc(sizeof(*t), GFP_KERNEL);
	const char *why = "no memory";

	if (t) {
		why = test_kdf();
		why = why ?: test_handshake(t);
	}
	kfree(t);
	return sixpn_selftest_report("noise", why);
}
