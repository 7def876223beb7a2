// SPDX-License-Identifier: GPL-2.0-or-later
#include "host_config.h"

#include <errno.h>
#include <string.h>

#include "host_config_key.h"

#define QUOTED_MAX 64

/* @lines: where each key stands, the last time; 0: nowhere. */
struct parser {
	struct sixpn_host_config config;
	size_t lines[SIXPN_HOST_KEY_COUNT];
	size_t endpoint_lines[SIXPN_HOST_ENDPOINT_MAX];
	size_t line;		/* the one to blame */
	struct sixpn_error *error;
};

int sixpn_host_config_defaults(struct sixpn_host_config *config)
{
	struct sixpn_host_config result = { 0 };
	size_t i;

	for (i = 0; i < SIXPN_HOST_KEY_COUNT; i++) {
		const struct sixpn_host_key *key = &sixpn_host_keys[i];
		int ret;

		if (!key->standard)
			continue;
		ret = sixpn_host_key_set(key, &result, key->standard,
					 strlen(key->standard), NULL);
		if (ret) {
			sixpn_host_config_clear(&result);
			return ret;
		}
	}
	*config = result;
	return 0;
}

int sixpn_host_config_name(char name[SIXPN_LABEL_MAX + 1],
			   const char *hostname)
{
	char label[SIXPN_LABEL_MAX + 1];
	size_t used = 0;

	for (; *hostname && *hostname != '.'; hostname++) {
		char c = *hostname;
		bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
			     (c >= 'A' && c <= 'Z');

		/* Where a label may not have a '-', it has nothing instead. */
		if (used < SIXPN_LABEL_MAX && (plain || used))
			label[used++] = plain ? c : '-';
	}
	while (used && label[used - 1] == '-')
		used--;
	return sixpn_parse_label(name, label, used);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static void trim(const char **text, size_t *length)
{
	while (*length && is_blank(**text)) {
		(*text)++;
		(*length)--;
	}
	while (*length && is_blank((*text)[*length - 1]))
		(*length)--;
}

/* Return: the length without the comment. */
static size_t cut_comment(const char *line, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++)
		if (line[i] == '#' && (!i || is_blank(line[i - 1])))
			return i;
	return length;
}

static int check_characters(struct parser *parser, const char *line,
			    size_t length)
{
	size_t i;

	for (i = 0; i < length; i++) {
		unsigned char c = (unsigned char)line[i];

		if (!c)
			return sixpn_error_set(parser->error, -EINVAL,
					       "a NUL byte");
		if ((c < ' ' && c != '\t') || c == 0x7f)
			return sixpn_error_set(parser->error, -EINVAL,
					       "a control character");
	}
	return 0;
}

static int quoted(size_t length)
{
	return (int)(length < QUOTED_MAX ? length : QUOTED_MAX);
}

static int unknown_key(struct parser *parser, const char *word, size_t length)
{
	const struct sixpn_host_key *nearest;

	sixpn_error_set(parser->error, -EINVAL, "unknown key '%.*s'",
			quoted(length), word);
	nearest = sixpn_host_key_nearest(word, length);
	if (nearest)
		sixpn_error_append(parser->error, " (did you mean '%s'?)",
				   nearest->name);
	return -EINVAL;
}

static int set_key(struct parser *parser, const struct sixpn_host_key *key,
		   const char *value, size_t length)
{
	size_t *line = &parser->lines[key - sixpn_host_keys];
	int ret;

	if (*line && !key->repeatable)
		return sixpn_error_set(parser->error, -EINVAL,
				       "%s is given again, after line %zu",
				       key->name, *line);
	/* A value that began with '#' could be written in no other way. */
	if (!length || *value == '#')
		return sixpn_error_set(parser->error, -EINVAL,
				       "%s has no value", key->name);
	ret = sixpn_host_key_set(key, &parser->config, value, length,
				 parser->error);
	if (ret)
		return ret;
	*line = parser->line;
	if (key == &sixpn_host_keys[SIXPN_HOST_KEY_ENDPOINT])
		parser->endpoint_lines[parser->config.endpoint_count - 1] =
			parser->line;
	return 0;
}

static int parse_line(struct parser *parser, const char *line, size_t length)
{
	const struct sixpn_host_key *key;
	const char *equals, *value;
	size_t key_length, value_length;

	if (length && line[length - 1] == '\r')
		length--;
	if (check_characters(parser, line, length))
		return -EINVAL;
	length = cut_comment(line, length);
	trim(&line, &length);
	if (!length)
		return 0;
	equals = memchr(line, '=', length);
	if (!equals)
		return sixpn_error_set(parser->error, -EINVAL,
				       "not KEY = VALUE: '%.*s'",
				       quoted(length), line);
	key_length = (size_t)(equals - line);
	value = equals + 1;
	value_length = length - key_length - 1;
	trim(&line, &key_length);
	trim(&value, &value_length);
	key = sixpn_host_key_find(line, key_length);
	if (!key)
		return unknown_key(parser, line, key_length);
	return set_key(parser, key, value, value_length);
}

