// SPDX-License-Identifier: GPL-2.0-or-later
#include "host_config_key.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"

/*
 * A type of values. parse() leaves the field as it is on error, and then has
 * set the sentence if complains is true; otherwise the row has it.
 */
struct sixpn_host_value {
	size_t size;		/* bytes that make two of them equal; 0: equal() */
	bool complains;
	int (*parse)(void *field, const char *text, size_t length,
		     struct sixpn_error *error);
	void (*write)(const struct sixpn_host_key *key, FILE *stream,
		      const void *field);
	bool (*equal)(const void *left, const void *right);
	void (*clear)(void *field);
};

static void write_line(const struct sixpn_host_key *key, FILE *stream,
		       const char *text)
{
	fprintf(stream, "%s = %s\n", key->name, text);
}

static void write_number(const struct sixpn_host_key *key, FILE *stream,
			 uint32_t number)
{
	fprintf(stream, "%s = %u\n", key->name, number);
}

/* --- values inside of the structure --- */

static int parse_name(void *field, const char *text, size_t length,
		      struct sixpn_error *error)
{
	return sixpn_parse_label(field, text, length);
}

static int parse_region(void *field, const char *text, size_t length,
			struct sixpn_error *error)
{
	return sixpn_parse_region(field, text, length);
}

static int parse_device(void *field, const char *text, size_t length,
			struct sixpn_error *error)
{
	char name[IFNAMSIZ];

	/* From a name with % the kernel would make another one. */
	if (sixpn_parse_ifname(name, text, length) ||
	    !sixpn_config_holds(name) || strchr(name, '%'))
		return -EINVAL;
	memcpy(field, name, sizeof(name));
	return 0;
}

static void write_word(const struct sixpn_host_key *key, FILE *stream,
		       const void *field)
{
	const char *word = field;

	if (*word)
		write_line(key, stream, word);
}

static int parse_listen_port(void *field, const char *text, size_t length,
			     struct sixpn_error *error)
{
	return sixpn_parse_port(field, text, length);
}

static void write_port(const struct sixpn_host_key *key, FILE *stream,
		       const void *field)
{
	const uint16_t *port = field;

	write_number(key, stream, *port);
}

static int parse_host_id(void *field, const char *text, size_t length,
			 struct sixpn_error *error)
{
	return sixpn_parse_host_id(field, text, length, "auto");
}

static void write_host_id(const struct sixpn_host_key *key, FILE *stream,
			  const void *field)
{
	const uint32_t *id = field;

	if (*id)
		write_number(key, stream, *id);
	else
		write_line(key, stream, "auto");
}

static int parse_timeout(void *field, const char *text, size_t length,
			 struct sixpn_error *error)
{
	return sixpn_parse_range(field, text, length, 1, 60);
}

static int parse_mtu(void *field, const char *text, size_t length,
		     struct sixpn_error *error)
{
	uint32_t mtu;
	int ret = sixpn_parse_range(&mtu, text, length, 0, 65535);

	if (!ret && mtu && mtu < 1280)
		ret = -ERANGE;
	if (!ret)
		*(uint32_t *)field = mtu;
	return ret;
}

static int parse_lease(void *field, const char *text, size_t length,
		       struct sixpn_error *error)
{
	return sixpn_parse_range(field, text, length, 5, 3600);
}

static void write_u32(const struct sixpn_host_key *key, FILE *stream,
		      const void *field)
{
	const uint32_t *number = field;

	write_number(key, stream, *number);
}

static int parse_idle_expiry(void *field, const char *text, size_t length,
			     struct sixpn_error *error)
{
	return sixpn_parse_idle_expiry(field, text, length);
}

static void write_idle_expiry(const struct sixpn_host_key *key, FILE *stream,
			      const void *field)
{
	const uint32_t *seconds = field;

	if (*seconds)
		write_number(key, stream, *seconds);
	else
		write_line(key, stream, "off");
}

static int parse_yes_no(void *field, const char *text, size_t length,
			struct sixpn_error *error)
{
	return sixpn_parse_yes_no(field, text, length);
}

static void write_yes_no(const struct sixpn_host_key *key, FILE *stream,
			 const void *field)
{
	const bool *yes = field;

	write_line(key, stream, *yes ? "yes" : "no");
}

static const char *const dnssec_words[] = { "auto", "yes", "no" };

static int parse_dnssec(void *field, const char *text, size_t length,
			struct sixpn_error *error)
{
	uint32_t i;

	for (i = 0; i < sizeof(dnssec_words) / sizeof(*dnssec_words); i++) {
		if (strlen(dnssec_words[i]) != length ||
		    memcmp(dnssec_words[i], text, length))
			continue;
		*(uint32_t *)field = i;
		return 0;
	}
	return -EINVAL;
}

