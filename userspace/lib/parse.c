// SPDX-License-Identifier: GPL-2.0-or-later
#include "parse.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include <sixpn/addr.h>

#include "format.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static char to_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_word(const char *text, size_t length, const char *word)
{
	return strlen(word) == length && !memcmp(text, word, length);
}

/* Copy into a NUL-terminated buffer. A NUL inside would hide what follows it. */
static bool copy_text(char *to, size_t room, const char *text, size_t length)
{
	if (length >= room || memchr(text, '\0', length))
		return false;
	memcpy(to, text, length);
	to[length] = '\0';
	return true;
}

int sixpn_parse_number(uint64_t *value, const char *text, size_t length,
		       uint64_t max)
{
	uint64_t sum = 0;
	size_t i;

	if (!length)
		return -EINVAL;
	for (i = 0; i < length; i++)
		if (!is_digit(text[i]))
			return -EINVAL;
	for (i = 0; i < length; i++) {
		uint64_t digit = (uint64_t)(text[i] - '0');

		if (sum > (UINT64_MAX - digit) / 10)
			return -ERANGE;
		sum = sum * 10 + digit;
		if (sum > max)
			return -ERANGE;
	}
	*value = sum;
	return 0;
}

int sixpn_parse_range(uint32_t *value, const char *text, size_t length,
		      uint32_t min, uint32_t max)
{
	uint64_t number;
	int ret = sixpn_parse_number(&number, text, length, max);

	if (ret)
		return ret;
	if (number < min)
		return -ERANGE;
	*value = (uint32_t)number;
	return 0;
}

int sixpn_parse_yes_no(bool *yes, const char *text, size_t length)
{
	bool value = is_word(text, length, "yes");

	if (!value && !is_word(text, length, "no"))
		return -EINVAL;
	*yes = value;
	return 0;
}

static int parse_hex(uint64_t *value, const char *text, size_t length,
		     uint64_t max)
{
	uint64_t sum = 0;
	bool too_big = false;
	size_t i;

	if (!length)
		return -EINVAL;
	for (i = 0; i < length; i++) {
		char c = text[i];
		unsigned int digit;

		if (is_digit(c))
			digit = (unsigned int)(c - '0');
		else if (c >= 'a' && c <= 'f')
			digit = (unsigned int)(c - 'a') + 10;
		else if (c >= 'A' && c <= 'F')
			digit = (unsigned int)(c - 'A') + 10;
		else
			return -EINVAL;
		sum = (sum << 4) | digit;
		if (sum > max)
			too_big = true;
		sum &= UINT64_MAX >> 4;
	}
	if (too_big)
		return -ERANGE;
	*value = sum;
	return 0;
}

int sixpn_parse_port(uint16_t *port, const char *text, size_t length)
{
	uint64_t value;
	int ret = sixpn_parse_number(&value, text, length, UINT16_MAX);

	if (!ret)
		*port = (uint16_t)value;
	return ret;
}

static int parse_u32(uint32_t *number, const char *text, size_t length)
{
	uint64_t value;
	int ret;

	if (length > 2 && text[0] == '0' && text[1] == 'x')
		ret = parse_hex(&value, text + 2, length - 2, UINT32_MAX);
	else
		ret = sixpn_parse_number(&value, text, length, UINT32_MAX);
	if (!ret)
		*number = (uint32_t)value;
	return ret;
}

int sixpn_parse_fwmark(uint32_t *fwmark, const char *text, size_t length)
{
	if (is_word(text, length, "off")) {
		*fwmark = 0;
		return 0;
	}
	return parse_u32(fwmark, text, length);
}

int sixpn_parse_id(uint32_t *id, const char *text, size_t length, uint32_t min)
{
	uint32_t value;
	int ret = parse_u32(&value, text, length);

	if (ret)
		return ret;
	if (value < min)
		return -ERANGE;
	*id = value;
	return 0;
}

int sixpn_parse_host_id(uint32_t *id, const char *text, size_t length,
			const char *none)
{
	uint32_t value = 0;
	int ret = 0;

	if (!is_word(text, length, none))
		ret = parse_u32(&value, text, length);
	if (ret)
		return ret;
	if (value && !sixpn_host_id_is_valid(value))
		return -ERANGE;
	*id = value;
	return 0;
}

