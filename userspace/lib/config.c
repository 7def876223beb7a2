// SPDX-License-Identifier: GPL-2.0-or-later
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "format.h"
#include "keys.h"
#include "parse.h"

/* A value, what it belongs to, and where complaints go. */
struct field {
	struct sixpn_device *device;
	struct sixpn_peer *peer;
	unsigned int *host_bits;
	const char *value;
	size_t length;
	struct sixpn_error *error;
};

static int bad(const struct field *field, const char *what)
{
	return sixpn_error_set(field->error, -EINVAL, "%s: '%.*s'", what,
			       (int)field->length, field->value);
}

/* Keys are not quoted back: the word may be a private key with a slip in it. */
static int set_key(const struct field *field, uint8_t key[SIXPN_KEY_LEN],
		   bool secret)
{
	if (!sixpn_key_from_base64(key, field->value, field->length))
		return 0;
	if (secret)
		return sixpn_error_set(field->error, -EINVAL,
				       "not a key of %d base64 characters",
				       SIXPN_KEY_BASE64_LEN);
	return bad(field, "not a key");
}

static int set_private_key(const struct field *field)
{
	field->device->has |= SIXPN_DEVICE_HAS_PRIVATE_KEY;
	return set_key(field, field->device->private_key, true);
}

static int set_listen_port(const struct field *field)
{
	field->device->has |= SIXPN_DEVICE_HAS_LISTEN_PORT;
	if (sixpn_parse_port(&field->device->listen_port, field->value,
			     field->length))
		return bad(field, "port is not 0-65535");
	return 0;
}

static int set_fwmark(const struct field *field)
{
	field->device->has |= SIXPN_DEVICE_HAS_FWMARK;
	if (sixpn_parse_fwmark(&field->device->fwmark, field->value,
			       field->length))
		return bad(field, "fwmark is not off or 0-0xffffffff");
	return 0;
}

static int set_public_key(const struct field *field)
{
	field->peer->has |= SIXPN_PEER_HAS_PUBLIC_KEY;
	return set_key(field, field->peer->public_key, false);
}

static int set_preshared_key(const struct field *field)
{
	field->peer->has |= SIXPN_PEER_HAS_PRESHARED_KEY;
	return set_key(field, field->peer->preshared_key, true);
}

static int set_allowed_ips(const struct field *field)
{
	return sixpn_parse_allowedips(field->peer, NULL, field->host_bits,
				      field->value, field->length,
				      field->error);
}

static int set_endpoint(const struct field *field)
{
	struct sixpn_peer *peer = field->peer;
	struct sixpn_endpoint_words words;
	int ret;

	ret = sixpn_parse_endpoint(&words, field->value, field->length,
				   field->error);
	if (ret)
		return ret;
	free(peer->endpoint_name);
	peer->endpoint_name = NULL;
	peer->has &= ~(uint32_t)SIXPN_PEER_HAS_ENDPOINT;
	if (words.literal) {
		peer->endpoint = words.endpoint;
		peer->has |= SIXPN_PEER_HAS_ENDPOINT;
		return 0;
	}
	peer->endpoint_name = strndup(field->value, field->length);
	if (!peer->endpoint_name)
		return sixpn_error_set(field->error, -ENOMEM, "out of memory");
	return 0;
}

static int set_keepalive(const struct field *field)
{
	field->peer->has |= SIXPN_PEER_HAS_KEEPALIVE;
	if (sixpn_parse_keepalive(&field->peer->persistent_keepalive,
				  field->value, field->length))
		return bad(field, "keepalive is not off or 0-65535 seconds");
	return 0;
}

static const struct field_row {
	const char *name;
	bool of_peer;
	int (*set)(const struct field *field);
} field_rows[] = {
	{ "PrivateKey", false, set_private_key },
	{ "ListenPort", false, set_listen_port },
	{ "FwMark", false, set_fwmark },
	{ "PublicKey", true, set_public_key },
	{ "PresharedKey", true, set_preshared_key },
	{ "AllowedIPs", true, set_allowed_ips },
	{ "Endpoint", true, set_endpoint },
	{ "PersistentKeepalive", true, set_keepalive },
};

