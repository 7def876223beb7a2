// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table of commands.
 */
#include "command.h"

#include <string.h>

#define FIELDS "public-key | private-key | listen-port | fwmark | peers | " \
	       "preshared-keys | endpoints | allowed-ips | " \
	       "latest-handshakes | transfer | persistent-keepalive | dump | " \
	       "host-id | kinds | peer-drops | networks | machines | " \
	       "routes | drops"

#define SET_NOTES \
	"KEY: a public key. KIND: site, host or client.\n" \
	"FILE: holds a key; - is standard input; an empty one removes the key.\n" \
	"ID: decimal, or hexadecimal after 0x. A host id may be auto, moved-to off.\n" \
	"NETNS: a name of ip-netns, a process, or a path; by default, that of sixpn.\n" \
	"Prints the address of each machine that is made or changed.\n" \
	"When any of it is refused, nothing has changed.\n"

const struct sixpn_command sixpn_commands[] = {
	{ "show", "[ DEV | all | interfaces ] [ " FIELDS " ]",
	  "Show devices, their peers, networks and machines", 0, 2, sixpn_run_show, NULL },
	{ "showconf", "DEV",
	  "Print the configuration of a device, for use with setconf",
	  1, 1, sixpn_run_showconf, NULL },
	{ "set", "DEV [ listen-port PORT ] [ fwmark MARK ] "
	  "[ private-key FILE ] [ host-id ID ] "
	  "[ peer KEY [ remove ] [ preshared-key FILE ] "
	  "[ endpoint HOST:PORT ] [ persistent-keepalive SECONDS ] "
	  "[ allowed-ips [+|-]IP/LENGTH,... ] [ kind KIND ] [ host-id ID ] "
	  "[ idle-expiry SECONDS ] ]... [ network ID [ remove ] ]... "
	  "[ machine network ID [ name NAME ] [ id ID | address ADDRESS ] "
	  "[ port IFNAME [ netns NETNS ] | bind IFNAME | client KEY | host | "
	  "detach ] [ moved-to ID ] [ no-address ] [ remove ] ]... "
	  "[ route ADDRESS/112 [ via ID ] [ remove ] ]...",
	  "Change a device, its peers, networks, machines and routes",
	  2, -1, sixpn_run_set, SET_NOTES },
	{ "setconf", "DEV FILE",
	  "Replace the configuration of a device by a file",
	  2, 2, sixpn_run_setconf, NULL },
	{ "addconf", "DEV FILE",
	  "Add a file to the configuration of a device",
	  2, 2, sixpn_run_addconf, NULL },
	{ "syncconf", "DEV FILE",
	  "Change only what differs between a device and a file",
	  2, 2, sixpn_run_syncconf, NULL },
	{ "whois", "DEV ADDRESS",
	  "Tell whose an inner address is, and where it is",
	  2, 2, sixpn_run_whois, NULL },
	{ "monitor", "[ DEV ]",
	  "Print events as they happen", 0, 1, sixpn_run_monitor, NULL },
	{ "genkey", "", "Generate a private key", 0, 0, sixpn_run_genkey, NULL },
	{ "genpsk", "", "Generate a preshared key", 0, 0, sixpn_run_genpsk, NULL },
	{ "pubkey", "",
	  "Read a private key from standard input, print its public key",
	  0, 0, sixpn_run_pubkey, NULL },
	{ "help", "[ COMMAND ]", "Show usage", 0, 1, sixpn_run_help, NULL },
};

const unsigned int sixpn_command_count =
	sizeof(sixpn_commands) / sizeof(*sixpn_commands);

const struct sixpn_command *sixpn_command_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < sixpn_command_count; i++)
		if (!strcmp(sixpn_commands[i].name, name))
			return &sixpn_commands[i];
	return NULL;
}
