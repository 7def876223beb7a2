/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When clients were last seen, on its way to the registry.
 */
#ifndef SIXPN_LIB_AGENT_SEEN_H
#define SIXPN_LIB_AGENT_SEEN_H

#include "registry.h"

/* Seconds between two that are told of one client. */
#define SIXPN_SEEN_S 60
/* So many wait, and for so long: those who call come first. */
#define SIXPN_SEEN_MAX 1024
#define SIXPN_SEEN_DELAY_MS 2000

/* @seconds: since 1970 */
struct sixpn_seen {
	uint8_t public_key[SIXPN_KEY_LEN];
	uint64_t seconds;
};

/* Zero: empty. @due: from then on they are taken */
struct sixpn_seen_queue {
	struct sixpn_seen entries[SIXPN_SEEN_MAX];
	size_t count;
	uint64_t due;
};

/*
 * Seconds since 1970 of two handshakes. Return: whether the later one is to be
 * told, though @told was. A clock may have been set back.
 */
bool sixpn_seen_is_news(uint64_t told, uint64_t seen);

/* @now: milliseconds. What there is no room for is dropped: it will be seen again. */
void sixpn_seen_put(struct sixpn_seen_queue *queue,
		    const uint8_t public_key[SIXPN_KEY_LEN], uint64_t seconds,
		    uint64_t now);

/* The last one. Return: whether there is one that is due. */
bool sixpn_seen_take(struct sixpn_seen_queue *queue, struct sixpn_seen *seen,
		     uint64_t now);

/**
 * sixpn_seen_enter() - into the record of the client, if it is news
 * @gateway: only if it is a client of this one
 *
 * Return: 0 or a negative errno; -EAGAIN: others change it all the time.
 */
int sixpn_seen_enter(struct sixpn_registry *registry, uint32_t gateway,
		     const struct sixpn_seen *seen);

#endif
