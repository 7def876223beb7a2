// SPDX-License-Identifier: GPL-2.0-or-later
#include "command.h"

#include <stdarg.h>
#include <string.h>

#include "format.h"

static void complain(const struct sixpn_run *run, const char *tail,
		     const char *format, va_list args)
	__attribute__((format(printf, 3, 0)));

static void complain(const struct sixpn_run *run, const char *tail,
		     const char *format, va_list args)
{
	char text[1536], safe[sizeof(text) * 4 + 1];

	/* Output and complaints may go to one terminal: keep their order. */
	fflush(stdout);
	vsnprintf(text, sizeof(text), format, args);
	sixpn_format_escaped(safe, sizeof(safe), text, strlen(text));
	if (run && run->name)
		fprintf(stderr, "sixpn: %s: %s%s\n", run->name, safe, tail);
	else
		fprintf(stderr, "sixpn: %s%s\n", safe, tail);
}

int sixpn_complain(const struct sixpn_run *run, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(run, "", format, args);
	va_end(args);
	return SIXPN_EXIT_REFUSED;
}

int sixpn_complain_usage(const struct sixpn_run *run, const char *format, ...)
{
	char tail[64] = " (see sixpn help)";
	va_list args;

	if (run && run->name)
		snprintf(tail, sizeof(tail), " (see sixpn help %s)", run->name);
	va_start(args, format);
	complain(run, tail, format, args);
	va_end(args);
	return SIXPN_EXIT_USAGE;
}

void sixpn_warn(const struct sixpn_run *run, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(run, "", format, args);
	va_end(args);
}
