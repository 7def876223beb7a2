// SPDX-License-Identifier: GPL-2.0-or-later
#include "serve_part.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "notify.h"
#include "socket.h"

#define RESOLV_CONF "/etc/resolv.conf"
#define RESOLV_CONF_MAX 16384
/* A registry that does not answer by then is said to be out of reach. */
#define PATIENCE_MS 3000
/* Looks between two at what others may have done to the device. */
#define KEEP_TURNS 5

/* --- Sockets. --- */

void sixpn_serve_close_sockets(struct sixpn_serve *serve)
{
	sixpn_udp_stop(serve->udp);
	sixpn_tcp_stop(serve->tcp);
	if (serve->udp_fd >= 0)
		close(serve->udp_fd);
	if (serve->tcp_fd >= 0)
		close(serve->tcp_fd);
	serve->udp_fd = serve->tcp_fd = -1;
	serve->serving = false;
}

/* That of the last run, if systemd has kept it: queries may wait in it. */
static int open_socket(struct sixpn_serve *serve, const char *name, int type,
		       struct sixpn_error *error)
{
	int fd = sixpn_notify_kept(name);

	if (fd >= 0 && sixpn_socket_is_of(fd, type, serve->ifindex))
		return fd;
	if (fd >= 0)
		close(fd);
	sixpn_notify_forget(name);
	fd = sixpn_socket_open(type, serve->ifname, error);
	if (fd >= 0)
		sixpn_notify_keep(name, fd);
	return fd;
}

static int open_sockets(struct sixpn_serve *serve, struct sixpn_error *error)
{
	serve->udp_fd = open_socket(serve, "udp", SOCK_DGRAM, error);
	if (serve->udp_fd < 0)
		return serve->udp_fd;
	serve->tcp_fd = open_socket(serve, "tcp", SOCK_STREAM, error);
	return serve->tcp_fd < 0 ? serve->tcp_fd : 0;
}

static void say_ready(struct sixpn_serve *serve)
{
	if (serve->told_ready)
		return;
	serve->told_ready = true;
	serve->options->notify(serve->options->context, "READY=1");
}

static bool is_patient(const struct sixpn_serve *serve)
{
	return sixpn_agent_clock() - serve->started < PATIENCE_MS;
}

/*
 * Before it is known what to answer, and whom, queries wait in the sockets; but no
 * longer than those who ask do.
 */
void sixpn_serve_begin(struct sixpn_serve *serve)
{
	int ret;

	if (!serve->known && !serve->outage_since && is_patient(serve))
		return;
	if (!serve->self && is_patient(serve))
		return;
	if (!serve->serving && serve->udp_fd >= 0 && serve->tcp_fd >= 0) {
		ret = sixpn_udp_start(serve->udp, &serve->loop, serve->udp_fd);
		if (!ret)
			ret = sixpn_tcp_start(serve->tcp, serve->tcp_fd);
		serve->serving = !ret;
		if (ret) {
			/* They are opened again at the next look. */
			sixpn_serve_close_sockets(serve);
			sixpn_serve_trouble(serve, strerror(-ret));
		}
	}
	say_ready(serve);
}

static void change_device(struct sixpn_serve *serve, uint32_t ifindex)
{
	struct sixpn_error error = { 0 };

	sixpn_serve_close_sockets(serve);
	serve->ifindex = ifindex;
	sixpn_rtt_hurry(serve->rtt);
	if (sixpn_place_device(serve->place, ifindex, &error))
		sixpn_serve_trouble(serve, error.text);
	if (!ifindex)
		sixpn_serve_log(serve, SIXPN_SERVE_NOTICE,
				"there is no device %s: waiting for it",
				serve->ifname);
}

static void keep_device(struct sixpn_serve *serve)
{
	struct sixpn_error error = { 0 };

	if (++serve->looks % KEEP_TURNS)
		return;
	if (sixpn_place_keep(serve->place, &error))
		sixpn_serve_trouble(serve, error.text);
}

static void look_at_device(struct sixpn_serve *serve)
{
	uint32_t ifindex = sixpn_place_find(serve->place, serve->ifname);
	struct sixpn_error error = { 0 };

	if (ifindex != serve->ifindex)
		change_device(serve, ifindex);
	else
		keep_device(serve);
	if (ifindex && (serve->udp_fd < 0 || serve->tcp_fd < 0)) {
		sixpn_serve_close_sockets(serve);
		if (open_sockets(serve, &error)) {
			sixpn_serve_close_sockets(serve);
			sixpn_serve_trouble(serve, error.text);
		} else {
			sixpn_serve_log(serve, SIXPN_SERVE_NOTICE,
					"listening on %s", serve->ifname);
		}
	}
	sixpn_serve_begin(serve);
}

/* --- Upstreams. --- */

static void read_text(char text[RESOLV_CONF_MAX])
{
	FILE *stream = fopen(RESOLV_CONF, "re");
	size_t length = 0;

	if (stream) {
		length = fread(text, 1, RESOLV_CONF_MAX - 1, stream);
		fclose(stream);
	}
	text[length] = '\0';
}

/* Also when the file is gone or has come. */
static bool has_changed(struct sixpn_serve *serve)
{
	struct stat status = { 0 };
	bool same;

	if (stat(RESOLV_CONF, &status))
		memset(&status, 0, sizeof(status));
	same = status.st_mtim.tv_sec == serve->resolv_conf.tv_sec &&
	       status.st_mtim.tv_nsec == serve->resolv_conf.tv_nsec;
	serve->resolv_conf = status.st_mtim;
	return !same;
}

void sixpn_serve_upstreams(struct sixpn_serve *serve)
{
	const struct sixpn_host_config *config = &serve->side->node.config;
	char servers[SIXPN_UPSTREAM_SERVERS_MAX];
	struct sixpn_error error = { 0 };
	char text[RESOLV_CONF_MAX];

	read_text(text);
	sixpn_upstream_servers(servers, config->resolver_upstreams, text);
	/* With other ones its cache is lost. */
	if (serve->has_servers && !strcmp(servers, serve->servers) &&
	    config->resolver_dnssec == serve->dnssec)
		return;
	if (sixpn_upstream_configure(serve->upstream, servers,
				     config->resolver_dnssec, &error)) {
		sixpn_serve_trouble(serve, error.text);
		return;
	}
	strcpy(serve->servers, servers);
	serve->dnssec = config->resolver_dnssec;
	serve->has_servers = true;
	sixpn_serve_log(serve, SIXPN_SERVE_NOTICE, "upstreams: %s", servers[0] ?
			servers : "none, the servers of each name are asked");
}

void sixpn_serve_look(struct sixpn_serve *serve)
{
	sixpn_answerer_now(serve->answerer, (uint32_t)time(NULL));
	look_at_device(serve);
	if (has_changed(serve) || !serve->has_servers)
		sixpn_serve_upstreams(serve);
	sixpn_rtt_tick(serve->rtt, serve->ifname);
}
