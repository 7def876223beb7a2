/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files /etc/netns/NAME/hosts and resolv.conf, which ip-netns(8) shows in
 * place of those of /etc: a machine in a namespace that has a name finds there
 * the resolver, and its own address. Lines that are not marked are somebody
 * else's and stay; see netns_text.h.
 */
#ifndef SIXPN_LIB_NETNS_ETC_H
#define SIXPN_LIB_NETNS_ETC_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "record.h"

/**
 * struct sixpn_netns_etc - where the files are
 * @root: "/etc": it has hosts, and netns/NAME
 * @self: id of this host; in the marks, for several may share a file system
 */
struct sixpn_netns_etc {
	const char *root;
	uint32_t self;
};

/* Where they are. */
#define SIXPN_NETNS_ETC_ROOT "/etc"

/**
 * sixpn_netns_etc_name() - the namespace whose files have a machine's lines
 *
 * Return: its name, in @machine; NULL: it is to have none, for it is not here,
 * is stopped, hangs on something else, or in a namespace without a name.
 */
const char *sixpn_netns_etc_name(const struct sixpn_record_machine *machine,
				 uint32_t self);

/**
 * struct sixpn_netns_done - what was written
 * @changed: any line
 * @added: the one of hosts: it was not there
 */
struct sixpn_netns_done {
	bool changed, added;
};

/**
 * sixpn_netns_etc_write() - the lines of a machine are there
 * @name: of the namespace
 * @done: set, also after a failure
 *
 * A file that is not there begins as a copy of /etc/hosts, or empty.
 *
 * Return: 0, -EBUSY (another sixpn writes for too long) or another negative
 * errno: a file may be left without its line.
 */
int sixpn_netns_etc_write(const struct sixpn_netns_etc *etc, const char *name,
			  const struct in6_addr *address,
			  struct sixpn_netns_done *done,
			  struct sixpn_error *error);

/**
 * sixpn_netns_etc_remove() - they are not there
 * @changed: set if they were; or NULL
 *
 * With the last line goes a file that was made, if nobody has changed it, and
 * the folder if it is empty then.
 *
 * Return: as sixpn_netns_etc_write().
 */
int sixpn_netns_etc_remove(const struct sixpn_netns_etc *etc, const char *name,
			   const struct in6_addr *address, bool *changed,
			   struct sixpn_error *error);

/**
 * sixpn_netns_etc_visit() - all lines of this host's machines
 * @visit: may write and remove; a return that is not 0 ends the visit
 *
 * What cannot be read is passed over.
 *
 * Return: 0, -ENOMEM or what @visit returned.
 */
int sixpn_netns_etc_visit(const struct sixpn_netns_etc *etc,
			  int (*visit)(void *context, const char *name,
				       const struct in6_addr *address),
			  void *context);

#endif