static void write_dnssec(const struct sixpn_host_key *key, FILE *stream,
			 const void *field)
{
	const uint32_t *word = field;

	write_line(key, stream, dnssec_words[*word]);
}

/* --- values beside it: text, or NULL --- */

static int set_text(void *field, const char *text, size_t length)
{
	char *copy = strndup(text, length);
	char **held = field;

	if (!copy)
		return -ENOMEM;
	free(*held);
	*held = copy;
	return 0;
}

static int parse_path(void *field, const char *text, size_t length,
		      struct sixpn_error *error)
{
	if (sixpn_parse_path(text, length))
		return -EINVAL;
	return set_text(field, text, length);
}

static int parse_user(void *field, const char *text, size_t length,
		      struct sixpn_error *error)
{
	size_t i;

	if (length > 255)
		return -EINVAL;
	for (i = 0; i < length; i++)
		if (text[i] <= ' ' || text[i] > '~')
			return -EINVAL;
	return set_text(field, text, length);
}

static int parse_registry(void *field, const char *text, size_t length,
			  struct sixpn_error *error)
{
	if (sixpn_parse_registry(text, length, error))
		return -EINVAL;
	return set_text(field, text, length);
}

static int parse_upstreams(void *field, const char *text, size_t length,
			   struct sixpn_error *error)
{
	const char *rest = text;
	size_t left = length;
	struct sixpn_endpoint_words words;

	while (left)
		if (sixpn_parse_upstream(&words, &rest, &left, error))
			return -EINVAL;
	return set_text(field, text, length);
}

static void write_text(const struct sixpn_host_key *key, FILE *stream,
		       const void *field)
{
	char *const *held = field;

	if (*held)
		write_line(key, stream, *held);
}

static bool equal_text(const void *left, const void *right)
{
	char *const *a = left, *const *b = right;

	return *a && *b ? !strcmp(*a, *b) : *a == *b;
}

static void clear_text(void *field)
{
	char **held = field;

	free(*held);
	*held = NULL;
}

/* --- endpoints: the field is the whole structure --- */

static int parse_endpoint(void *field, const char *text, size_t length,
			  struct sixpn_error *error)
{
	struct sixpn_host_config *config = field;
	struct sixpn_endpoint_words words;
	struct sixpn_host_endpoint *endpoint;

	if (config->endpoint_count == SIXPN_HOST_ENDPOINT_MAX)
		return sixpn_error_set(error, -EINVAL,
				       "more than %d endpoints",
				       SIXPN_HOST_ENDPOINT_MAX);
	/* The listen port may follow: any other stands for it till the end. */
	if (sixpn_parse_host_endpoint(&words, text, length, 1, error))
		return -EINVAL;
	endpoint = &config->endpoints[config->endpoint_count++];
	memcpy(endpoint->text, text, length);
	endpoint->text[length] = '\0';
	endpoint->words = words;
	return 0;
}

static void write_endpoints(const struct sixpn_host_key *key, FILE *stream,
			    const void *field)
{
	const struct sixpn_host_config *config = field;
	size_t i;

	for (i = 0; i < config->endpoint_count; i++)
		write_line(key, stream, config->endpoints[i].text);
}

static bool equal_endpoints(const void *left, const void *right)
{
	const struct sixpn_host_config *a = left, *b = right;
	size_t i;

	if (a->endpoint_count != b->endpoint_count)
		return false;
	for (i = 0; i < a->endpoint_count; i++) {
		const struct sixpn_host_endpoint *one = &a->endpoints[i];
		const struct sixpn_host_endpoint *other = &b->endpoints[i];

		if (strcmp(one->text, other->text) ||
		    strcmp(one->words.host, other->words.host) ||
		    strcmp(one->words.service, other->words.service) ||
		    one->words.literal != other->words.literal)
			return false;
	}
	return true;
}

/* --- the tables --- */

#define FIELD_SIZE(name) sizeof(((struct sixpn_host_config *)0)->name)

