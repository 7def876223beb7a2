// SPDX-License-Identifier: GPL-2.0-or-later
#include "table.h"

#include <string.h>

#define COLUMNS_MAX 16
#define GAP 2

/* The widest word of each column of @text so far. */
static void measure(size_t widths[COLUMNS_MAX], const char *text)
{
	size_t column = 0;

	while (*text) {
		size_t length = strcspn(text, "\t\n");

		if (column < COLUMNS_MAX && length > widths[column])
			widths[column] = length;
		text += length;
		column = *text == '\t' ? column + 1 : 0;
		text += *text != '\0';
	}
}

static void print_lines(FILE *stream, const size_t widths[COLUMNS_MAX],
			const char *text)
{
	size_t column = 0;

	while (*text) {
		size_t length = strcspn(text, "\t\n");
		int room = 0;

		/* Nothing after the last word of a line. */
		if (text[length] == '\t' && column < COLUMNS_MAX)
			room = (int)(widths[column] + GAP);
		fprintf(stream, "%*.*s", -room, (int)length, text);
		text += length;
		if (*text == '\n')
			fputc('\n', stream);
		column = *text == '\t' ? column + 1 : 0;
		text += *text != '\0';
	}
}

void sixpn_table_print(FILE *stream, const char *heading, const char *text)
{
	size_t widths[COLUMNS_MAX] = { 0 };

	if (!*text)
		return;
	measure(widths, heading);
	measure(widths, text);
	print_lines(stream, widths, heading);
	fputc('\n', stream);
	print_lines(stream, widths, text);
}
