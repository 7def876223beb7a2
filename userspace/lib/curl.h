/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libcurl, loaded when it is first needed: only a registry in etcd needs it, and
 * with all that it brings along it would take longer to load than most commands
 * take to run.
 */
#ifndef SIXPN_LIB_CURL_H
#define SIXPN_LIB_CURL_H

#include <curl/curl.h>

#include "error.h"

/* The functions of libcurl that are used here: NAME stands for curl_NAME. */
#define SIXPN_CURL_FUNCTIONS(F) \
	F(easy_cleanup) \
	F(easy_getinfo) \
	F(easy_init) \
	F(easy_setopt) \
	F(easy_strerror) \
	F(global_cleanup) \
	F(global_init) \
	F(multi_add_handle) \
	F(multi_cleanup) \
	F(multi_info_read) \
	F(multi_init) \
	F(multi_perform) \
	F(multi_poll) \
	F(multi_remove_handle) \
	F(multi_setopt) \
	F(multi_socket_action) \
	F(slist_append) \
	F(slist_free_all)

struct sixpn_curl {
#define SIXPN_CURL_MEMBER(name) __typeof__(curl_##name) *name;
	SIXPN_CURL_FUNCTIONS(SIXPN_CURL_MEMBER)
#undef SIXPN_CURL_MEMBER
};

extern struct sixpn_curl sixpn_curl;

/**
 * sixpn_curl_load() - fill in sixpn_curl; it stays loaded
 *
 * Return: 0, or -ENOENT: it is not installed.
 */
int sixpn_curl_load(struct sixpn_error *error);

#endif