/* The words for a refusal, and sixpn(8), have the number. */
_Static_assert(SIXPN_IDLE_EXPIRY_MAX == 1048576, "another number is told");

int sixpn_parse_idle_expiry(uint32_t *seconds, const char *text, size_t length)
{
	uint64_t value = 0;
	int ret = 0;

	if (!is_word(text, length, "off"))
		ret = sixpn_parse_number(&value, text, length,
					 SIXPN_IDLE_EXPIRY_MAX);
	if (!ret)
		*seconds = (uint32_t)value;
	return ret;
}

int sixpn_parse_kind(uint32_t *kind, const char *text, size_t length)
{
	uint32_t i;

	for (i = 0; i <= SIXPN_PEER_KIND_MAX; i++)
		if (is_word(text, length, sixpn_format_kind(i))) {
			*kind = i;
			return 0;
		}
	return -EINVAL;
}

int sixpn_parse_machine_name(char name[SIXPN_MACHINE_NAME_MAX + 1],
			     const char *text, size_t length)
{
	size_t i;

	if (!length || length > SIXPN_MACHINE_NAME_MAX)
		return -EINVAL;
	for (i = 0; i < length; i++) {
		char c = text[i];
		bool plain = is_digit(c) || (c >= 'a' && c <= 'z');

		if (!plain && (!i || (c != '-' && c != '_' && c != '.')))
			return -EINVAL;
	}
	memcpy(name, text, length);
	memset(name + length, 0, SIXPN_MACHINE_NAME_MAX + 1 - length);
	return 0;
}

/* @extra: a character that is allowed beside letters, digits and '-'. */
static bool is_label(const char *text, size_t length, char extra)
{
	size_t i;

	if (!length || length > SIXPN_LABEL_MAX || text[0] == '-' ||
	    text[length - 1] == '-')
		return false;
	for (i = 0; i < length; i++) {
		char c = to_lower(text[i]);

		if (!is_digit(c) && !is_lower(c) && c != '-' && c != extra)
			return false;
	}
	return true;
}

int sixpn_parse_label(char label[SIXPN_LABEL_MAX + 1], const char *text,
		      size_t length)
{
	size_t i;

	if (!is_label(text, length, '-'))
		return -EINVAL;
	for (i = 0; i < length; i++)
		label[i] = to_lower(text[i]);
	memset(label + length, 0, SIXPN_LABEL_MAX + 1 - length);
	return 0;
}

int sixpn_parse_region(char region[SIXPN_REGION_MAX + 1], const char *text,
		       size_t length)
{
	size_t i;

	if (!length || length > SIXPN_REGION_MAX)
		return -EINVAL;
	for (i = 0; i < length; i++)
		if (!is_digit(text[i]) && !is_lower(text[i]))
			return -EINVAL;
	memcpy(region, text, length);
	memset(region + length, 0, SIXPN_REGION_MAX + 1 - length);
	return 0;
}

int sixpn_parse_path(const char *text, size_t length)
{
	if (!length || length >= PATH_MAX || text[0] != '/' ||
	    text[length - 1] == '/' || memchr(text, '\0', length))
		return -EINVAL;
	return 0;
}

int sixpn_parse_6pn(struct in6_addr *address, const char *text, size_t length)
{
	char copy[INET6_ADDRSTRLEN];
	struct in6_addr value;

	if (!copy_text(copy, sizeof(copy), text, length) ||
	    inet_pton(AF_INET6, copy, &value) != 1 || !sixpn_addr_is(&value))
		return -EINVAL;
	*address = value;
	return 0;
}

int sixpn_parse_route(struct in6_addr *prefix, const char *text, size_t length)
{
	const char *slash = length ? memchr(text, '/', length) : NULL;
	size_t address_length = slash ? (size_t)(slash - text) : length;
	struct in6_addr address;

	if (slash && !is_word(slash, length - address_length, "/112"))
		return -EINVAL;
	if (sixpn_parse_6pn(&address, text, address_length))
		return -EINVAL;
	*prefix = sixpn_addr_machine_prefix(&address);
	return 0;
}

int sixpn_parse_keepalive(uint16_t *seconds, const char *text, size_t length)
{
	if (is_word(text, length, "off")) {
		*seconds = 0;
		return 0;
	}
	return sixpn_parse_port(seconds, text, length);
}

