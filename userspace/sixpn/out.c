// SPDX-License-Identifier: GPL-2.0-or-later
#include "out.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "environment.h"
#include "format.h"

static bool wants_color(int fd)
{
	const char *mode = sixpn_environment("COLOR_MODE");
	const char *none = getenv("NO_COLOR");

	if (mode && !strcmp(mode, "always"))
		return true;
	if (mode && !strcmp(mode, "never"))
		return false;
	return isatty(fd) && !(none && none[0]);
}

void sixpn_out_init(struct sixpn_out *out, FILE *file, bool json)
{
	memset(out, 0, sizeof(*out));
	out->file = file;
	out->json = json;
	out->color = !json && wants_color(fileno(file));
	out->terminal = isatty(fileno(file));
}

static void fail(struct sixpn_out *out)
{
	out->failed = true;
}

/* The first reason is told: a stream that failed once may not say why again. */
static void fail_to_write(struct sixpn_out *out)
{
	if (!out->failed)
		out->why = errno;
	fail(out);
}

/* Hang @value, owned by the caller so far, into the innermost container. */
static void attach(struct sixpn_out *out, const char *key, json_t *value)
{
	json_t *top = out->depth ? out->stack[out->depth - 1] : NULL;
	int ret;

	if (!value || !top) {
		json_decref(value);
		fail(out);
		return;
	}
	if (json_is_object(top))
		ret = key ? json_object_set_new(top, key, value) : -1;
	else
		ret = json_array_append_new(top, value);
	if (ret)
		fail(out);
}

static void open_container(struct sixpn_out *out, const char *key,
			   json_t *container)
{
	if (out->depth == SIXPN_OUT_DEPTH || !container) {
		json_decref(container);
		fail(out);
		return;
	}
	/* The stack borrows all but the outermost from their parents. */
	if (out->depth)
		attach(out, key, container);
	out->stack[out->depth++] = container;
}

void sixpn_out_open_object(struct sixpn_out *out, const char *key)
{
	if (out->json)
		open_container(out, key, json_object());
}

void sixpn_out_open_array(struct sixpn_out *out, const char *key)
{
	if (out->json)
		open_container(out, key, json_array());
}

void sixpn_out_close(struct sixpn_out *out)
{
	size_t flags = out->lines ? JSON_COMPACT : JSON_INDENT(2);

	if (!out->json)
		return;
	if (!out->depth) {
		fail(out);
		return;
	}
	if (--out->depth)
		return;
	if (json_dumpf(out->stack[0], out->file, flags) ||
	    fputc('\n', out->file) == EOF ||
	    (out->lines && fflush(out->file)))
		fail_to_write(out);
	json_decref(out->stack[0]);
}

void sixpn_out_abandon(struct sixpn_out *out)
{
	if (out->depth)
		json_decref(out->stack[0]);
	out->depth = 0;
}

static void print(struct sixpn_out *out, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

static void print(struct sixpn_out *out, const char *format, va_list args)
{
	if (vfprintf(out->file, format, args) < 0)
		fail_to_write(out);
}

void sixpn_out_string(struct sixpn_out *out, const char *key, const char *value,
		      const char *format, ...)
{
	va_list args;

	if (out->json) {
		sixpn_out_json_string(out, key, value);
		return;
	}
	va_start(args, format);
	print(out, format, args);
	va_end(args);
}

void sixpn_out_number(struct sixpn_out *out, const char *key, uint64_t value,
		      const char *format, ...)
{
	va_list args;

	if (out->json) {
		sixpn_out_json_number(out, key, value);
		return;
	}
	va_start(args, format);
	print(out, format, args);
	va_end(args);
}

void sixpn_out_bool(struct sixpn_out *out, const char *key, bool value,
		    const char *format, ...)
{
	va_list args;

	if (out->json) {
		attach(out, key, json_boolean(value));
		return;
	}
	va_start(args, format);
	print(out, format, args);
	va_end(args);
}

void sixpn_out_null(struct sixpn_out *out, const char *key, const char *format,
		    ...)
{
	va_list args;

	if (out->json) {
		sixpn_out_json_null(out, key);
		return;
	}
	va_start(args, format);
	print(out, format, args);
	va_end(args);
}

void sixpn_out_text(struct sixpn_out *out, const char *format, ...)
{
	va_list args;

	if (out->json)
		return;
	va_start(args, format);
	print(out, format, args);
	va_end(args);
}

void sixpn_out_json_string(struct sixpn_out *out, const char *key,
			   const char *value)
{
	if (out->json)
		attach(out, key, json_string(value));
}

void sixpn_out_json_number(struct sixpn_out *out, const char *key,
			   uint64_t value)
{
	if (out->json)
		attach(out, key, json_integer((json_int_t)value));
}

void sixpn_out_json_null(struct sixpn_out *out, const char *key)
{
	if (out->json)
		attach(out, key, json_null());
}

const char *sixpn_out_style(const struct sixpn_out *out, enum sixpn_style style)
{
	static const char *const sequences[] = {
		[SIXPN_STYLE_RESET] = "\x1b[0m",
		[SIXPN_STYLE_BOLD] = "\x1b[1m",
		[SIXPN_STYLE_RED] = "\x1b[31m",
		[SIXPN_STYLE_GREEN] = "\x1b[32m",
		[SIXPN_STYLE_YELLOW] = "\x1b[33m",
		[SIXPN_STYLE_CYAN] = "\x1b[36m",
	};

	return out->color ? sequences[style] : "";
}

void sixpn_out_name(const struct sixpn_out *out, char *to, size_t room,
		    const char *name)
{
	if (out->json || out->terminal)
		sixpn_format_escaped(to, room, name, strlen(name));
	else
		snprintf(to, room, "%s", name);
}

int sixpn_out_finish(struct sixpn_out *out)
{
	errno = out->why;
	if (fflush(out->file) || ferror(out->file) || out->failed)
		return errno ? -errno : -EIO;
	return 0;
}
