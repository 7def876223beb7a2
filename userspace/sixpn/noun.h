/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the verbs of network, host, up and status have in common.
 */
#ifndef SIXPN_NOUN_H
#define SIXPN_NOUN_H

#include "command.h"
#include "netlink.h"
#include "node.h"
#include "record.h"

/**
 * struct sixpn_noun - one run of a verb
 * @lock: of sixpn_node_lock(), -1: not held
 * @netlink: NULL unless the mesh device is there
 * @error: why it failed
 */
struct sixpn_noun {
	struct sixpn_run *run;
	struct sixpn_node node;
	int lock;
	struct sixpn_netlink *netlink;
	struct sixpn_error error;
};

/* With registry. Return: 0 or a negative errno; in any case close it. */
int sixpn_noun_open(struct sixpn_noun *noun, struct sixpn_run *run);
/* Only the configuration is read. */
int sixpn_noun_open_config(struct sixpn_noun *noun, struct sixpn_run *run);

/* Complains if @ret is not 0. Return: enum sixpn_exit. */
int sixpn_noun_close(struct sixpn_noun *noun, int ret);

/**
 * sixpn_noun_take_device() - hold the lock and have @netlink, if the mesh device
 *	of this host is there
 *
 * Return: 0, also if it is not, or a negative errno.
 */
int sixpn_noun_take_device(struct sixpn_noun *noun);

uint64_t sixpn_noun_now(void);

/* For sixpn_registry_list() whose data is a struct sixpn_noun first. */
void sixpn_noun_bad(void *data, const char *key, const struct sixpn_error *why);

/* What there is of one network, or on one host. */
struct sixpn_count {
	uint32_t id;
	uint32_t machines;
	uint32_t clients;
	uint32_t services;
};

/**
 * struct sixpn_tally - counts by network or by host
 * @noun: first: see sixpn_noun_bad()
 * @last: where the last one was counted
 */
struct sixpn_tally {
	struct sixpn_noun *noun;
	bool by_host;
	struct sixpn_count *counts;
	size_t count, room, last;
};

/**
 * sixpn_tally_read() - count machines, clients and services
 * @tally: sixpn_tally_clear() it, also after an error
 * @host: of this one only; 0: of all
 */
int sixpn_tally_read(struct sixpn_tally *tally, struct sixpn_noun *noun,
		     bool by_host, uint32_t host);
/* Zero if there is nothing. */
struct sixpn_count sixpn_tally_of(const struct sixpn_tally *tally, uint32_t id);
void sixpn_tally_clear(struct sixpn_tally *tally);

/* "3 machines and 1 client"; empty if there is nothing. */
#define SIXPN_COUNT_TEXT_MAX 96
void sixpn_count_text(char text[SIXPN_COUNT_TEXT_MAX],
		      const struct sixpn_count *count);

/**
 * sixpn_noun_print() - JSON, or words and tabs for a script, or a table
 * @print: prints the lines
 */
void sixpn_noun_print(struct sixpn_out *out, const char *heading,
		      void (*print)(struct sixpn_out *out, void *data),
		      void *data);

/* A field of a paragraph: "  LABEL: ". */
void sixpn_noun_label(struct sixpn_out *out, const char *label);

/* A time in RFC 3339, or null and "-". */
void sixpn_noun_time(struct sixpn_out *out, const char *key,
		     uint64_t seconds);

#endif
