// SPDX-License-Identifier: GPL-2.0-or-later
#include "test.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static unsigned int failures;

bool test_result(bool ok, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	printf(ok ? "ok " : "not ok ");
	vprintf(format, args);
	putchar('\n');
	va_end(args);
	if (!ok)
		failures++;
	return ok;
}

void test_note(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	printf("# ");
	vprintf(format, args);
	putchar('\n');
	va_end(args);
}

bool test_same_text(const char *got, const char *wanted)
{
	if (!strcmp(got, wanted))
		return true;
	test_note("got    '%s'", got);
	test_note("wanted '%s'", wanted);
	return false;
}

/* xorshift32, G. Marsaglia, "Xorshift RNGs", 2003 */
uint32_t test_random(void)
{
	static uint32_t state = 2463534242u;

	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

void test_random_bytes(void *data, size_t length)
{
	uint8_t *bytes = data;

	while (length--)
		*bytes++ = (uint8_t)(test_random() >> 11);
}

/*
 * Usage: unit [host-keys | record-fields | record KEY | put REGISTRY KEY]; all but
 * the first are for scripts. KEY is - for lines of KEY JSON or, of a machine that
 * goes, KEY.
 */
int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "host-keys")) {
		print_host_keys();
		return 0;
	}
	if (argc == 2 && !strcmp(argv[1], "record-fields")) {
		print_record_fields();
		return 0;
	}
	if (argc == 3 && !strcmp(argv[1], "record"))
		return check_record_example(argv[2]);
	if (argc == 4 && !strcmp(argv[1], "put"))
		return put_record(argv[2], argv[3]);
	/* A crash must not swallow what was printed. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	test_keys();
	test_parse();
	test_format();
	test_config();
	test_host_config();
	test_message();
	test_reply();
	test_sync();
	test_sync_object();
	test_desired();
	test_reconcile();
	test_agent_timing();
	test_agent_registry();
	test_journal();
	test_object();
	test_whois();
	test_print();
	test_client_conf();
	test_client_put();
	test_gateway();
	test_resolver_state();
	test_resolver_servers();
	test_store();
	test_store_sqlite();
	test_record();
	test_registry();
	test_both();
	test_node();
	test_netns_etc();
	test_dns();
	test_resolver_name();
	test_resolver_index();
	test_resolver_zone();
	test_resolver_script();
	test_resolver_answer();
	test_resolver_churn();
	test_store_etcd();
	return failures ? 1 : 0;
}
