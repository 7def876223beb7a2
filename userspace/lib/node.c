// SPDX-License-Identifier: GPL-2.0-or-later
#include "node.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node_file.h"

#define PASSWORD_MAX 4096
#define SQLITE "sqlite:"

/* --- Open and close. --- */

int sixpn_node_open_config(struct sixpn_node *node, const char *file,
			   struct sixpn_error *error)
{
	struct sixpn_node result = { 0 };
	int ret;

	ret = sixpn_host_config_load(&result.config,
				     file ? file : SIXPN_HOST_CONFIG_PATH,
				     file != NULL, error);
	if (!ret)
		*node = result;
	return ret;
}

/* One line, which is the whole file. */
static int read_password(const char *path, char password[PASSWORD_MAX + 1],
			 struct sixpn_error *error)
{
	size_t length;
	int ret;

	ret = sixpn_node_file_read(path, password, PASSWORD_MAX, &length, error);
	if (ret)
		return ret;
	if (length && password[length - 1] == '\n')
		length--;
	if (length && password[length - 1] == '\r')
		length--;
	password[length] = '\0';
	if (!length || strpbrk(password, "\r\n") || strlen(password) != length)
		return sixpn_error_set(error, -EINVAL,
				       "%s: not a password, of one line", path);
	return 0;
}

static int open_store(struct sixpn_node *node, const char *password,
		      struct sixpn_error *error)
{
	const struct sixpn_host_config *config = &node->config;
	struct sixpn_store_options options = {
		.timeout_ms = config->registry_timeout * 1000,
		.ca_file = config->registry_ca,
		.cert_file = config->registry_cert,
		.key_file = config->registry_key,
		.user = config->registry_user,
		.password = password,
	};

	return sixpn_store_open(&node->store, config->registry, &options,
				error);
}

int sixpn_node_open_registry(struct sixpn_node *node, struct sixpn_error *error)
{
	const struct sixpn_host_config *config = &node->config;
	char password[PASSWORD_MAX + 1] = "";
	int ret = 0;

	if (!strncmp(config->registry, SQLITE, strlen(SQLITE)))
		ret = sixpn_node_file_folder(config->registry + strlen(SQLITE),
					     error);
	else if (config->registry_password_file)
		ret = read_password(config->registry_password_file, password,
				    error);
	if (!ret)
		ret = open_store(node,
				 config->registry_password_file ? password :
								  NULL,
				 error);
	sixpn_key_wipe(password, sizeof(password));
	if (ret)
		return ret;
	ret = sixpn_registry_open(&node->registry, node->store, error);
	if (ret) {
		sixpn_store_close(node->store);
		node->store = NULL;
	}
	return ret;
}

int sixpn_node_open(struct sixpn_node *node, const char *file,
		    struct sixpn_error *error)
{
	struct sixpn_node result;
	int ret;

	ret = sixpn_node_open_config(&result, file, error);
	if (ret)
		return ret;
	ret = sixpn_node_open_registry(&result, error);
	if (ret)
		sixpn_node_close(&result);
	else
		*node = result;
	return ret;
}

void sixpn_node_close_registry(struct sixpn_node *node)
{
	sixpn_registry_close(node->registry);
	sixpn_store_close(node->store);
	node->registry = NULL;
	node->store = NULL;
}

void sixpn_node_close(struct sixpn_node *node)
{
	sixpn_node_close_registry(node);
	sixpn_host_config_clear(&node->config);
	sixpn_key_wipe(node, sizeof(*node));
}

/* --- Networks and hosts by a word. --- */

struct only {
	struct sixpn_record *record;
	size_t count, bad;
};

static int keep_first(void *data, const struct sixpn_record *record)
{
	struct only *only = data;

	return only->count++ ? 0 : sixpn_record_copy(only->record, record);
}

/* One that cannot be read is one, too. */
static void count_bad(void *data, const char *key,
		      const struct sixpn_error *why)
{
	struct only *only = data;

	(void)key;
	(void)why;
	only->bad++;
}

static int only_network(struct sixpn_node *node, struct sixpn_record *network,
			struct sixpn_error *error)
{
	struct sixpn_registry_what what = { .kind = SIXPN_RECORD_NETWORK };
	struct only only = { .record = network };
	int ret;

	memset(network, 0, sizeof(*network));
	ret = sixpn_registry_list(node->registry, &what, keep_first, count_bad,
				  &only, error);
	if (!ret && only.count == 1 && !only.bad)
		return 0;
	sixpn_record_clear(network);
	memset(network, 0, sizeof(*network));
	if (ret)
		return ret;
	if (!only.count && !only.bad)
		return sixpn_error_set(error, -EINVAL,
				       "there is no network (run: sixpn network add NAME)");
	return sixpn_error_set(error, -EINVAL,
			       "there are %zu networks, one has to be named ('sixpn network list' lists them)",
			       only.count + only.bad);
}

