// SPDX-License-Identifier: GPL-2.0
#include "derive.h"

#include "compat/library.h"

#include <linux/string.h>
#include <linux/unaligned.h>
#include <sixpn/addr.h>

/* What keeps these digests apart from all others made of the same bytes. */
static const char host_label[] = "sixpn host-id v1";
static const char machine_label[] = "sixpn machine-id v1";

#define HASH_START(ctx, label) hash_start(ctx, label, sizeof(label) - 1)

static void hash_start(struct blake2s_ctx *ctx, const char *label, size_t len)
{
	blake2s_init(ctx, SIXPN_HASH_SIZE);
	blake2s_update(ctx, label, len);
}

u32 sixpn_derive_host_id(const u8 public[SIXPN_KEY_SIZE])
{
	u8 digest[SIXPN_HASH_SIZE];
	struct blake2s_ctx ctx;
	u32 id;

	BUILD_BUG_ON(sizeof(digest) != (size_t)SIXPN_KEY_SIZE);
	memcpy(digest, public, sizeof(digest));
	do {
		HASH_START(&ctx, host_label);
		blake2s_update(&ctx, digest, sizeof(digest));
		blake2s_final(&ctx, digest);
		id = get_unaligned_be32(digest);
	} while (!sixpn_host_id_is_valid(id));
	return id;
}

void sixpn_id_row_start(struct sixpn_id_row *row, u32 network, const char *name)
{
	__be32 id = cpu_to_be32(network);
	struct blake2s_ctx ctx;

	HASH_START(&ctx, machine_label);
	blake2s_update(&ctx, (const u8 *)&id, sizeof(id));
	blake2s_update(&ctx, name, strlen(name));
	blake2s_final(&ctx, row->digest);
}

u32 sixpn_id_row_next(struct sixpn_id_row *row)
{
	struct blake2s_ctx ctx;
	u32 id;

	do {
		id = get_unaligned_be32(row->digest);
		HASH_START(&ctx, machine_label);
		blake2s_update(&ctx, row->digest, sizeof(row->digest));
		blake2s_final(&ctx, row->digest);
	} while (!id);
	return id;
}
