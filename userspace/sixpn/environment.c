// SPDX-License-Identifier: GPL-2.0-or-later
#include "environment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *sixpn_environment(const char *name)
{
	static const char *const prefixes[] = { "SIXPN_", "WG_" };
	char full[64];
	size_t i;

	for (i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
		const char *value;

		snprintf(full, sizeof(full), "%s%s", prefixes[i], name);
		value = getenv(full);
		if (value)
			return value;
	}
	return NULL;
}

bool sixpn_hides_keys(void)
{
	const char *value = sixpn_environment("HIDE_KEYS");

	return !value || strcmp(value, "never");
}
