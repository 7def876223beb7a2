/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A text as a QR code, for cameras of telephones.
 */
#ifndef SIXPN_LIB_QR_H
#define SIXPN_LIB_QR_H

#include <stdbool.h>
#include <stdio.h>

#include "error.h"

/**
 * sixpn_qr_write() - draw a text in half blocks of UTF-8
 * @stream: errors stay with it
 * @color: tell the terminal to draw in white on black; without, that is what it
 *	is taken for
 * @width: set to the columns that it takes, the quiet zone included; may be NULL
 *
 * Return: 0, -EMSGSIZE (more than a QR code can hold) or -ENOMEM.
 */
int sixpn_qr_write(FILE *stream, const char *text, bool color,
		   unsigned int *width, struct sixpn_error *error);

#endif
