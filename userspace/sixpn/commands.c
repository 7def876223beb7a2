// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The tables of commands: that of the kernel layer here, that of each noun with
 * its functions.
 */
#include "command.h"

#include <stdio.h>
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

static const struct sixpn_option dig_options[] = {
	{ "network", "NET", false },
	{ "tcp", NULL, false },
	{ "short", NULL, false },
	{ 0 },
};

static const struct sixpn_command kernel_commands[] = {
	{ "show", "[ DEV | all | interfaces ] [ " FIELDS " ]",
	  "Show devices, their peers, networks and machines", 0, 2, sixpn_run_show, NULL, NULL },
	{ "showconf", "DEV",
	  "Print the configuration of a device, for use with setconf",
	  1, 1, sixpn_run_showconf, NULL, NULL },
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
	  2, -1, sixpn_run_set, SET_NOTES, NULL },
	{ "setconf", "DEV FILE",
	  "Replace the configuration of a device by a file",
	  2, 2, sixpn_run_setconf, NULL, NULL },
	{ "addconf", "DEV FILE",
	  "Add a file to the configuration of a device",
	  2, 2, sixpn_run_addconf, NULL, NULL },
	{ "syncconf", "DEV FILE",
	  "Change only what differs between a device and a file",
	  2, 2, sixpn_run_syncconf, NULL, NULL },
	{ "whois", "DEV ADDRESS",
	  "Tell whose an inner address is, and where it is",
	  2, 2, sixpn_run_whois, NULL, NULL },
	{ "dig", "[ TYPE ] NAME [ @SERVER ] [ --network NET ] [ --tcp ] "
	  "[ --short ]",
	  "Ask the resolver for a name or an address", 1, 3, sixpn_run_dig,
	  "TYPE: of records, AAAA unless told, PTR of an address. NET: a network whose\n"
	  "resolver is asked. SERVER: another one, ADDRESS or [ADDRESS]:PORT (fdaa::3).\n",
	  dig_options },
	{ "monitor", "[ DEV ]",
	  "Print events as they happen", 0, 1, sixpn_run_monitor, NULL, NULL },
	{ "genkey", "", "Generate a private key", 0, 0, sixpn_run_genkey, NULL, NULL },
	{ "genpsk", "", "Generate a preshared key", 0, 0, sixpn_run_genpsk, NULL, NULL },
	{ "pubkey", "",
	  "Read a private key from standard input, print its public key",
	  0, 0, sixpn_run_pubkey, NULL, NULL },
	{ "help", "[ COMMAND [ VERB ] ]", "Show usage", 0, 2, sixpn_run_help, NULL, NULL },
	{ 0 },
};

/* In the order in which help lists them. */
static const struct sixpn_command *const tables[] = {
	sixpn_up_commands,
	sixpn_agent_commands,
	sixpn_network_commands,
	sixpn_host_commands,
	sixpn_machine_commands,
	sixpn_app_commands,
	sixpn_client_commands,
	kernel_commands,
};

const struct sixpn_command *sixpn_command_at(unsigned int i)
{
	size_t table;

	for (table = 0; table < sizeof(tables) / sizeof(*tables); table++) {
		const struct sixpn_command *row = tables[table];

		for (; row->name; row++)
			if (!i--)
				return row;
	}
	return NULL;
}

/* The length of the first word of a name. */
static size_t noun_length(const char *name)
{
	return strcspn(name, " ");
}

static bool is_noun_of(const struct sixpn_command *command, const char *word)
{
	size_t length = noun_length(command->name);

	return command->name[length] && strlen(word) == length &&
	       !strncmp(command->name, word, length);
}

const struct sixpn_command *sixpn_command_find(const char *name,
					       const char *verb)
{
	const struct sixpn_command *command;
	unsigned int i;

	for (i = 0; (command = sixpn_command_at(i)); i++) {
		if (verb ? is_noun_of(command, name) &&
			   !strcmp(command->name + strlen(name) + 1, verb) :
			   !strcmp(command->name, name))
			return command;
	}
	return NULL;
}

bool sixpn_command_is_noun(const char *word)
{
	const struct sixpn_command *command;
	unsigned int i;

	for (i = 0; (command = sixpn_command_at(i)); i++)
		if (is_noun_of(command, word))
			return true;
	return false;
}

void sixpn_command_verbs(char *text, size_t room, const char *noun)
{
	const struct sixpn_command *command;
	unsigned int i, left = 0;
	size_t used = 0;

	for (i = 0; (command = sixpn_command_at(i)); i++)
		left += is_noun_of(command, noun);
	text[0] = '\0';
	for (i = 0; (command = sixpn_command_at(i)) && used < room; i++) {
		if (!is_noun_of(command, noun))
			continue;
		left--;
		used += (size_t)snprintf(text + used, room - used, "%s%s",
					 command->name + strlen(noun) + 1,
					 left > 1 ? ", " : left ? " or " : "");
	}
}
