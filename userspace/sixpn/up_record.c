// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * up: the record of this host.
 */
#include "up.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "link.h"

/* So often in a row somebody else is not faster by chance. */
#define ATTEMPTS_MAX 8

static void add_endpoint(struct sixpn_record_host *host,
			 const struct sixpn_endpoint_words *words)
{
	char *text = host->endpoints[host->endpoint_count];
	bool v6 = strchr(words->host, ':') != NULL;
	size_t i;

	snprintf(text, sizeof(host->endpoints[0]), "%s%s%s:%s", v6 ? "[" : "",
		 words->host, v6 ? "]" : "", words->service);
	/* One that the file has twice is one. */
	for (i = 0; strcmp(host->endpoints[i], text); i++)
		;
	host->endpoint_count += i == host->endpoint_count;
}

static int set_endpoints(struct sixpn_noun *noun,
			 struct sixpn_record_host *host, uint16_t port)
{
	const struct sixpn_host_config *config = &noun->node.config;
	struct sixpn_record_host found = { 0 };
	size_t i;
	int ret;

	for (i = 0; i < config->endpoint_count; i++)
		add_endpoint(&found, &config->endpoints[i].words);
	if (!config->endpoint_count) {
		ret = sixpn_link_endpoints(port, config->device,
					   found.endpoints,
					   SIXPN_RECORD_ENDPOINTS_MAX,
					   &noun->error);
		if (ret < 0)
			return ret;
		found.endpoint_count = (size_t)ret;
	}
	/* Addresses may come later than this: the old ones are better than none. */
	if (!found.endpoint_count)
		return 0;
	memcpy(host->endpoints, found.endpoints, sizeof(host->endpoints));
	host->endpoint_count = found.endpoint_count;
	return 0;
}

static int set_fields(struct sixpn_noun *noun, struct sixpn_record_host *host,
		      uint16_t port)
{
	const struct sixpn_host_config *config = &noun->node.config;

	strcpy(host->name, config->name);
	strcpy(host->region, config->region);
	host->port = port;
	host->gateway = config->gateway;
	return set_endpoints(noun, host, port);
}

/* @host: empty if this host is not there yet */
static int read_self(struct sixpn_noun *noun, struct sixpn_record *host)
{
	int ret = sixpn_node_self(&noun->node, host, &noun->error);

	if (ret == -ENOENT) {
		memset(host, 0, sizeof(*host));
		host->kind = SIXPN_RECORD_HOST;
		host->host.host = noun->node.host_id;
		host->host.created = sixpn_noun_now();
		memcpy(host->host.public_key, noun->node.public_key,
		       SIXPN_KEY_LEN);
		return 0;
	}
	if (ret || host->host.host == noun->node.host_id)
		return ret;
	ret = sixpn_error_set(&noun->error, -EPERM,
			      "the registry has this host with id %u, the configuration with %u (run: sixpn host leave, to give up the old one)",
			      host->host.host, noun->node.host_id);
	sixpn_record_clear(host);
	return ret;
}

/* Return: -EAGAIN: somebody else was faster. */
static int put_once(struct sixpn_noun *noun, uint16_t port, bool *changed)
{
	struct sixpn_record host, before = { 0 };
	int ret;

	ret = read_self(noun, &host);
	if (ret)
		return ret;
	if (host.revision)
		ret = sixpn_record_copy(&before, &host);
	if (!ret)
		ret = set_fields(noun, &host.host, port);
	*changed = !host.revision || !sixpn_record_equal(&before, &host);
	if (!ret && *changed)
		ret = sixpn_registry_put(noun->node.registry, &host, 0,
					 &noun->error);
	sixpn_record_clear(&before);
	sixpn_record_clear(&host);
	return ret;
}

int sixpn_up_record(struct sixpn_noun *noun, uint16_t port, bool *changed)
{
	unsigned int attempt;
	int ret = -EAGAIN;

	/* What nobody has confirmed may be there: reading it again tells. */
	for (attempt = 0; attempt < ATTEMPTS_MAX &&
	     (ret == -EAGAIN || (ret == -ETIMEDOUT && attempt == 1)); attempt++)
		ret = put_once(noun, port, changed);
	return ret ? sixpn_error_prefix(&noun->error, ret,
					"host '%s' cannot be entered in the registry",
					noun->node.config.name) : 0;
}
