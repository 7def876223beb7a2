// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where a machine is to hang, of the words of add, start and move.
 */
#include "machine_noun.h"

#include <errno.h>
#include <string.h>

/* eth0 and the like are often taken. */
#define IFNAME_DEFAULT "eth6"

int sixpn_machine_check_attach(struct sixpn_run *run)
{
	bool netns = sixpn_run_option(run, "netns");
	bool bind = sixpn_run_option(run, "bind");
	bool host = sixpn_run_option(run, "host");

	if (netns + bind + host > 1)
		return sixpn_complain_usage(run, "a machine has one of --netns, --bind and --host");
	if (sixpn_run_option(run, "ifname") && !netns)
		return sixpn_complain_usage(run, "--ifname needs --netns");
	return SIXPN_EXIT_OK;
}

bool sixpn_machine_is_attach(const struct sixpn_run *run)
{
	return sixpn_run_option(run, "netns") ||
	       sixpn_run_option(run, "bind") || sixpn_run_option(run, "host");
}

static int set_ifname(struct sixpn_record_machine *machine, const char *word,
		      struct sixpn_error *error)
{
	if (sixpn_parse_ifname(machine->ifname, word, strlen(word)))
		return sixpn_error_set(error, -EINVAL,
				       "not an interface name: '%s'", word);
	return 0;
}

static int set_port(struct sixpn_record_machine *machine, const char *netns,
		    const char *ifname, struct sixpn_error *error)
{
	if (!netns[0] || strlen(netns) > SIXPN_RECORD_TEXT_MAX)
		return sixpn_error_set(error, -EINVAL,
				       "netns is not 1-%d bytes: '%s'",
				       SIXPN_RECORD_TEXT_MAX, netns);
	/* whoever attaches it next time is somewhere else */
	if (strchr(netns, '/') && netns[0] != '/')
		return sixpn_error_set(error, -EINVAL,
				       "netns is neither a name, a process nor a whole path: '%s'",
				       netns);
	machine->attachment = SIXPN_ATTACHMENT_PORT;
	strcpy(machine->netns, netns);
	return set_ifname(machine, ifname ? ifname : IFNAME_DEFAULT, error);
}

int sixpn_machine_attach(const struct sixpn_run *run,
			 struct sixpn_record_machine *machine,
			 struct sixpn_error *error)
{
	const char *netns = sixpn_run_option(run, "netns");
	const char *bind = sixpn_run_option(run, "bind");

	if (!sixpn_machine_is_attach(run))
		return 0;
	memset(machine->netns, 0, sizeof(machine->netns));
	memset(machine->ifname, 0, sizeof(machine->ifname));
	if (netns)
		return set_port(machine, netns,
				sixpn_run_option(run, "ifname"), error);
	machine->attachment = bind ? SIXPN_ATTACHMENT_BIND :
				     SIXPN_ATTACHMENT_HOST;
	return bind ? set_ifname(machine, bind, error) : 0;
}
