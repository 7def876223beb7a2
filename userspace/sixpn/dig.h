/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command dig: dig.c asks, dig_print.c prints what is answered. Both are in
 * the program sixpn-dig, which dig_start.c of the program sixpn starts.
 */
#ifndef SIXPN_DIG_H
#define SIXPN_DIG_H

#include "command.h"
#include "dns_ask.h"

/* "[ADDRESS]:65535" with its NUL. */
#define SIXPN_DIG_SERVER_MAX 64

/**
 * struct sixpn_dig - one run
 * @name, @type: what is asked
 * @server: as it is told of
 * @section: of the record that was printed last
 */
struct sixpn_dig {
	struct sixpn_run *run;
	struct sixpn_error error;
	uint8_t name[SIXPN_DNS_NAME_MAX];
	uint16_t type;
	struct sixpn_dns_ask ask;
	char server[SIXPN_DIG_SERVER_MAX];
	struct sixpn_dns_response response;
	int section;
};

/* The address of the server, with its port unless that is 53. */
void sixpn_dig_server(const struct sixpn_dig *dig,
		      char text[SIXPN_DIG_SERVER_MAX]);

/* What was answered. Return: enum sixpn_exit. */
int sixpn_dig_print(struct sixpn_dig *dig);

#endif
