// SPDX-License-Identifier: GPL-2.0-or-later
#include "store_etcd.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

const char *etcd_folder(void)
{
	static char folder[] = "/tmp/sixpn-etcd-XXXXXX";
	static bool made;

	if (!made)
		made = mkdtemp(folder);
	return made ? folder : NULL;
}

bool etcd_free_ports(int *ports, int count)
{
	int fds[2 * ETCD_MEMBERS_MAX], i;
	bool ok = true;

	for (i = 0; i < count; i++) {
		struct sockaddr_in address = {
			.sin_family = AF_INET,
			.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		};
		socklen_t length = sizeof(address);

		fds[i] = socket(AF_INET, SOCK_STREAM, 0);
		ok &= !bind(fds[i], (struct sockaddr *)&address, length) &&
		      !getsockname(fds[i], (struct sockaddr *)&address,
				   &length);
		ports[i] = ntohs(address.sin_port);
	}
	for (i = 0; i < count; i++)
		close(fds[i]);
	return ok;
}

static void exec_member(const struct etcd_cluster *cluster, int member)
{
	const char *s = cluster->tls ? "s" : "";
	char name[16], data[128], client[64], peer[64], all[256] = "";
	char cert[128], key[128], log[160];
	int fd, i;

	for (i = 0; i < cluster->count; i++)
		sprintf(all + strlen(all), "%sm%d=http://127.0.0.1:%d",
			i ? "," : "", i, cluster->peer_ports[i]);
	snprintf(name, sizeof(name), "m%d", member);
	snprintf(data, sizeof(data), "%s/%s-%d", etcd_folder(), cluster->name,
		 member);
	snprintf(log, sizeof(log), "%s.log", data);
	snprintf(client, sizeof(client), "http%s://127.0.0.1:%d", s,
		 cluster->client_ports[member]);
	snprintf(peer, sizeof(peer), "http://127.0.0.1:%d",
		 cluster->peer_ports[member]);
	snprintf(cert, sizeof(cert), "%s/etcd.crt", cluster->tls);
	snprintf(key, sizeof(key), "%s/etcd.key", cluster->tls);
	fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	dup2(fd, 1);
	dup2(fd, 2);
	/* However the test ends. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	execlp("etcd", "etcd", "--name", name, "--data-dir", data,
	       "--listen-client-urls", client, "--advertise-client-urls",
	       client, "--listen-peer-urls", peer,
	       "--initial-advertise-peer-urls", peer, "--initial-cluster", all,
	       "--heartbeat-interval", "50", "--election-timeout", "500",
	       cluster->tls ? "--cert-file" : NULL, cert, "--key-file", key,
	       NULL);
	_exit(127);
}

bool etcd_start_member(struct etcd_cluster *cluster, int member)
{
	cluster->pids[member] = fork();
	if (!cluster->pids[member])
		exec_member(cluster, member);
	return cluster->pids[member] > 0;
}

void etcd_stop_member(struct etcd_cluster *cluster, int member, int number)
{
	if (cluster->pids[member] <= 0)
		return;
	kill(cluster->pids[member], number);
	kill(cluster->pids[member], SIGCONT);
	waitpid(cluster->pids[member], NULL, 0);
	cluster->pids[member] = 0;
}

static bool wait_for(struct etcd_cluster *cluster,
		     const struct sixpn_store_options *options)
{
	const struct sixpn_store_change change = {
		.key = "sixpn-test/ready", .value = "", .length = 0,
	};
	int64_t end = store_test_now() + STORE_TEST_LIMIT_MS;
	struct sixpn_error error = { 0 };
	struct sixpn_store *store;
	int ret = -1;

	if (sixpn_store_open(&store, cluster->where, options, &error)) {
		test_note("%s", error.text);
		return false;
	}
	while (ret && store_test_now() < end) {
		ret = sixpn_store_commit(store, NULL, 0, &change, 1, NULL,
					 &error);
		if (ret)
			poll(NULL, 0, 50);
	}
	if (ret)
		test_note("%s", error.text);
	sixpn_store_close(store);
	return !ret;
}

bool etcd_start(struct etcd_cluster *cluster,
		const struct sixpn_store_options *options)
{
	int ports[2 * ETCD_MEMBERS_MAX], i;
	bool ok;

	ok = etcd_folder() && etcd_free_ports(ports, 2 * cluster->count);
	strcpy(cluster->where, cluster->tls ? "etcds:" : "etcd:");
	for (i = 0; i < cluster->count; i++) {
		cluster->client_ports[i] = ports[2 * i];
		cluster->peer_ports[i] = ports[2 * i + 1];
		sprintf(cluster->where + strlen(cluster->where),
			"%s127.0.0.1:%d", i ? "," : "", ports[2 * i]);
	}
	for (i = 0; ok && i < cluster->count; i++)
		ok = etcd_start_member(cluster, i);
	return ok && wait_for(cluster, options);
}

void etcd_stop(struct etcd_cluster *cluster)
{
	int i;

	for (i = 0; i < cluster->count; i++)
		etcd_stop_member(cluster, i, SIGKILL);
}

struct reply {
	char *text;
	size_t room;
	size_t length;
};

static size_t keep(char *bytes, size_t size, size_t count, void *data)
{
	struct reply *reply = data;
	size_t length = size * count, left = reply->room - 1 - reply->length;

	if (length < left)
		left = length;
	memcpy(reply->text + reply->length, bytes, left);
	reply->length += left;
	reply->text[reply->length] = '\0';
	return length;
}

bool etcd_post(const struct etcd_cluster *cluster, int member, const char *path,
	       const char *body, char *answer, size_t room)
{
	struct reply reply = { .text = answer, .room = room };
	CURL *easy = curl_easy_init();
	long status = 0;
	char url[128];

	answer[0] = '\0';
	snprintf(url, sizeof(url), "http://127.0.0.1:%d%s",
		 cluster->client_ports[member], path);
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, keep);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, &reply);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 10000L);
	if (!curl_easy_perform(easy))
		curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_cleanup(easy);
	if (status != 200)
		test_note("%s: %ld %s", path, status, answer);
	return status == 200;
}

/* The number in quotes after that name. */
static bool number_after(const char *text, const char *name, char *number)
{
	const char *at = strstr(text, name);

	return at && sscanf(at + strlen(name), "\":\"%31[0-9]", number) == 1;
}

int etcd_leader(const struct etcd_cluster *cluster)
{
	char answer[1024], leader[32], member[32];
	int i;

	for (i = 0; i < cluster->count; i++)
		if (cluster->pids[i] > 0 &&
		    etcd_post(cluster, i, "/v3/maintenance/status", "{}",
			      answer, sizeof(answer)) &&
		    number_after(answer, "\"leader", leader) &&
		    number_after(answer, "\"member_id", member) &&
		    !strcmp(leader, member))
			return i;
	return -1;
}
