/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records for tests: one of each kind that keeps all rules, and random ones.
 */
#ifndef SIXPN_RECORD_TEST_H
#define SIXPN_RECORD_TEST_H

#include "registry.h"
#include "store_test.h"
#include "test.h"

/* JSON and key of a record with every field, of each kind. */
const char *record_test_text(enum sixpn_record_kind kind);
const char *record_test_key(enum sixpn_record_kind kind);

/* Anything that keeps the rules; cleared by the caller. */
void record_test_random(struct sixpn_record *record,
			enum sixpn_record_kind kind);

/* Small ones, without what is optional. */
void record_test_network(struct sixpn_record *record, uint32_t id,
			 const char *name);
/* Its public key is all of the id's lowest byte. */
void record_test_host(struct sixpn_record *record, uint32_t id,
		      const char *name);
void record_test_machine(struct sixpn_record *record, uint32_t network,
			 uint32_t host, uint32_t id, const char *name);
/* @number: of its public key, and machine id of its address */
void record_test_client(struct sixpn_record *record, uint32_t network,
			uint32_t gateway, uint8_t number, const char *name);
void record_test_service(struct sixpn_record *record, uint32_t network,
			 uint16_t number, const char *app);

/* In registry_watch.c, registry_race.c and registry_between.c, for registry.c. */
void test_registry_watch(const char *where);
void test_registry_race(const char *where);
/* After test_registry_watch(), which leaves hosts 7 and 8 there. */
void test_registry_between(const char *where);

#endif
