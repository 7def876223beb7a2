/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Members of etcd clusters that tests start on loopback, and stop.
 */
#ifndef SIXPN_STORE_ETCD_TEST_H
#define SIXPN_STORE_ETCD_TEST_H

#include "store_test.h"

#define ETCD_MEMBERS_MAX 3

/**
 * struct etcd_cluster - of @count members
 * @name: of a folder below that of all
 * @where: for sixpn_store_open()
 * @tls: a folder with ca.crt, etcd.crt and etcd.key; NULL: none
 */
struct etcd_cluster {
	const char *name;
	const char *tls;
	int count;
	pid_t pids[ETCD_MEMBERS_MAX];
	int client_ports[ETCD_MEMBERS_MAX];
	int peer_ports[ETCD_MEMBERS_MAX];
	char where[128];
};

/* Where all of it is; made by the first call. NULL: it cannot be. */
const char *etcd_folder(void);

/* Ports that nobody has now. */
bool etcd_free_ports(int *ports, int count);

bool etcd_start_member(struct etcd_cluster *cluster, int member);
void etcd_stop_member(struct etcd_cluster *cluster, int member, int signal);

/* @name, @tls and @count are set. Waits until it can be written to. */
bool etcd_start(struct etcd_cluster *cluster,
		const struct sixpn_store_options *options);
void etcd_stop(struct etcd_cluster *cluster);

/* Ask a member for something that store.h has not. @answer: its first bytes. */
bool etcd_post(const struct etcd_cluster *cluster, int member, const char *path,
	       const char *body, char *answer, size_t room);

/* Which member leads; -1: none says so. */
int etcd_leader(const struct etcd_cluster *cluster);

#endif
