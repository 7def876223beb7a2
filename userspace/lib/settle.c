// SPDX-License-Identifier: GPL-2.0-or-later
#include "settle.h"

#include <errno.h>

static int get_again(struct sixpn_registry *registry,
		     const struct sixpn_record *record,
		     struct sixpn_record *now, struct sixpn_error *error)
{
	switch (record->kind) {
	case SIXPN_RECORD_NETWORK:
		return sixpn_registry_get_network_named(registry,
							record->network.name,
							now, error);
	case SIXPN_RECORD_HOST:
		return sixpn_registry_get_host(registry, record->host.host, now,
					       error);
	case SIXPN_RECORD_MACHINE:
		return sixpn_registry_get_address(registry,
						  &record->machine.address, now,
						  error);
	case SIXPN_RECORD_CLIENT:
		return sixpn_registry_get_address(registry,
						  &record->client.address, now,
						  error);
	case SIXPN_RECORD_SERVICE:
		return sixpn_registry_get_address(registry,
						  &record->service.address, now,
						  error);
	default:
		return sixpn_error_set(error, -ENOTSUP,
				       "records of this kind are not asked for");
	}
}

/* What was under way may still arrive: the registry cannot take it back. */
static int not_done(struct sixpn_error *error, const char *what)
{
	return sixpn_error_set(error, -ECANCELED,
			       "the registry did not answer in time; asked again, it %s, but may come to it late: look at it, then try again",
			       what);
}

static int not_known(struct sixpn_error *error)
{
	sixpn_error_append(error, "; the registry may have changed or not: look once it answers");
	return -ETIMEDOUT;
}

int sixpn_settle_put(struct sixpn_registry *registry,
		     struct sixpn_record *record, struct sixpn_error *error)
{
	struct sixpn_record now = { .kind = record->kind };
	int ret = sixpn_registry_put(registry, record, 0, error);

	if (ret != -ETIMEDOUT)
		return ret;
	ret = get_again(registry, record, &now, NULL);
	if (!ret && now.kind == record->kind &&
	    sixpn_record_equal(&now, record))
		record->revision = now.revision;
	else if (!ret || ret == -ENOENT)
		ret = not_done(error, "had not changed");
	else
		ret = not_known(error);
	sixpn_record_clear(&now);
	return ret;
}

int sixpn_settle_delete(struct sixpn_registry *registry,
			const struct sixpn_record *record,
			struct sixpn_error *error)
{
	struct sixpn_record now = { .kind = record->kind };
	int ret = sixpn_registry_delete(registry, record, error);

	if (ret != -ETIMEDOUT)
		return ret;
	ret = get_again(registry, record, &now, NULL);
	if (ret == -ENOENT)
		ret = 0;
	else if (!ret)
		ret = not_done(error, "still had it");
	else
		ret = not_known(error);
	sixpn_record_clear(&now);
	return ret;
}
