// SPDX-License-Identifier: GPL-2.0-or-later
#include "reconcile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "netns_etc.h"

/* --- From the registry. --- */

struct reading {
	struct sixpn_view *view;
	void (*bad)(void *context, const char *text);
	void *context;
	int ret;
};

static int take(void *data, const struct sixpn_record *record)
{
	struct reading *reading = data;

	return sixpn_view_put(reading->view, record);
}

static void take_bad(void *data, const char *key, const struct sixpn_error *why)
{
	struct reading *reading = data;
	int ret = sixpn_view_put_bad(reading->view, key);

	if (ret && !reading->ret)
		reading->ret = ret;
	if (reading->bad)
		reading->bad(reading->context, why->text);
}

int sixpn_reconcile_away(struct sixpn_view *view,
			 struct sixpn_registry *registry, uint32_t self,
			 const struct sixpn_record_moved *moved,
			 struct sixpn_error *error)
{
	struct sixpn_record record;
	struct in6_addr address;
	int ret;

	if (moved->home != self)
		return 0;
	sixpn_addr_build(&address, moved->network, moved->home, moved->machine,
			 SIXPN_SUB_MACHINE);
	ret = sixpn_registry_get_address(registry, &address, &record, error);
	/* Its change, or one that mends it, will be told. */
	if (ret == -ENOENT || ret == -EBADMSG || ret == -EPROTO)
		return 0;
	if (ret)
		return ret;
	ret = 0;
	if (sixpn_record_address(&record))
		ret = sixpn_view_put(view, &record);
	sixpn_record_clear(&record);
	if (ret)
		sixpn_error_set(error, ret, "out of memory");
	return ret;
}

/* Those whose home is here and who are elsewhere. */
static int read_away(struct sixpn_view *view, struct sixpn_registry *registry,
		     uint32_t self, struct sixpn_error *error)
{
	struct sixpn_record_moved *moved;
	size_t i, count = 0;
	int ret = 0;

	moved = calloc(view->count + 1, sizeof(*moved));
	if (!moved)
		return sixpn_error_set(error, -ENOMEM, "out of memory");
	for (i = 0; i < view->count; i++)
		if (!view->entries[i]->bad &&
		    view->entries[i]->record.kind == SIXPN_RECORD_MOVED)
			moved[count++] = view->entries[i]->record.moved;
	for (i = 0; !ret && i < count; i++)
		ret = sixpn_reconcile_away(view, registry, self, &moved[i],
					   error);
	free(moved);
	return ret;
}

int sixpn_reconcile_read(struct sixpn_view *view,
			 struct sixpn_registry *registry, uint32_t self,
			 void (*bad)(void *context, const char *text),
			 void *context, struct sixpn_error *error)
{
	static const enum sixpn_record_kind kinds[] = {
		SIXPN_RECORD_NETWORK, SIXPN_RECORD_HOST, SIXPN_RECORD_MACHINE,
		SIXPN_RECORD_CLIENT, SIXPN_RECORD_MOVED,
	};
	struct reading reading = { .view = view, .bad = bad, .context = context };
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < sizeof(kinds) / sizeof(*kinds); i++) {
		const struct sixpn_registry_what what = {
			.kind = kinds[i], .host = self,
		};

		ret = sixpn_registry_list(registry, &what, take, take_bad,
					  &reading, error);
	}
	if (!ret && reading.ret)
		ret = sixpn_error_set(error, reading.ret, "out of memory");
	return ret ? ret : read_away(view, registry, self, error);
}

/* --- All at once. --- */

int sixpn_reconcile(struct sixpn_node *node,
		    const struct sixpn_reconcile_options *options,
		    struct sixpn_error *error)
{
	struct sixpn_kernel kernel = { .ifname = node->config.device };
	struct sixpn_view view = { 0 };
	const struct sixpn_reconcile_what what = {
		.view = &view, .self = node->host_id,
		.idle_expiry = node->config.client_idle_expiry,
		.now = (uint64_t)time(NULL),
		.etc = SIXPN_NETNS_ETC_ROOT,
	};
	int ret;

	ret = sixpn_netlink_open(&kernel.netlink, error);
	if (ret)
		return ret;
	ret = sixpn_reconcile_read(&view, node->registry, node->host_id,
				   options->notice, options->context, error);
	if (!ret)
		ret = sixpn_reconcile_apply(&sixpn_kernel_ops, &kernel, &what,
					    options, error);
	sixpn_view_clear(&view);
	sixpn_netlink_close(kernel.netlink);
	return ret;
}