int sixpn_parse_ifname(char name[IFNAMSIZ], const char *text, size_t length)
{
	size_t i;

	if (!length || length >= IFNAMSIZ || is_word(text, length, ".") ||
	    is_word(text, length, ".."))
		return -EINVAL;
	for (i = 0; i < length; i++) {
		char c = text[i];

		if (!c || c == '/' || c == ':' || c == ' ' ||
		    (c >= '\t' && c <= '\r'))
			return -EINVAL;
	}
	memcpy(name, text, length);
	memset(name + length, 0, IFNAMSIZ - length);
	return 0;
}

int sixpn_parse_allowedip(struct sixpn_allowedip *allowedip, bool *host_bits,
			  const char *text, size_t length)
{
	const char *slash = length ? memchr(text, '/', length) : NULL;
	size_t address_length = slash ? (size_t)(slash - text) : length;
	struct sixpn_allowedip result = { 0 };
	char address[INET6_ADDRSTRLEN];
	uint64_t bits;
	bool had;

	if (!copy_text(address, sizeof(address), text, address_length))
		return -EINVAL;
	if (inet_pton(AF_INET, address, &result.address.v4) == 1)
		result.family = AF_INET;
	else if (inet_pton(AF_INET6, address, &result.address.v6) == 1)
		result.family = AF_INET6;
	else
		return -EINVAL;

	bits = result.family == AF_INET ? 32 : 128;
	if (slash && sixpn_parse_number(&bits, slash + 1,
					length - address_length - 1, bits))
		return -EINVAL;
	result.prefix_len = (uint8_t)bits;
	had = sixpn_allowedip_mask(&result);
	if (host_bits)
		*host_bits = had;
	*allowedip = result;
	return 0;
}

static void trim(const char **text, size_t *length)
{
	while (*length && (**text == ' ' || **text == '\t')) {
		(*text)++;
		(*length)--;
	}
	while (*length && ((*text)[*length - 1] == ' ' ||
			   (*text)[*length - 1] == '\t'))
		(*length)--;
}

int sixpn_parse_allowedips(struct sixpn_peer *peer,
			   enum sixpn_allowedips_mode *mode,
			   unsigned int *host_bits, const char *text,
			   size_t length, struct sixpn_error *error)
{
	enum sixpn_allowedips_mode found = SIXPN_ALLOWEDIPS_WHOLE;
	const char *end;

	trim(&text, &length);
	end = text + length;
	while (length) {
		const char *comma = memchr(text, ',', (size_t)(end - text));
		size_t entry_length = (size_t)((comma ? comma : end) - text);
		const char *entry = text;
		struct sixpn_allowedip allowedip;
		bool had_host_bits, remove = false;
		size_t n;

		trim(&entry, &entry_length);
		n = entry_length;
		if (mode && n && (*entry == '+' || *entry == '-')) {
			found = SIXPN_ALLOWEDIPS_INCREMENTAL;
			remove = *entry == '-';
			n--;
		}
		if (sixpn_parse_allowedip(&allowedip, &had_host_bits,
					  entry + (entry_length - n), n))
			return sixpn_error_set(error, -EINVAL,
					       "not an allowed ip: '%.*s'",
					       (int)entry_length, entry);
		allowedip.remove = remove;
		if (had_host_bits && host_bits)
			(*host_bits)++;
		if (sixpn_peer_add_allowedip(peer, &allowedip))
			return sixpn_error_set(error, -ENOMEM, "out of memory");
		if (!comma)
			break;
		text = comma + 1;
	}
	if (mode)
		*mode = found;
	return 0;
}

