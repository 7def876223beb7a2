// SPDX-License-Identifier: GPL-2.0-or-later
#include "change.h"

#include <string.h>

#include "environment.h"
#include "format.h"
#include "journal.h"
#include "netlink.h"
#include "parse.h"
#include "print.h"
#include "resolve.h"

int sixpn_change_name(struct sixpn_run *run, struct sixpn_device *change,
		      const char *name)
{
	if (sixpn_parse_ifname(change->ifname, name, strlen(name)))
		return sixpn_complain(run, "not a device name: '%s'", name);
	return SIXPN_EXIT_OK;
}

static void tell_retry(void *context, const char *what, unsigned int pause_ms)
{
	sixpn_warn(context, "%s; trying again in %u.%02u seconds", what,
		   pause_ms / 1000, pause_ms % 1000 / 10);
}

int sixpn_change_resolve(struct sixpn_run *run, struct sixpn_device *change)
{
	const char *retries = sixpn_environment("ENDPOINT_RESOLUTION_RETRIES");
	struct sixpn_resolve_options options = {
		.retries = SIXPN_RESOLVE_RETRIES,
		.notice = tell_retry,
		.context = run,
	};
	struct sixpn_error error;
	uint64_t number;

	if (retries && !strcmp(retries, "infinity"))
		options.retries = SIXPN_RESOLVE_FOR_EVER;
	else if (retries && !sixpn_parse_number(&number, retries,
						strlen(retries), INT32_MAX))
		options.retries = (unsigned int)number;
	if (sixpn_resolve_device(change, &options, &error))
		return sixpn_complain(run, "%s", error.text);
	return SIXPN_EXIT_OK;
}

/* Without any part it asks whether there is such a device. */
static bool has_device_part(const struct sixpn_device *change)
{
	return change->has || change->flags || change->peer_count ||
	       !sixpn_journal_steps(change);
}

/* The address is what the caller of set wants to know. */
static void print_made(void *context, const struct sixpn_machine *machine)
{
	struct sixpn_run *run = context;
	char address[SIXPN_ALLOWEDIP_TEXT_MAX];

	if (run->out.json) {
		sixpn_print_machine(&run->out, machine);
		return;
	}
	sixpn_format_6pn(address, &machine->address);
	sixpn_out_text(&run->out, "%s\n", address);
}

static int apply(struct sixpn_journal *journal,
		 const struct sixpn_device *change, struct sixpn_error *error)
{
	int ret = 0;

	if (has_device_part(change))
		ret = sixpn_journal_device(journal, change, error);
	if (!ret)
		ret = sixpn_journal_objects(journal, change, error);
	if (ret)
		sixpn_journal_undo(journal, error);
	return ret;
}

int sixpn_change_apply(struct sixpn_run *run, const struct sixpn_device *change)
{
	struct sixpn_kernel kernel = { .ifname = change->ifname };
	struct sixpn_journal journal = {
		.ops = &sixpn_kernel_ops, .context = &kernel,
		.undoable = sixpn_journal_steps(change) > 1,
	};
	struct sixpn_error error;
	int ret;

	if (sixpn_netlink_open(&kernel.netlink, &error))
		return sixpn_complain(run, "%s", error.text);
	ret = apply(&journal, change, &error);
	/* Only now: what is refused prints nothing. */
	if (!ret && change->machine_count) {
		sixpn_out_open_array(&run->out, NULL);
		sixpn_journal_tell(&journal, print_made, run);
		sixpn_out_close(&run->out);
	}
	sixpn_journal_clear(&journal);
	sixpn_netlink_close(kernel.netlink);
	if (ret)
		return sixpn_complain(run, "%s: %s", change->ifname, error.text);
	return SIXPN_EXIT_OK;
}

void sixpn_change_warn_host_bits(const struct sixpn_run *run,
				 unsigned int count)
{
	if (count)
		sixpn_warn(run, "warning: cleared the bits past the prefix length of %u allowed ip%s",
			   count, count == 1 ? "" : "s");
}
