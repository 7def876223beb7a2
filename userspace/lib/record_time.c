// SPDX-License-Identifier: GPL-2.0-or-later
#include "record.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* A digit for each 0; the others as they are. */
static const char form[] = "0000-00-00T00:00:00Z";

_Static_assert(sizeof(form) == SIXPN_TIME_TEXT_MAX, "room for a time");

void sixpn_time_format(char text[SIXPN_TIME_TEXT_MAX], uint64_t seconds)
{
	time_t time = (time_t)(seconds > SIXPN_RECORD_TIME_MAX ?
			       SIXPN_RECORD_TIME_MAX : seconds);
	struct tm parts;

	gmtime_r(&time, &parts);
	strftime(text, SIXPN_TIME_TEXT_MAX, "%Y-%m-%dT%H:%M:%SZ", &parts);
}

static int number(const char *digits, size_t count)
{
	int sum = 0;

	while (count--)
		sum = sum * 10 + (*digits++ - '0');
	return sum;
}

int sixpn_time_parse(uint64_t *seconds, const char *text, size_t length)
{
	char back[SIXPN_TIME_TEXT_MAX];
	struct tm parts = { 0 };
	time_t time;
	size_t i;

	if (length != sizeof(form) - 1)
		return -EINVAL;
	for (i = 0; i < length; i++)
		if (form[i] == '0' ? text[i] < '0' || text[i] > '9' :
				     text[i] != form[i])
			return -EINVAL;
	parts.tm_year = number(text, 4) - 1900;
	parts.tm_mon = number(text + 5, 2) - 1;
	parts.tm_mday = number(text + 8, 2);
	parts.tm_hour = number(text + 11, 2);
	parts.tm_min = number(text + 14, 2);
	parts.tm_sec = number(text + 17, 2);
	time = timegm(&parts);
	if (time <= 0)
		return -EINVAL;
	/* February 30 has become another day. */
	sixpn_time_format(back, (uint64_t)time);
	if (memcmp(back, text, length))
		return -EINVAL;
	*seconds = (uint64_t)time;
	return 0;
}
