// SPDX-License-Identifier: GPL-2.0-or-later
#include "error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int sixpn_error_set(struct sixpn_error *error, int code, const char *format, ...)
{
	va_list args;

	if (!error)
		return code;
	va_start(args, format);
	vsnprintf(error->text, sizeof(error->text), format, args);
	va_end(args);
	return code;
}

int sixpn_error_prefix(struct sixpn_error *error, int code, const char *format,
		       ...)
{
	char prefix[256];
	size_t length, room;
	va_list args;
	int n;

	if (!error)
		return code;
	va_start(args, format);
	n = vsnprintf(prefix, sizeof(prefix) - 2, format, args);
	va_end(args);
	if (n < 0)
		return code;
	strcat(prefix, ": ");
	length = strlen(prefix);
	room = sizeof(error->text) - length - 1;
	error->text[room] = '\0';
	memmove(error->text + length, error->text, strlen(error->text) + 1);
	memcpy(error->text, prefix, length);
	return code;
}

void sixpn_error_append(struct sixpn_error *error, const char *format, ...)
{
	size_t length;
	va_list args;

	if (!error)
		return;
	length = strlen(error->text);
	va_start(args, format);
	vsnprintf(error->text + length, sizeof(error->text) - length, format,
		  args);
	va_end(args);
}
