/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the commands about clients have in common: the record they are about, and
 * this host's part in it.
 */
#ifndef SIXPN_CLIENT_H
#define SIXPN_CLIENT_H

#include "client_conf.h"
#include "journal.h"
#include "noun.h"
#include "record.h"

/**
 * struct sixpn_client_job - one run of a command about clients
 * @self: id of this host; 0: it is not in the registry
 * @region: of this host, if it is
 * @old: the client, if there is one, as it was read
 * @record: of the client
 * @kernel: its netlink is that of @noun
 * @journal, @change: what has been done to it
 */
struct sixpn_client_job {
	struct sixpn_noun noun;
	uint32_t self;
	char region[SIXPN_REGION_MAX + 1];
	struct sixpn_record network;
	struct sixpn_record old;
	struct sixpn_record record;
	struct sixpn_kernel kernel;
	struct sixpn_journal journal;
	struct sixpn_device change;
};

/* Return: 0 or a negative errno, as all of these. Close it in any case. */
int sixpn_client_open(struct sixpn_client_job *job, struct sixpn_run *run);

/* Learn which host this is, if it is one of the registry. */
int sixpn_client_self(struct sixpn_client_job *job);

/* Return: SIXPN_EXIT_OK, or after a complaint SIXPN_EXIT_REFUSED if @ret. */
int sixpn_client_close(struct sixpn_client_job *job, int ret);

/* The name that is the first word. */
int sixpn_client_name(struct sixpn_client_job *job,
		      char name[SIXPN_LABEL_MAX + 1]);

/* The network of --network, and in it the client that the first word names. */
int sixpn_client_find(struct sixpn_client_job *job);

/* --- client_gateway.c --- */

/* As --gateway or --region say, or the best there is. */
int sixpn_client_choose_gateway(struct sixpn_client_job *job,
				struct sixpn_record_host *gateway);

/* Whether a host is known to give no sign of life. */
bool sixpn_client_gateway_sleeps(struct sixpn_client_job *job,
				 uint32_t gateway);

/* --- client_kernel.c: the mesh device of this host. --- */

/* Whether this host has anything of the client. */
bool sixpn_client_is_here(const struct sixpn_client_job *job);

/**
 * sixpn_client_lock() - take the lock, and the mesh device if it is there
 *
 * Nothing for a client of other hosts.
 */
int sixpn_client_lock(struct sixpn_client_job *job);

/**
 * sixpn_client_install() - have peer and machine of the client in the kernel
 * @fresh: its address must not be there yet
 *
 * Nothing if there is no device, or an agent, which lets clients in.
 *
 * Return: 0, -EADDRINUSE (the kernel does not give this address), or another
 * negative errno; nothing has changed then.
 */
int sixpn_client_install(struct sixpn_client_job *job, bool fresh);

/* Take back what sixpn_client_install() did. */
void sixpn_client_uninstall(struct sixpn_client_job *job);

/* Remove the peer of a key, and the machines that hang on it. */
int sixpn_client_remove_peer(struct sixpn_client_job *job,
			     const uint8_t public_key[SIXPN_KEY_LEN]);

/* Remove what is at the address of the client. */
int sixpn_client_remove_machine(struct sixpn_client_job *job);

/* Remove the network of the client, if nothing of it is to be here any more. */
int sixpn_client_drop_network(struct sixpn_client_job *job);

/* --- client_put.c --- */

/**
 * sixpn_client_put() - enter the record, and know whether it is there
 *
 * That its gateway has noted it as seen meanwhile is no change by somebody else.
 *
 * Return: 0, -EADDRINUSE (somebody else has its address by now), or another
 * negative errno: it is not there, unless @error says that it may be.
 */
int sixpn_client_put(struct sixpn_client_job *job);

/* Remove the record. Return: 0 or a negative errno, likewise. */
int sixpn_client_delete(struct sixpn_client_job *job);

/* --- client_output.c: the configuration of the client. --- */

/**
 * struct sixpn_client_output - where the configuration goes
 * @file: of --out; NULL: standard output
 * @qr: draw it
 * @gateway: its name, set when it is written
 * @text: wiped by sixpn_client_output_clear()
 * @written: the file has been made
 */
struct sixpn_client_output {
	const char *file;
	bool qr;
	bool written;
	const char *gateway;
	char text[SIXPN_CLIENT_CONF_MAX];
};

/* What the options say. Return: enum sixpn_exit. */
int sixpn_client_output_init(struct sixpn_client_output *output,
			     struct sixpn_run *run);

/* Fill @text, and write it to @file, which must not be there yet. */
int sixpn_client_output_write(struct sixpn_client_job *job,
			      struct sixpn_client_output *output,
			      const uint8_t *private_key,
			      const struct sixpn_record_host *gateway);

/* Remove the file, if it has been made. */
void sixpn_client_output_remove(struct sixpn_client_output *output);

/* Print what belongs on standard output, through to its end. */
int sixpn_client_output_print(struct sixpn_client_job *job,
			      struct sixpn_client_output *output);

void sixpn_client_output_clear(struct sixpn_client_output *output);

/* --- client_print.c --- */

/**
 * struct sixpn_client_view - a client as it is shown
 * @network, @gateway: names, "" if not known
 * @peer: what the kernel has of it, or NULL
 */
struct sixpn_client_view {
	const struct sixpn_record_client *client;
	const char *network;
	const char *gateway;
	const struct sixpn_peer *peer;
	uint64_t now;
};

/* The fields of a JSON object that the caller opened. */
void sixpn_client_print_json(struct sixpn_out *out,
			     const struct sixpn_client_view *view);

#define SIXPN_CLIENT_HEADING \
	"NAME\tNETWORK\tADDRESS\tOWNER\tGATEWAY\t" "AGE\tEXPIRES\t" \
	"HANDSHAKE\tENDPOINT\tRECEIVED\tSENT"

/* A line of words separated by tabs; ages if @people read it, else times. */
void sixpn_client_print_row(struct sixpn_out *out,
			    const struct sixpn_client_view *view, bool people);

/* All there is, a line for each. */
void sixpn_client_print_lines(struct sixpn_out *out,
			      const struct sixpn_client_view *view);

/* --- The verbs. --- */

int sixpn_client_add(struct sixpn_run *run);
int sixpn_client_reset(struct sixpn_run *run);
int sixpn_client_list(struct sixpn_run *run);
int sixpn_client_show(struct sixpn_run *run);

#endif
