// SPDX-License-Identifier: GPL-2.0-or-later
#include "qr.h"

#include <errno.h>

#include <qrencode.h>

#include "keys.h"

/* Empty modules around it, ISO/IEC 18004 asks for four. */
#define QUIET 4

#define WHITE_ON_BLACK "\x1b[40;37;1m"
#define RESET "\x1b[0m"

/* Whether a module is to be white, as all outside of the code are. */
static bool is_light(const QRcode *code, int x, int y)
{
	if (x < 0 || y < 0 || x >= code->width || y >= code->width)
		return true;
	return !(code->data[y * code->width + x] & 1);
}

/* Two rows of modules are one line. */
static void write_line(FILE *stream, const QRcode *code, int y, bool color)
{
	static const char *const blocks[2][2] = {
		{ " ", "\u2584" }, { "\u2580", "\u2588" },
	};
	int x;

	if (color)
		fputs(WHITE_ON_BLACK, stream);
	for (x = -QUIET; x < code->width + QUIET; x++)
		fputs(blocks[is_light(code, x, y)][is_light(code, x, y + 1)],
		      stream);
	fputs(color ? RESET "\n" : "\n", stream);
}

int sixpn_qr_write(FILE *stream, const char *text, bool color,
		   unsigned int *width, struct sixpn_error *error)
{
	QRcode *code;
	int y;

	code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_L);
	if (!code)
		return errno == ERANGE ?
		       sixpn_error_set(error, -EMSGSIZE,
				       "it is too long for a QR code") :
		       sixpn_error_set(error, -ENOMEM, "out of memory");
	if (width)
		*width = (unsigned int)code->width + 2 * QUIET;
	for (y = -QUIET; y < code->width + QUIET; y += 2)
		write_line(stream, code, y, color);
	/* It can be read from the modules. */
	sixpn_key_wipe(code->data, (size_t)code->width * (size_t)code->width);
	QRcode_free(code);
	return 0;
}