/* Find where the host ends and the port begins; brackets go. */
static int split_endpoint(struct sixpn_endpoint_words *words, const char *text,
			  size_t length, struct sixpn_error *error)
{
	const char *host = text, *colon = NULL;
	size_t host_length, i;

	if (length && text[0] == '[') {
		const char *bracket = memchr(text, ']', length);

		if (!bracket)
			return sixpn_error_set(error, -EINVAL,
					       "endpoint lacks its ']': '%.*s'",
					       (int)length, text);
		host++;
		host_length = (size_t)(bracket - host);
		if (bracket + 1 < text + length && bracket[1] == ':')
			colon = bracket + 1;
	} else {
		for (i = length; i-- > 0 && !colon;)
			if (text[i] == ':')
				colon = &text[i];
		host_length = colon ? (size_t)(colon - text) : length;
	}
	if (!colon || colon + 1 == text + length)
		return sixpn_error_set(error, -EINVAL,
				       "endpoint has no port: '%.*s'",
				       (int)length, text);
	if (!host_length)
		return sixpn_error_set(error, -EINVAL,
				       "endpoint has no host: '%.*s'",
				       (int)length, text);
	if (!copy_text(words->host, sizeof(words->host), host, host_length) ||
	    !copy_text(words->service, sizeof(words->service), colon + 1,
		       (size_t)(text + length - colon - 1)))
		return sixpn_error_set(error, -EINVAL,
				       "endpoint too long: '%.*s'",
				       (int)length, text);
	return 0;
}

int sixpn_parse_endpoint(struct sixpn_endpoint_words *words, const char *text,
			 size_t length, struct sixpn_error *error)
{
	struct sixpn_endpoint_words result = { 0 };
	uint16_t port;
	int ret;

	ret = split_endpoint(&result, text, length, error);
	if (ret)
		return ret;
	ret = sixpn_parse_port(&port, result.service, strlen(result.service));
	if (ret == -ERANGE || (!ret && !port))
		return sixpn_error_set(error, -EINVAL,
				       "endpoint port is not 1-65535: '%.*s'",
				       (int)length, text);
	if (!ret && inet_pton(AF_INET, result.host,
			      &result.endpoint.v4.sin_addr) == 1) {
		result.endpoint.v4.sin_family = AF_INET;
		result.endpoint.v4.sin_port = htons(port);
		result.literal = true;
	} else if (!ret && inet_pton(AF_INET6, result.host,
				     &result.endpoint.v6.sin6_addr) == 1) {
		result.endpoint.v6.sin6_family = AF_INET6;
		result.endpoint.v6.sin6_port = htons(port);
		result.literal = true;
	}
	*words = result;
	return 0;
}

/*
 * A name that DNS can hold. One whose last label is a number is a slip in an
 * IPv4 address, or a short form of one that not everybody reads.
 */
static bool is_host_name(const char *name)
{
	const char *label = name, *end = name + strlen(name);
	bool number = false;

	if (end > name && end[-1] == '.')
		end--;
	while (label < end) {
		const char *dot = memchr(label, '.', (size_t)(end - label));
		const char *stop = dot ? dot : end;

		if (!is_label(label, (size_t)(stop - label), '_'))
			return false;
		number = true;
		for (; label < stop; label++)
			number = number && is_digit(*label);
		if (dot && ++label == end)
			return false;
	}
	return end > name && !number;
}

static bool has_port(const char *text, size_t length)
{
	if (text[0] == '[')
		return text[length - 1] != ']';
	return memchr(text, ':', length);
}

/* Add the port, if there is none. Return: the length, 0 if it is too long. */
static size_t complete(char whole[SIXPN_ENDPOINT_WORD_MAX + 1],
		       const char *text, size_t length, uint16_t port)
{
	char end[sizeof(":65535")] = "";
	int n;

	if (length > SIXPN_ENDPOINT_WORD_MAX)
		return 0;
	if (!has_port(text, length))
		snprintf(end, sizeof(end), ":%u", port);
	n = snprintf(whole, SIXPN_ENDPOINT_WORD_MAX + 1, "%.*s%s", (int)length,
		     text, end);
	return n < 0 || n > SIXPN_ENDPOINT_WORD_MAX ? 0 : (size_t)n;
}

static bool has_two_colons(const char *text, size_t length)
{
	const char *colon = memchr(text, ':', length);

	return colon && memchr(colon + 1, ':',
			       (size_t)(text + length - colon - 1));
}

/* What is wrong with the host of an endpoint, or NULL. */
static const char *wrong_host(const struct sixpn_endpoint_words *words,
			      bool brackets)
{
	int family = words->literal ? words->endpoint.sa.sa_family : AF_UNSPEC;

	if (brackets)
		return family == AF_INET6 ? NULL :
		       "not an IPv6 address in brackets";
	if (family == AF_INET || is_host_name(words->host))
		return NULL;
	return "not a name or address of a host";
}

