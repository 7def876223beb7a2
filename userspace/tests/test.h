/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A test prints "ok NAME" or "not ok NAME"; tests/run numbers the lines.
 */
#ifndef SIXPN_TEST_H
#define SIXPN_TEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Print the result of one test. Return: @ok. */
bool test_result(bool ok, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* A line of explanation before a result. */
void test_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Two texts are equal; shows both when not. */
bool test_same_text(const char *got, const char *wanted);

/* The same sequence in every run, so that a failure can be repeated. */
uint32_t test_random(void);
void test_random_bytes(void *data, size_t length);

#define TEST_COUNT(table) (sizeof(table) / sizeof((table)[0]))

void test_keys(void);
void test_parse(void);
void test_format(void);
void test_config(void);
void test_host_config(void);
void test_message(void);
void test_reply(void);
void test_sync(void);
void test_sync_object(void);
void test_desired(void);
void test_reconcile(void);
void test_agent_timing(void);
void test_agent_registry(void);
void test_both(void);
void test_journal(void);
void test_object(void);
void test_whois(void);
void test_print(void);
void test_client_conf(void);
void test_client_put(void);
void test_gateway(void);
void test_resolver_state(void);
void test_resolver_servers(void);
void test_store(void);
void test_store_sqlite(void);
void test_record(void);
void test_registry(void);
void test_store_etcd(void);
void test_node(void);
void test_netns_etc(void);
void test_dns(void);
void test_resolver_name(void);
void test_resolver_index(void);
void test_resolver_zone(void);
void test_resolver_script(void);
void test_resolver_answer(void);
void test_resolver_churn(void);

/* NAME, DEFAULT and what a value must be, of each key of sixpn.conf(5). */
void print_host_keys(void);

/* KIND, FIELD, needed or optional, and what a value must be, of all records. */
void print_record_fields(void);

/* Standard input is a record of that key, and comes out the same. */
int check_record_example(const char *key);

/* Standard input is a record of that key: put it into that registry. */
int put_record(const char *where, const char *key);

#endif