static const struct sixpn_host_value value_name = {
	FIELD_SIZE(name), false, parse_name, write_word, NULL, NULL
};
static const struct sixpn_host_value value_region = {
	FIELD_SIZE(region), false, parse_region, write_word, NULL, NULL
};
static const struct sixpn_host_value value_device = {
	FIELD_SIZE(device), false, parse_device, write_word, NULL, NULL
};
static const struct sixpn_host_value value_port = {
	sizeof(uint16_t), false, parse_listen_port, write_port, NULL, NULL
};
static const struct sixpn_host_value value_host_id = {
	sizeof(uint32_t), false, parse_host_id, write_host_id, NULL, NULL
};
static const struct sixpn_host_value value_endpoint = {
	0, true, parse_endpoint, write_endpoints, equal_endpoints, NULL
};
static const struct sixpn_host_value value_path = {
	0, false, parse_path, write_text, equal_text, clear_text
};
static const struct sixpn_host_value value_registry = {
	0, true, parse_registry, write_text, equal_text, clear_text
};
static const struct sixpn_host_value value_user = {
	0, false, parse_user, write_text, equal_text, clear_text
};
static const struct sixpn_host_value value_dnssec = {
	sizeof(uint32_t), false, parse_dnssec, write_dnssec, NULL, NULL
};
static const struct sixpn_host_value value_upstreams = {
	0, true, parse_upstreams, write_text, equal_text, clear_text
};
static const struct sixpn_host_value value_timeout = {
	sizeof(uint32_t), false, parse_timeout, write_u32, NULL, NULL
};
static const struct sixpn_host_value value_mtu = {
	sizeof(uint32_t), false, parse_mtu, write_u32, NULL, NULL
};
static const struct sixpn_host_value value_lease = {
	sizeof(uint32_t), false, parse_lease, write_u32, NULL, NULL
};
static const struct sixpn_host_value value_idle_expiry = {
	sizeof(uint32_t), false, parse_idle_expiry, write_idle_expiry, NULL,
	NULL
};
static const struct sixpn_host_value value_yes_no = {
	sizeof(bool), false, parse_yes_no, write_yes_no, NULL, NULL
};

#define AT(field) offsetof(struct sixpn_host_config, field)
#define PATH "an absolute path of a file"

const struct sixpn_host_key sixpn_host_keys[SIXPN_HOST_KEY_COUNT] = {
	[SIXPN_HOST_KEY_NAME] = {
		"name", "1-63 letters, digits and '-', which is at no end",
		NULL, false, &value_name, AT(name) },
	[SIXPN_HOST_KEY_REGION] = {
		"region", "1-16 of a-z and 0-9", "local", false, &value_region,
		AT(region) },
	[SIXPN_HOST_KEY_DEVICE] = {
		"device", "an interface name of 1-15 characters", "mesh0",
		false, &value_device, AT(device) },
	[SIXPN_HOST_KEY_LISTEN_PORT] = {
		"listen-port", "0-65535", "51820", false, &value_port,
		AT(listen_port) },
	[SIXPN_HOST_KEY_HOST_ID] = {
		"host-id", "auto or 2-4294967295", "auto", false,
		&value_host_id, AT(host_id) },
	[SIXPN_HOST_KEY_ENDPOINT] = {
		"endpoint", "HOST, HOST:1-65535 or [ADDRESS]:1-65535", NULL,
		true, &value_endpoint, 0 },
	[SIXPN_HOST_KEY_KEY_FILE] = {
		"key-file", PATH, "/var/lib/sixpn/private.key", false,
		&value_path, AT(key_file) },
	[SIXPN_HOST_KEY_REGISTRY] = {
		"registry", "sqlite:, etcd: or etcds:",
		"sqlite:/var/lib/sixpn/registry.db", false, &value_registry,
		AT(registry) },
	[SIXPN_HOST_KEY_REGISTRY_CA] = {
		"registry-ca", PATH, NULL, false, &value_path,
		AT(registry_ca) },
	[SIXPN_HOST_KEY_REGISTRY_CERT] = {
		"registry-cert", PATH, NULL, false, &value_path,
		AT(registry_cert) },
	[SIXPN_HOST_KEY_REGISTRY_KEY] = {
		"registry-key", PATH, NULL, false, &value_path,
		AT(registry_key) },
	[SIXPN_HOST_KEY_REGISTRY_USER] = {
		"registry-user", "1-255 characters of ASCII without blanks",
		NULL, false, &value_user, AT(registry_user) },
	[SIXPN_HOST_KEY_REGISTRY_PASSWORD_FILE] = {
		"registry-password-file", PATH, NULL, false, &value_path,
		AT(registry_password_file) },
	[SIXPN_HOST_KEY_REGISTRY_TIMEOUT] = {
		"registry-timeout", "1-60 seconds", "5", false, &value_timeout,
		AT(registry_timeout) },
	[SIXPN_HOST_KEY_MTU] = {
		"mtu", "0 or 1280-65535", "0", false, &value_mtu, AT(mtu) },
	[SIXPN_HOST_KEY_LEASE] = {
		"lease", "5-3600 seconds", "15", false, &value_lease,
		AT(lease) },
	[SIXPN_HOST_KEY_CLIENT_IDLE_EXPIRY] = {
		"client-idle-expiry", "off or 0-1048576 seconds", "180", false,
		&value_idle_expiry, AT(client_idle_expiry) },
	[SIXPN_HOST_KEY_GATEWAY] = {
		"gateway", "yes or no", "yes", false, &value_yes_no,
		AT(gateway) },
	[SIXPN_HOST_KEY_RESOLVER] = {
		"resolver", "yes or no", "yes", false, &value_yes_no,
		AT(resolver) },
	[SIXPN_HOST_KEY_RESOLVER_UPSTREAMS] = {
		"resolver-upstreams", "addresses, each with or without a port",
		NULL, false, &value_upstreams, AT(resolver_upstreams) },
	[SIXPN_HOST_KEY_RESOLVER_DNSSEC] = {
		"resolver-dnssec", "auto, yes or no", "auto", false,
		&value_dnssec, AT(resolver_dnssec) },
	[SIXPN_HOST_KEY_RESOLVER_USER] = {
		"resolver-user", "1-255 characters of ASCII without blanks",
		"nobody", false, &value_user, AT(resolver_user) },
	[SIXPN_HOST_KEY_RESOLVER_METRICS] = {
		"resolver-metrics", PATH, "/run/sixpn-resolver/metrics", false,
		&value_path, AT(resolver_metrics) },
};