#define NAME_QUOTED_MAX 24

enum section { SECTION_NONE, SECTION_INTERFACE, SECTION_PEER };

struct parser {
	struct sixpn_device *device;
	enum section section;
	size_t line;		/* the one to blame */
	size_t peer_line;	/* where the last [Peer] stands */
	unsigned int *host_bits;
	struct sixpn_error *error;
};

/*
 * wg(8) takes white space anywhere in a line, even inside a word, and ends a
 * line at '#'. Return: the length left; @to has room for @length bytes.
 */
static size_t squeeze(char *to, const char *line, size_t length)
{
	size_t used = 0, i;

	for (i = 0; i < length && line[i] != '#'; i++) {
		char c = line[i];

		if (c != ' ' && (c < '\t' || c > '\r'))
			to[used++] = c;
	}
	return used;
}

static bool is_word(const char *text, size_t length, const char *word)
{
	return strlen(word) == length && !strncasecmp(text, word, length);
}

static int check_last_peer(struct parser *parser)
{
	const struct sixpn_device *device = parser->device;

	if (!device->peer_count || device->peers[device->peer_count - 1].has &
					   SIXPN_PEER_HAS_PUBLIC_KEY)
		return 0;
	parser->line = parser->peer_line;
	return sixpn_error_set(parser->error, -EINVAL,
			       "this [Peer] has no PublicKey");
}

static int begin_peer(struct parser *parser)
{
	struct sixpn_peer *peer;
	int ret = check_last_peer(parser);

	if (ret)
		return ret;
	peer = sixpn_device_add_peer(parser->device);
	if (!peer)
		return sixpn_error_set(parser->error, -ENOMEM, "out of memory");
	peer->flags = SIXPN_PEER_F_REPLACE_ALLOWED_IPS;
	parser->section = SECTION_PEER;
	parser->peer_line = parser->line;
	return 0;
}

static int parse_field(struct parser *parser, const char *line, size_t length)
{
	const char *equals = memchr(line, '=', length);
	size_t name_length = equals ? (size_t)(equals - line) : length;
	struct field field = {
		.device = parser->device,
		.host_bits = parser->host_bits,
		.error = parser->error,
	};
	const struct field_row *row = NULL;
	size_t i;

	for (i = 0; equals && i < sizeof(field_rows) / sizeof(*field_rows); i++)
		if (is_word(line, name_length, field_rows[i].name))
			row = &field_rows[i];
	/* Only the name is quoted, and no long one: either may be a key. */
	if (!row && name_length > NAME_QUOTED_MAX)
		return sixpn_error_set(parser->error, -EINVAL,
				       "not understood");
	if (!row)
		return sixpn_error_set(parser->error, -EINVAL,
				       "not understood: '%.*s'",
				       (int)name_length, line);
	if (parser->section != (row->of_peer ? SECTION_PEER : SECTION_INTERFACE))
		return sixpn_error_set(parser->error, -EINVAL,
				       "%s belongs in a section [%s]", row->name,
				       row->of_peer ? "Peer" : "Interface");
	if (row->of_peer)
		field.peer = &parser->device->peers[parser->device->peer_count - 1];
	field.value = equals + 1;
	field.length = length - name_length - 1;
	return row->set(&field);
}

static int parse_line(struct parser *parser, const char *line, size_t length)
{
	if (!length)
		return 0;
	if (memchr(line, '\0', length))
		return sixpn_error_set(parser->error, -EINVAL,
				       "a NUL byte: not a text file");
	if (is_word(line, length, "[Interface]")) {
		parser->section = SECTION_INTERFACE;
		return 0;
	}
	if (is_word(line, length, "[Peer]"))
		return begin_peer(parser);
	return parse_field(parser, line, length);
}

