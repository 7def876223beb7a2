// SPDX-License-Identifier: GPL-2.0-or-later
#include "user.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cap-ng.h>

static int find(const char *name, uid_t *uid, gid_t *gid,
		struct sixpn_error *error)
{
	const struct passwd *entry = getpwnam(name);

	if (!entry)
		return sixpn_error_set(error, -ENOENT,
				       "resolver-user: there is no user '%s'",
				       name);
	*uid = entry->pw_uid;
	*gid = entry->pw_gid;
	return 0;
}

/* Those that it lacks it does without. */
static void choose(bool files, bool secrets)
{
	const struct {
		unsigned int number;
		bool wanted;
	} capabilities[] = {
		{ CAP_NET_ADMIN, true },
		{ CAP_NET_BIND_SERVICE, true },
		{ CAP_DAC_OVERRIDE, files },
		{ CAP_DAC_READ_SEARCH, secrets },
	};
	const size_t count = sizeof(capabilities) / sizeof(*capabilities);
	bool stays[sizeof(capabilities) / sizeof(*capabilities)];
	size_t i;

	capng_get_caps_process();
	for (i = 0; i < count; i++)
		stays[i] = capabilities[i].wanted &&
			   capng_have_capability(CAPNG_PERMITTED,
						 capabilities[i].number);
	capng_clear(CAPNG_SELECT_BOTH);
	for (i = 0; i < count; i++)
		if (stays[i])
			capng_update(CAPNG_ADD,
				     CAPNG_EFFECTIVE | CAPNG_PERMITTED,
				     capabilities[i].number);
}

int sixpn_user_become(const char *name, bool files, bool secrets,
		      struct sixpn_error *error)
{
	uid_t uid = getuid();
	gid_t gid = getgid();
	int ret = 0;

	if (!geteuid())
		ret = find(name, &uid, &gid, error);
	if (ret)
		return ret;
	choose(files, secrets);
	if (geteuid())
		ret = capng_apply(CAPNG_SELECT_CAPS);
	else
		ret = capng_change_id((int)uid, (int)gid,
				      CAPNG_DROP_SUPP_GRP |
				      CAPNG_CLEAR_BOUNDING);
	if (ret)
		return sixpn_error_set(error, -EPERM,
				       "cannot become user '%s' (step %d)",
				       name, -ret);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return sixpn_error_set(error, -errno,
				       "cannot give up new privileges: %s",
				       strerror(errno));
	return 0;
}

int sixpn_user_folder(const char *path, const char *name,
		      struct sixpn_error *error)
{
	char folder[256];
	uid_t uid = 0;
	gid_t gid = 0;
	char *slash;
	int ret = 0;

	if ((size_t)snprintf(folder, sizeof(folder), "%s", path) >=
	    sizeof(folder))
		return sixpn_error_set(error, -ENAMETOOLONG,
				       "resolver-metrics is too long");
	slash = strrchr(folder, '/');
	if (slash == folder)
		return 0;
	*slash = '\0';
	if (mkdir(folder, 0755))
		return errno == EEXIST ? 0 :
		       sixpn_error_set(error, -errno, "%s cannot be made: %s",
				       folder, strerror(errno));
	if (!geteuid())
		ret = find(name, &uid, &gid, error);
	if (!ret && !geteuid() && chown(folder, uid, gid))
		ret = sixpn_error_set(error, -errno, "%s: %s", folder,
				      strerror(errno));
	return ret;
}