const struct sixpn_host_key *sixpn_host_key_find(const char *word,
						 size_t length)
{
	size_t i;

	for (i = 0; i < SIXPN_HOST_KEY_COUNT; i++)
		if (strlen(sixpn_host_keys[i].name) == length &&
		    !memcmp(sixpn_host_keys[i].name, word, length))
			return &sixpn_host_keys[i];
	return NULL;
}

#define WORD_MAX 32	/* longer than every key by more than a slip */
#define SLIP_MAX 2

static char to_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static size_t least(size_t a, size_t b, size_t c)
{
	size_t less = a < b ? a : b;

	return less < c ? less : c;
}

/*
 * How many characters to add, drop or change to make one of the other; case
 * does not count. V. Levenshtein, "Binary codes capable of correcting
 * deletions, insertions, and reversals", 1966.
 */
static size_t distance(const char *name, const char *word, size_t length)
{
	size_t row[WORD_MAX + 1], i, j;

	for (j = 0; j <= length; j++)
		row[j] = j;
	for (i = 1; *name; i++, name++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (j = 1; j <= length; j++) {
			size_t above = row[j];
			bool other = *name != to_lower(word[j - 1]);

			row[j] = least(above + 1, row[j - 1] + 1,
				       diagonal + other);
			diagonal = above;
		}
	}
	return row[length];
}

const struct sixpn_host_key *sixpn_host_key_nearest(const char *word,
						    size_t length)
{
	const struct sixpn_host_key *nearest = NULL;
	size_t best = SLIP_MAX + 1, i;

	/* Of so short a word a slip leaves nothing. */
	if (length <= SLIP_MAX || length > WORD_MAX)
		return NULL;
	for (i = 0; i < SIXPN_HOST_KEY_COUNT; i++) {
		size_t d = distance(sixpn_host_keys[i].name, word, length);

		if (d < best) {
			best = d;
			nearest = &sixpn_host_keys[i];
		}
	}
	return nearest;
}

static void *field_of(const struct sixpn_host_key *key,
		      struct sixpn_host_config *config)
{
	return (char *)config + key->offset;
}

static const void *const_field_of(const struct sixpn_host_key *key,
				  const struct sixpn_host_config *config)
{
	return (const char *)config + key->offset;
}

int sixpn_host_key_set(const struct sixpn_host_key *key,
		       struct sixpn_host_config *config, const char *text,
		       size_t length, struct sixpn_error *error)
{
	int ret = key->value->parse(field_of(key, config), text, length,
				    error);

	if (ret == -ENOMEM)
		return sixpn_error_set(error, ret, "out of memory");
	if (!ret || key->value->complains)
		return ret;
	return sixpn_error_set(error, -EINVAL, "%s is not %s: '%.*s'",
			       key->name, key->wanted, (int)length, text);
}

void sixpn_host_key_write(const struct sixpn_host_key *key, FILE *stream,
			  const struct sixpn_host_config *config)
{
	key->value->write(key, stream, const_field_of(key, config));
}

bool sixpn_host_key_equal(const struct sixpn_host_key *key,
			  const struct sixpn_host_config *left,
			  const struct sixpn_host_config *right)
{
	const void *a = const_field_of(key, left);
	const void *b = const_field_of(key, right);

	if (key->value->equal)
		return key->value->equal(a, b);
	return !memcmp(a, b, key->value->size);
}

void sixpn_host_key_clear(const struct sixpn_host_key *key,
			  struct sixpn_host_config *config)
{
	if (key->value->clear)
		key->value->clear(field_of(key, config));
}
