// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as a configuration file. What is understood is written and read
 * again, and must come out the same.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *write_config(const struct sixpn_device *device)
{
	char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	if (!stream)
		abort();
	sixpn_config_write(stream, device);
	fclose(stream);
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sixpn_device device = { 0 }, again = { 0 };
	struct sixpn_error error = { 0 };
	unsigned int host_bits = 0;
	char *first, *second;

	if (sixpn_config_parse(&device, SIXPN_CONFIG_ADD, &host_bits,
			       (const char *)data, size, &error)) {
		if (strncmp(error.text, "line ", 5))
			abort();
		sixpn_device_clear(&device);
		return 0;
	}
	first = write_config(&device);
	/* Its networks need not be in it. */
	if (sixpn_config_parse(&again, device.machine_count ||
			       device.route_count ? SIXPN_CONFIG_ADD :
						    SIXPN_CONFIG_WHOLE, NULL, first,
			       strlen(first), &error))
		abort();
	second = write_config(&again);
	/* A key of zero is "none" in the model of a state, not in a file. */
	if (again.peer_count != device.peer_count ||
	    again.network_count != device.network_count ||
	    again.machine_count != device.machine_count ||
	    again.route_count != device.route_count ||
	    (device.has & SIXPN_DEVICE_HAS_PRIVATE_KEY &&
	     strcmp(first, second)))
		abort();
	free(first);
	free(second);
	sixpn_device_clear(&device);
	sixpn_device_clear(&again);
	return 0;
}