/* What a file leaves out, it asks to be unset. */
static void reset_rest(struct sixpn_device *device)
{
	device->flags |= SIXPN_DEVICE_F_REPLACE_PEERS;
	device->has |= SIXPN_DEVICE_HAS_PRIVATE_KEY |
		       SIXPN_DEVICE_HAS_LISTEN_PORT | SIXPN_DEVICE_HAS_FWMARK;
}

int sixpn_config_parse(struct sixpn_device *device, enum sixpn_config_use use,
		       unsigned int *host_bits, const char *text, size_t length,
		       struct sixpn_error *error)
{
	struct parser parser = {
		.device = device, .host_bits = host_bits, .error = error,
	};
	const char *end = text + length;
	char *line = malloc(length + 1);
	int ret = 0;

	if (!line)
		return sixpn_error_set(error, -ENOMEM, "out of memory");
	while (!ret && text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		const char *stop = newline ? newline : end;
		size_t left = squeeze(line, text, (size_t)(stop - text));

		parser.line++;
		ret = parse_line(&parser, line, left);
		text = newline ? newline + 1 : end;
	}
	if (!ret)
		ret = check_last_peer(&parser);
	if (ret)
		sixpn_error_prefix(error, ret, "line %zu", parser.line);
	if (!ret && use == SIXPN_CONFIG_WHOLE)
		reset_rest(device);
	sixpn_key_wipe(line, length + 1);
	free(line);
	return ret;
}

static void write_key(FILE *stream, const char *name,
		      const uint8_t key[SIXPN_KEY_LEN])
{
	char text[SIXPN_KEY_BASE64_LEN + 1];

	sixpn_key_to_base64(text, key);
	fprintf(stream, "%s = %s\n", name, text);
	sixpn_key_wipe(text, sizeof(text));
}

static void write_peer(FILE *stream, const struct sixpn_peer *peer)
{
	size_t i;

	fputs("[Peer]\n", stream);
	write_key(stream, "PublicKey", peer->public_key);
	if (peer->has & SIXPN_PEER_HAS_PRESHARED_KEY)
		write_key(stream, "PresharedKey", peer->preshared_key);
	for (i = 0; i < peer->allowedip_count; i++) {
		char text[SIXPN_ALLOWEDIP_TEXT_MAX];

		sixpn_format_allowedip(text, &peer->allowedips[i]);
		fprintf(stream, "%s%s", i ? ", " : "AllowedIPs = ", text);
	}
	if (peer->allowedip_count)
		fputc('\n', stream);
	if (peer->has & SIXPN_PEER_HAS_ENDPOINT) {
		char text[SIXPN_ENDPOINT_TEXT_MAX];

		sixpn_format_endpoint(text, &peer->endpoint);
		fprintf(stream, "Endpoint = %s\n", text);
	}
	if (peer->has & SIXPN_PEER_HAS_KEEPALIVE && peer->persistent_keepalive)
		fprintf(stream, "PersistentKeepalive = %u\n",
			peer->persistent_keepalive);
}

void sixpn_config_write(FILE *stream, const struct sixpn_device *device)
{
	size_t i;

	fputs("[Interface]\n", stream);
	if (device->has & SIXPN_DEVICE_HAS_LISTEN_PORT && device->listen_port)
		fprintf(stream, "ListenPort = %u\n", device->listen_port);
	if (device->has & SIXPN_DEVICE_HAS_FWMARK && device->fwmark)
		fprintf(stream, "FwMark = 0x%x\n", device->fwmark);
	if (device->has & SIXPN_DEVICE_HAS_PRIVATE_KEY)
		write_key(stream, "PrivateKey", device->private_key);
	fputc('\n', stream);
	for (i = 0; i < device->peer_count; i++) {
		if (i)
			fputc('\n', stream);
		write_peer(stream, &device->peers[i]);
	}
}