int sixpn_parse_host_endpoint(struct sixpn_endpoint_words *words,
			      const char *text, size_t length, uint16_t port,
			      struct sixpn_error *error)
{
	char whole[SIXPN_ENDPOINT_WORD_MAX + 1];
	struct sixpn_endpoint_words result;
	const char *wrong;
	size_t n;

	if (!length)
		return sixpn_error_set(error, -EINVAL, "endpoint has no host");
	if (text[0] != '[' && has_two_colons(text, length))
		return sixpn_error_set(error, -EINVAL,
				       "an IPv6 address stands in brackets: '%.*s'",
				       (int)length, text);
	if (!port && !has_port(text, length))
		return sixpn_error_set(error, -EINVAL,
				       "endpoint has no port: '%.*s'",
				       (int)length, text);
	n = complete(whole, text, length, port);
	if (!n || memchr(text, '\0', length))
		return sixpn_error_set(error, -EINVAL,
				       "endpoint too long: '%.*s'",
				       (int)length, text);
	if (sixpn_parse_endpoint(&result, whole, n, error))
		return -EINVAL;
	if (sixpn_parse_port(&port, result.service, strlen(result.service)))
		return sixpn_error_set(error, -EINVAL,
				       "endpoint port is not 1-65535: '%s'",
				       whole);
	wrong = wrong_host(&result, text[0] == '[');
	if (wrong)
		return sixpn_error_set(error, -EINVAL, "%s: '%.*s'", wrong,
				       (int)length, text);
	*words = result;
	return 0;
}

static int parse_etcd(const char *text, size_t length,
		      struct sixpn_error *error)
{
	const char *end = text + length;

	for (;;) {
		const char *comma = memchr(text, ',', (size_t)(end - text));
		const char *stop = comma ? comma : end;
		struct sixpn_endpoint_words words;

		if (sixpn_parse_host_endpoint(&words, text,
					      (size_t)(stop - text),
					      SIXPN_ETCD_PORT, error))
			return -EINVAL;
		if (!comma)
			return 0;
		text = comma + 1;
	}
}

int sixpn_parse_registry(const char *text, size_t length,
			 struct sixpn_error *error)
{
	const char *colon = length ? memchr(text, ':', length) : NULL;
	size_t scheme = colon ? (size_t)(colon - text) : 0;
	size_t rest = colon ? length - scheme - 1 : 0;

	if (is_word(text, scheme, "etcd") || is_word(text, scheme, "etcds"))
		return parse_etcd(colon + 1, rest, error);
	if (!is_word(text, scheme, "sqlite"))
		return sixpn_error_set(error, -EINVAL,
				       "registry is not sqlite:, etcd: or etcds: '%.*s'",
				       (int)length, text);
	if (sixpn_parse_path(colon + 1, rest))
		return sixpn_error_set(error, -EINVAL,
				       "registry has no absolute path: '%.*s'",
				       (int)length, text);
	return 0;
}

static bool is_plain_ip6(const char *text, size_t length)
{
	char copy[INET6_ADDRSTRLEN];
	struct in6_addr address;

	if (length >= sizeof(copy))
		return false;
	memcpy(copy, text, length);
	copy[length] = '\0';
	return inet_pton(AF_INET6, copy, &address) == 1;
}

int sixpn_parse_upstream(struct sixpn_endpoint_words *words, const char **text,
			 size_t *length, struct sixpn_error *error)
{
	const char *start = *text, *comma = memchr(start, ',', *length);
	size_t used = comma ? (size_t)(comma - start) : *length;
	size_t left = *length - used - (comma != NULL), size = used;
	char bracketed[INET6_ADDRSTRLEN + 2];

	while (size && *start == ' ') {
		start++;
		size--;
	}
	while (size && start[size - 1] == ' ')
		size--;
	if (is_plain_ip6(start, size)) {
		size = (size_t)snprintf(bracketed, sizeof(bracketed), "[%.*s]",
					(int)size, start);
		start = bracketed;
	}
	if (sixpn_parse_host_endpoint(words, start, size, 53, NULL) ||
	    !words->literal || (comma && !left))
		return sixpn_error_set(error, -EINVAL,
				       "not the address of a server of DNS, with or without a port: '%.*s'",
				       (int)size, start);
	*text += *length - left;
	*length = left;
	return 0;
}
