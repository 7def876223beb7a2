// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The part of reconciling that faces the files of network namespaces.
 */
#include "reconcile.h"

#include <errno.h>
#include <string.h>

#include "netns_etc.h"

struct writing {
	struct sixpn_netns_etc etc;
	const struct sixpn_reconcile_what *what;
	const struct sixpn_reconcile_options *options;
};

/* What came of one machine's lines. Return: 0 if others may go on. */
static int done_with(const struct writing *writing, int ret, bool changed,
		     const struct sixpn_error *why)
{
	const struct sixpn_reconcile_options *options = writing->options;

	if (ret == -ENOMEM)
		return ret;
	if (options->result) {
		options->result->left_out += ret != 0;
		options->result->changed += !ret && changed;
	}
	if (ret && options->notice)
		options->notice(options->context, why->text);
	return 0;
}

static bool is_in_scope(const struct writing *writing,
			const struct in6_addr *address)
{
	const struct sixpn_scope *scope = writing->what->scope;

	return !scope || sixpn_scope_has_address(scope, address);
}

/* Any of a machine at all: its folders need not be looked through otherwise. */
static bool is_about_machines(const struct sixpn_scope *scope)
{
	size_t i;

	if (!scope)
		return true;
	for (i = 0; i < scope->count; i++)
		if (sixpn_addr_machine(&scope->items[i].address))
			return true;
	return false;
}

/* Whether the machine is to have lines in the files of @name, or may be. */
static bool is_wanted(const struct writing *writing, const char *name,
		      const struct in6_addr *address)
{
	const struct sixpn_record here = {
		.kind = SIXPN_RECORD_MACHINE,
		.machine = { .host = writing->what->self,
			     .address = *address },
	};
	const struct sixpn_view_entry *entry;
	char key[SIXPN_RECORD_KEY_MAX];
	const char *wanted;

	sixpn_record_key(&here, key);
	entry = sixpn_view_find(writing->what->view, key);
	if (!entry || entry->bad)
		return entry;
	wanted = sixpn_netns_etc_name(&entry->record.machine,
				      writing->what->self);
	return wanted && !strcmp(wanted, name);
}

static int visit(void *context, const char *name,
		 const struct in6_addr *address)
{
	const struct writing *writing = context;
	struct sixpn_error why = { 0 };
	bool changed = false;
	int ret;

	if (!is_in_scope(writing, address) ||
	    is_wanted(writing, name, address))
		return 0;
	ret = sixpn_netns_etc_remove(&writing->etc, name, address, &changed,
				     &why);
	return done_with(writing, ret, changed, &why);
}

static int write_lines(const struct writing *writing,
		       const struct sixpn_record_machine *machine)
{
	const char *name = sixpn_netns_etc_name(machine, writing->what->self);
	struct sixpn_netns_done done;
	struct sixpn_error why = { 0 };
	int ret;

	if (!name || !is_in_scope(writing, &machine->address))
		return 0;
	ret = sixpn_netns_etc_write(&writing->etc, name, &machine->address,
				    &done, &why);
	if (ret)
		sixpn_error_prefix(&why, ret, "machine %s", machine->name);
	return done_with(writing, ret, done.changed, &why);
}

int sixpn_reconcile_etc(const struct sixpn_reconcile_what *what,
			const struct sixpn_reconcile_options *options,
			struct sixpn_error *error)
{
	struct writing writing = {
		.etc = { .root = what->etc, .self = what->self },
		.what = what, .options = options,
	};
	size_t i;
	int ret;

	if (!what->etc || !is_about_machines(what->scope))
		return 0;
	ret = sixpn_netns_etc_visit(&writing.etc, visit, &writing);
	for (i = 0; !ret && i < what->view->count; i++) {
		const struct sixpn_view_entry *entry = what->view->entries[i];

		if (!entry->bad && entry->record.kind == SIXPN_RECORD_MACHINE)
			ret = write_lines(&writing, &entry->record.machine);
	}
	return ret ? sixpn_error_set(error, ret, "out of memory") : 0;
}
