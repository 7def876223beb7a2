/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who the resolver is: not root, once it has started.
 */
#ifndef SIXPN_RESOLVER_USER_H
#define SIXPN_RESOLVER_USER_H

#include <stdbool.h>

#include "error.h"

/**
 * sixpn_user_become() - give up root, and all capabilities but a few
 * @name: whom to become if the caller is root; another caller stays who he is
 * @files: CAP_DAC_OVERRIDE is among those that stay: the registry is a file that
 *	is for root only
 * @secrets: CAP_DAC_READ_SEARCH is: a registry elsewhere is opened, again and
 *	again, with what a file for root only has
 *
 * Before any thread is started.
 *
 * Return: 0 or a negative errno.
 */
int sixpn_user_become(const char *name, bool files, bool secrets,
		      struct sixpn_error *error);

/**
 * sixpn_user_folder() - the folder of a socket, which that user may write in
 * @path: of the socket
 * @name: as above
 *
 * Made if it is not there; one that is there stays as it is.
 *
 * Return: 0 or a negative errno.
 */
int sixpn_user_folder(const char *path, const char *name,
		      struct sixpn_error *error);

#endif
