/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Columns for people, out of lines of words separated by tabs for scripts.
 */
#ifndef SIXPN_TABLE_H
#define SIXPN_TABLE_H

#include <stdio.h>

/**
 * sixpn_table_print() - lines with their columns aligned, below a heading
 * @heading: words separated by tabs, one for each column
 * @text: lines of words separated by tabs, each ended by a newline
 *
 * Prints nothing if there are no lines. Errors stay with the stream.
 */
void sixpn_table_print(FILE *stream, const char *heading, const char *text);

#endif