static int add_hint(int ret, const char *noun, struct sixpn_error *error)
{
	if (ret == -ENOENT && error)
		sixpn_error_append(error, " ('sixpn %s list' lists those there are)",
				   noun);
	return ret;
}

/* A name begins with a letter: no word is a name and an id. */
static int get_network(struct sixpn_node *node, const char *word,
		       struct sixpn_record *network, struct sixpn_error *error)
{
	char name[SIXPN_LABEL_MAX + 1];
	size_t length = strlen(word);
	uint32_t id;

	if (!sixpn_parse_id(&id, word, length, 1))
		return sixpn_registry_get_network(node->registry, id, network,
						  error);
	memset(network, 0, sizeof(*network));
	if (sixpn_parse_label(name, word, length) ||
	    (name[0] >= '0' && name[0] <= '9'))
		return sixpn_error_set(error, -EINVAL,
				       "neither the name nor the id of a network: '%s'",
				       word);
	return sixpn_registry_get_network_named(node->registry, name, network,
						error);
}

int sixpn_node_network(struct sixpn_node *node, const char *word,
		       struct sixpn_record *network, struct sixpn_error *error)
{
	if (!word)
		return only_network(node, network, error);
	return add_hint(get_network(node, word, network, error), "network",
			error);
}

/* A number that is the id of one host and the name of another is neither. */
static int check_one_host(struct sixpn_node *node, const char *name,
			  struct sixpn_record *host, struct sixpn_error *error)
{
	struct sixpn_record named;
	bool other;

	if (sixpn_registry_get_host_named(node->registry, name, &named, NULL))
		return 0;
	other = named.host.host != host->host.host;
	sixpn_record_clear(&named);
	if (!other)
		return 0;
	sixpn_record_clear(host);
	memset(host, 0, sizeof(*host));
	return sixpn_error_set(error, -EINVAL,
			       "%s is the id of one host and the name of another: give the id in hexadecimal, after 0x, or the other's id",
			       name);
}

/* A name may be a number: it is one if no host has it as its id. */
static int get_host(struct sixpn_node *node, const char *word,
		    struct sixpn_record *host, struct sixpn_error *error)
{
	char name[SIXPN_LABEL_MAX + 1];
	size_t length = strlen(word);
	bool is_name = !sixpn_parse_label(name, word, length);
	uint32_t id;
	int ret;

	if (!sixpn_parse_id(&id, word, length, SIXPN_HOST_MIN)) {
		ret = sixpn_registry_get_host(node->registry, id, host, error);
		if (!ret && is_name)
			return check_one_host(node, name, host, error);
		if (ret != -ENOENT || !is_name)
			return ret;
		ret = sixpn_registry_get_host_named(node->registry, name, host,
						    NULL);
		if (ret == -ENOENT)
			return sixpn_error_set(error, ret,
					       "the registry has no host %s",
					       word);
		return sixpn_error_set(error, ret, "host '%s' cannot be read",
				       name);
	}
	memset(host, 0, sizeof(*host));
	if (!is_name)
		return sixpn_error_set(error, -EINVAL,
				       "neither the name nor the id of a host: '%s'",
				       word);
	return sixpn_registry_get_host_named(node->registry, name, host, error);
}

int sixpn_node_host(struct sixpn_node *node, const char *word,
		    struct sixpn_record *host, struct sixpn_error *error)
{
	if (!word)
		return sixpn_node_self(node, host, error);
	return add_hint(get_host(node, word, host, error), "host", error);
}

int sixpn_node_self(struct sixpn_node *node, struct sixpn_record *host,
		    struct sixpn_error *error)
{
	int ret = 0;

	memset(host, 0, sizeof(*host));
	if (!node->has_key)
		ret = sixpn_node_load_key(node, false, error);
	if (ret)
		return ret;
	ret = sixpn_registry_get_key(node->registry, node->public_key, host,
				     error);
	if (ret == -ENOENT)
		return sixpn_error_set(error, ret,
				       "this host is not in the registry (run: sixpn up)");
	if (ret || host->kind == SIXPN_RECORD_HOST)
		return ret;
	ret = sixpn_error_set(error, -EINVAL,
			      "%s: the key of this host is that of client '%s' (remove the file, and 'sixpn up' makes another one)",
			      node->config.key_file, host->client.name);
	sixpn_record_clear(host);
	memset(host, 0, sizeof(*host));
	return ret;
}