/* Endpoints without a port have that of the device. */
static int complete_endpoints(struct parser *parser)
{
	struct sixpn_host_config *config = &parser->config;
	size_t i;

	for (i = 0; i < config->endpoint_count; i++) {
		struct sixpn_host_endpoint *endpoint = &config->endpoints[i];

		if (!sixpn_parse_host_endpoint(&endpoint->words, endpoint->text,
					       strlen(endpoint->text),
					       config->listen_port,
					       parser->error))
			continue;
		parser->line = parser->endpoint_lines[i];
		if (!config->listen_port)
			sixpn_error_append(parser->error,
					   ", and listen-port is 0");
		return -EINVAL;
	}
	return 0;
}

/* Keys that mean nothing without another, or with another kind of registry. */
static const struct {
	enum sixpn_host_key_id key, other;
	const char *scheme;
} needs[] = {
	{ SIXPN_HOST_KEY_REGISTRY_CA, SIXPN_HOST_KEY_REGISTRY, "etcds:" },
	{ SIXPN_HOST_KEY_REGISTRY_CERT, SIXPN_HOST_KEY_REGISTRY_KEY, "etcds:" },
	{ SIXPN_HOST_KEY_REGISTRY_KEY, SIXPN_HOST_KEY_REGISTRY_CERT, "etcds:" },
	{ SIXPN_HOST_KEY_REGISTRY_USER, SIXPN_HOST_KEY_REGISTRY_PASSWORD_FILE,
	  "etcd" },
	{ SIXPN_HOST_KEY_REGISTRY_PASSWORD_FILE, SIXPN_HOST_KEY_REGISTRY_USER,
	  "etcd" },
};

static int check_needs(struct parser *parser)
{
	const char *registry = parser->config.registry;
	size_t i;

	for (i = 0; i < sizeof(needs) / sizeof(*needs); i++) {
		const char *scheme = needs[i].scheme;

		parser->line = parser->lines[needs[i].key];
		if (!parser->line)
			continue;
		if (strncmp(registry, scheme, strlen(scheme)))
			return sixpn_error_set(parser->error, -EINVAL,
					       "%s is for a registry %s only",
					       sixpn_host_keys[needs[i].key].name,
					       strcmp(scheme, "etcd") ? scheme :
					       "etcd: or etcds:");
		if (!parser->lines[needs[i].other])
			return sixpn_error_set(parser->error, -EINVAL,
					       "%s needs %s beside it",
					       sixpn_host_keys[needs[i].key].name,
					       sixpn_host_keys[needs[i].other].name);
	}
	return 0;
}

static int parse_text(struct parser *parser, const char *text, size_t length)
{
	const char *end = text + length;
	int ret = 0;

	while (!ret && text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		const char *stop = newline ? newline : end;

		parser->line++;
		ret = parse_line(parser, text, (size_t)(stop - text));
		text = newline ? newline + 1 : end;
	}
	if (!ret)
		ret = complete_endpoints(parser);
	if (!ret)
		ret = check_needs(parser);
	if (ret)
		sixpn_error_prefix(parser->error, ret, "line %zu",
				   parser->line);
	return ret;
}

int sixpn_host_config_parse(struct sixpn_host_config *config, const char *text,
			    size_t length, const char *file,
			    struct sixpn_error *error)
{
	struct parser parser = { .error = error };
	int ret;

	if (length > SIXPN_HOST_CONFIG_MAX)
		ret = sixpn_error_set(error, -EFBIG, "larger than 1 MiB");
	else if (sixpn_host_config_defaults(&parser.config))
		ret = sixpn_error_set(error, -ENOMEM, "out of memory");
	else
		ret = parse_text(&parser, text, length);
	if (ret) {
		sixpn_host_config_clear(&parser.config);
		return sixpn_error_prefix(error, ret, "%s", file);
	}
	*config = parser.config;
	return 0;
}

void sixpn_host_config_write(FILE *stream,
			     const struct sixpn_host_config *config)
{
	size_t i;

	for (i = 0; i < SIXPN_HOST_KEY_COUNT; i++)
		sixpn_host_key_write(&sixpn_host_keys[i], stream, config);
}

bool sixpn_host_config_equal(const struct sixpn_host_config *left,
			     const struct sixpn_host_config *right)
{
	size_t i;

	for (i = 0; i < SIXPN_HOST_KEY_COUNT; i++)
		if (!sixpn_host_key_equal(&sixpn_host_keys[i], left, right))
			return false;
	return true;
}

void sixpn_host_config_clear(struct sixpn_host_config *config)
{
	size_t i;

	for (i = 0; i < SIXPN_HOST_KEY_COUNT; i++)
		sixpn_host_key_clear(&sixpn_host_keys[i], config);
	memset(config, 0, sizeof(*config));
}
