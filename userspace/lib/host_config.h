/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration of a host, /etc/sixpn/sixpn.conf: lines of KEY = VALUE, of
 * which sixpn.conf(5) tells all. (config.h has the other file, of a device.)
 */
#ifndef SIXPN_LIB_HOST_CONFIG_H
#define SIXPN_LIB_HOST_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "error.h"
#include "parse.h"

#define SIXPN_HOST_CONFIG_PATH "/etc/sixpn/sixpn.conf"
#define SIXPN_HOST_CONFIG_MAX ((size_t)1024 * 1024)
#define SIXPN_HOST_ENDPOINT_MAX 8

/**
 * struct sixpn_host_endpoint - where other hosts reach this one
 * @text: as it stands in the file
 * @words: host and port, of which the latter may be the listen port; a name is
 *	not looked up
 */
struct sixpn_host_endpoint {
	char text[SIXPN_ENDPOINT_WORD_MAX + 1];
	struct sixpn_endpoint_words words;
};

enum sixpn_dnssec {
	SIXPN_DNSSEC_AUTO,	/* unless an upstream leaves the signatures out */
	SIXPN_DNSSEC_YES,
	SIXPN_DNSSEC_NO,
};

/**
 * struct sixpn_host_config - what a host is told about itself
 * @name: a DNS label in lower case; empty: not in the file
 * @host_id: 0: follows from the key
 * @registry: see sixpn_parse_registry()
 * @registry_ca: this one and the next four: NULL if not in the file
 * @registry_timeout: seconds
 * @mtu: 0: what the device has by itself
 * @lease: seconds
 * @client_idle_expiry: seconds; 0: never
 * @gateway: clients may be told to connect here
 * @resolver: the resolver runs here
 * @resolver_upstreams: see sixpn_parse_upstream(); NULL: those of the system
 * @resolver_dnssec: enum sixpn_dnssec
 * @resolver_user: whom the resolver becomes if root starts it
 * @resolver_metrics: path of a socket
 */
struct sixpn_host_config {
	char name[SIXPN_LABEL_MAX + 1];
	char region[SIXPN_REGION_MAX + 1];
	char device[IFNAMSIZ];
	uint16_t listen_port;
	uint32_t host_id;
	struct sixpn_host_endpoint endpoints[SIXPN_HOST_ENDPOINT_MAX];
	size_t endpoint_count;
	char *key_file;
	char *registry;
	char *registry_ca;
	char *registry_cert;
	char *registry_key;
	char *registry_user;
	char *registry_password_file;
	uint32_t registry_timeout;
	uint32_t mtu;
	uint32_t lease;
	uint32_t client_idle_expiry;
	bool gateway;
	bool resolver;
	char *resolver_upstreams;
	uint32_t resolver_dnssec;
	char *resolver_user;
	char *resolver_metrics;
};

/**
 * sixpn_host_config_defaults() - what an empty file means, but for the name
 * @config: set on success; sixpn_host_config_clear() it
 *
 * Return: 0 or -ENOMEM.
 */
int sixpn_host_config_defaults(struct sixpn_host_config *config);

/**
 * sixpn_host_config_name() - the name of a host that has none in its file
 * @hostname: of which the first label is taken: '-' stands for what a label
 *	cannot hold
 *
 * Return: 0, or -EINVAL if nothing of it can be used.
 */
int sixpn_host_config_name(char name[SIXPN_LABEL_MAX + 1],
			   const char *hostname);

/**
 * sixpn_host_config_parse() - text to configuration
 * @config: set on success, defaults included; sixpn_host_config_clear() it.
 *	Left as it is on error
 * @file: name of the file, for @error: "FILE: line N: SENTENCE"
 *
 * Return: 0, -EINVAL, -EFBIG or -ENOMEM.
 */
int sixpn_host_config_parse(struct sixpn_host_config *config, const char *text,
			    size_t length, const char *file,
			    struct sixpn_error *error);

/**
 * sixpn_host_config_load() - the configuration of this host
 * @config: as with sixpn_host_config_parse(), and it has a name
 * @needed: the file was asked for; without it, one that is not there is empty
 *
 * A file that somebody can write who is neither root nor the caller is refused.
 *
 * Return: 0 or a negative errno; -EPERM: who can write it.
 */
int sixpn_host_config_load(struct sixpn_host_config *config, const char *path,
			   bool needed, struct sixpn_error *error);

/**
 * sixpn_host_config_write() - the configuration as a file, defaults included
 *
 * Errors stay with the stream.
 */
void sixpn_host_config_write(FILE *stream,
			     const struct sixpn_host_config *config);

bool sixpn_host_config_equal(const struct sixpn_host_config *left,
			     const struct sixpn_host_config *right);

/* Free what it holds, and zero it. */
void sixpn_host_config_clear(struct sixpn_host_config *config);

#endif
