// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as the configuration of a host. They are refused with a sentence
 * that begins with the name of the file, or understood; then they are written
 * and read again, and must come out the same.
 */
#include "host_config.h"

#include <stdlib.h>
#include <string.h>

#define FILE_NAME "sixpn.conf"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *write_config(const struct sixpn_host_config *config)
{
	char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	if (!stream)
		abort();
	sixpn_host_config_write(stream, config);
	fclose(stream);
	return text;
}

static void check_ranges(const struct sixpn_host_config *config)
{
	if (config->host_id == 1 || !config->region[0] || !config->device[0] ||
	    config->endpoint_count > SIXPN_HOST_ENDPOINT_MAX ||
	    !config->key_file || !config->registry ||
	    !config->registry_timeout || config->registry_timeout > 60 ||
	    (config->mtu && config->mtu < 1280) || config->mtu > 65535 ||
	    config->lease < 5 || config->lease > 3600 ||
	    config->client_idle_expiry > SIXPN_IDLE_EXPIRY_MAX)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sixpn_host_config config, again;
	struct sixpn_error error = { 0 };
	char *first, *second;

	if (sixpn_host_config_parse(&config, (const char *)data, size,
				    FILE_NAME, &error)) {
		if (strncmp(error.text, FILE_NAME ": line ",
			    strlen(FILE_NAME ": line ")))
			abort();
		return 0;
	}
	check_ranges(&config);
	first = write_config(&config);
	if (sixpn_host_config_parse(&again, first, strlen(first), FILE_NAME,
				    &error))
		abort();
	second = write_config(&again);
	if (!sixpn_host_config_equal(&config, &again) || strcmp(first, second))
		abort();
	free(first);
	free(second);
	sixpn_host_config_clear(&config);
	sixpn_host_config_clear(&again);
	return 0;
}
