// SPDX-License-Identifier: GPL-2.0-or-later
#include "tcp.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <sixpn/addr.h>

#include "agent_timing.h"

#define BACKLOG 1024
#define SWEEP_MS 1000
/* With so many bytes, or so many questions, on their way nothing is read. */
#define QUEUED_MAX ((size_t)32 * 1024)
#define PENDING_MAX 64
/* Answers of upstreams come all the same: who reads none of them is let go. */
#define UNREAD_MAX ((size_t)256 * 1024)
/* Queries of a connection; then others have their turn. */
#define TURN_MAX 4
/* All connections together; then what else there is. */
#define TURNS_US 500
/* A query is hardly ever longer; room for more is made when it comes. */
#define INPUT_MIN 1024
#define INPUT_MAX (2 + (size_t)SIXPN_DNS_MESSAGE_MAX)

/**
 * struct connection - one of them
 * @pending: questions that upstreams were asked for it
 * @queued: bytes that wait to be written
 * @active: when a byte last went in or out
 * @ended: the other end sends no more
 * @in_turns: in the list of those that have more queries than their turn took
 */
struct connection {
	struct connection *next, **link;
	struct connection *next_turn;
	struct sixpn_tcp *tcp;
	uv_tcp_t handle;
	struct in6_addr source, destination;
	uint8_t *input;
	size_t used, room;
	size_t pending, queued;
	uint64_t active;
	bool reading, ended, closing, closed, in_turns;
};

/* @starved: there was no memory for a connection, which waits to be accepted */
struct sixpn_tcp {
	uv_loop_t *loop;
	struct sixpn_answerer *answerer;
	struct sixpn_upstream *upstream;
	struct sixpn_tcp_counters counters;
	struct connection *connections;
	struct connection *turns, **last_turn;
	uv_tcp_t *listener;
	uv_timer_t sweeper;
	uv_idle_t turner;
	bool finishing, starved;
	uint8_t out[2 + SIXPN_DNS_MESSAGE_MAX];
};

/* What could not be written at once. */
struct rest {
	uv_write_t request;
	struct connection *connection;
	size_t length;
	uint8_t bytes[];
};

static void advance(struct connection *connection, unsigned int queries);

/* --- The end of a connection. --- */

/* It is gone when nothing leads to it any more. */
static void put_connection(struct connection *connection)
{
	if (!connection->closed || connection->pending || connection->in_turns)
		return;
	free(connection->input);
	free(connection);
}

static void connection_closed(uv_handle_t *handle)
{
	struct connection *connection = handle->data;

	connection->closed = true;
	put_connection(connection);
}

static void unlink_connection(struct connection *connection)
{
	*connection->link = connection->next;
	if (connection->next)
		connection->next->link = connection->link;
	connection->tcp->counters.connections--;
}

static void close_connection(struct connection *connection)
{
	if (connection->closing)
		return;
	connection->closing = true;
	if (connection->link)
		unlink_connection(connection);
	uv_close((uv_handle_t *)&connection->handle, connection_closed);
}

/* With nothing left to say to one that asks no more. */
static void close_if_done(struct connection *connection)
{
	if ((connection->ended || connection->tcp->finishing) &&
	    !connection->pending && !connection->queued &&
	    !connection->in_turns)
		close_connection(connection);
}

/* --- Writing. --- */

static void written(uv_write_t *request, int status)
{
	struct rest *rest = request->data;
	struct connection *connection = rest->connection;

	connection->queued -= rest->length;
	connection->active = sixpn_agent_clock();
	free(rest);
	if (connection->closing)
		return;
	if (status)
		close_connection(connection);
	else
		advance(connection, 0);
}

static void queue_rest(struct connection *connection, const uint8_t *bytes,
		       size_t length)
{
	struct rest *rest = malloc(sizeof(*rest) + length);
	uv_buf_t buffer;

	if (!rest) {
		close_connection(connection);
		return;
	}
	memcpy(rest->bytes, bytes, length);
	rest->connection = connection;
	rest->length = length;
	rest->request.data = rest;
	buffer = uv_buf_init((char *)rest->bytes, (unsigned int)length);
	connection->queued += length;
	if (!uv_write(&rest->request, (uv_stream_t *)&connection->handle,
		      &buffer, 1, written))
		return;
	connection->queued -= length;
	free(rest);
	close_connection(connection);
}

/* @bytes: the length that goes before the answer has been put in front of it. */
static void send_bytes(struct connection *connection, uint8_t *bytes,
		       size_t length)
{
	uv_buf_t buffer = uv_buf_init((char *)bytes, (unsigned int)length);
	int done = 0;

	if (connection->closing)
		return;
	connection->tcp->counters.answers++;
	if (!connection->queued)
		done = uv_try_write((uv_stream_t *)&connection->handle, &buffer,
				    1);
	if (done < 0 && done != UV_EAGAIN) {
		close_connection(connection);
		return;
	}
	if (done > 0)
		connection->active = sixpn_agent_clock();
	else
		done = 0;
	if ((size_t)done < length)
		queue_rest(connection, bytes + done, length - (size_t)done);
}

static void send_answer(struct connection *connection, size_t length)
{
	uint8_t *out = connection->tcp->out;

	out[0] = (uint8_t)(length >> 8);
	out[1] = (uint8_t)length;
	send_bytes(connection, out, 2 + length);
}

/* --- Queries. --- */

static void recurse(struct connection *connection,
		    const struct sixpn_query *query)
{
	struct sixpn_tcp *tcp = connection->tcp;
	const struct sixpn_asker asker = { .connection = connection };
	int ret = sixpn_upstream_ask(tcp->upstream, query, &asker);
	size_t length;

	if (!ret) {
		connection->pending++;
		return;
	}
	length = sixpn_answer_failure(tcp->answerer, query, SIXPN_DNS_SERVFAIL,
				      SIXPN_DNS_EDE_OTHER, ret == -EBUSY ?
				      "too many queries of this network are on their way" :
				      "out of resources", tcp->out + 2);
	send_answer(connection, length);
}

static void take_query(struct connection *connection, const uint8_t *message,
		       size_t message_length)
{
	struct sixpn_tcp *tcp = connection->tcp;
	struct sixpn_query query;
	size_t length = 0;

	query.source = connection->source;
	query.destination = connection->destination;
	query.stream = true;
	tcp->counters.queries++;
	switch (sixpn_answer(tcp->answerer, &query, message, message_length,
			     tcp->out + 2, &length)) {
	case SIXPN_ANSWER_SEND:
		send_answer(connection, length);
		break;
	case SIXPN_ANSWER_RECURSE:
		recurse(connection, &query);
		break;
	default:
		/* What it sends is not DNS. */
		close_connection(connection);
	}
}

static bool may_read(const struct connection *connection)
{
	return !connection->closing && connection->queued < QUEUED_MAX &&
	       connection->pending < PENDING_MAX;
}

/* Return: bytes of the first query with its length; 0: not all of it is here. */
static size_t query_size(const uint8_t *input, size_t used)
{
	size_t size;

	if (used < 2)
		return 0;
	size = 2 + ((size_t)input[0] << 8 | input[1]);
	return used < size ? 0 : size;
}

/* Return: whether there is one more query that could be answered. */
static bool take_queries(struct connection *connection, unsigned int queries)
{
	size_t at = 0, size = 0;

	while (queries-- && may_read(connection)) {
		size = query_size(connection->input + at,
				  connection->used - at);
		if (!size)
			break;
		take_query(connection, connection->input + at + 2, size - 2);
		at += size;
	}
	connection->used -= at;
	if (at)
		memmove(connection->input, connection->input + at,
			connection->used);
	return may_read(connection) &&
	       query_size(connection->input, connection->used);
}

static void turn_comes(uv_idle_t *idle);

static void wait_for_turn(struct connection *connection)
{
	struct sixpn_tcp *tcp = connection->tcp;

	if (connection->in_turns)
		return;
	connection->in_turns = true;
	connection->next_turn = NULL;
	*tcp->last_turn = connection;
	tcp->last_turn = &connection->next_turn;
	uv_idle_start(&tcp->turner, turn_comes);
}

static void take_turn(struct sixpn_tcp *tcp)
{
	struct connection *connection = tcp->turns;

	tcp->turns = connection->next_turn;
	if (!tcp->turns)
		tcp->last_turn = &tcp->turns;
	connection->in_turns = false;
	if (connection->closing)
		put_connection(connection);
	else
		advance(connection, TURN_MAX);
}

/* The list goes on where it was: between two of these the loop sees to others. */
static void turn_comes(uv_idle_t *idle)
{
	struct sixpn_tcp *tcp = idle->data;
	uint64_t end = uv_hrtime() + TURNS_US * 1000;

	while (tcp->turns && uv_hrtime() < end)
		take_turn(tcp);
	if (!tcp->turns)
		uv_idle_stop(idle);
}

/* --- Reading. --- */

static void make_room(uv_handle_t *handle, size_t wanted, uv_buf_t *buffer)
{
	struct connection *connection = handle->data;
	size_t room = connection->room;
	uint8_t *grown;

	(void)wanted;
	/* Twice as much only when all of it is in use: it is paid for in bytes. */
	if (connection->used == room) {
		room = room ? 2 * room : INPUT_MIN;
		if (room > INPUT_MAX)
			room = INPUT_MAX;
		grown = realloc(connection->input, room);
		if (grown) {
			connection->input = grown;
			connection->room = room;
		}
	}
	*buffer = uv_buf_init((char *)connection->input + connection->used,
			      (unsigned int)(connection->room -
					     connection->used));
}

static void read_some(uv_stream_t *stream, ssize_t count,
		      const uv_buf_t *buffer)
{
	struct connection *connection = stream->data;

	(void)buffer;
	if (count == UV_EOF) {
		connection->ended = true;
	} else if (count < 0) {
		close_connection(connection);
		return;
	} else if (count > 0) {
		connection->used += (size_t)count;
		connection->active = sixpn_agent_clock();
	}
	advance(connection, 1);
}

static void set_reading(struct connection *connection)
{
	bool reading = may_read(connection) && !connection->ended &&
		       !connection->in_turns && !connection->tcp->finishing;
	uv_stream_t *stream = (uv_stream_t *)&connection->handle;

	if (connection->closing || reading == connection->reading)
		return;
	connection->reading = reading;
	if (!reading)
		uv_read_stop(stream);
	else if (uv_read_start(stream, make_room, read_some))
		close_connection(connection);
}

/*
 * Do what can be done now: called whenever something has changed. Queries beyond
 * so many have to wait for the connection's turn.
 */
static void advance(struct connection *connection, unsigned int queries)
{
	if (connection->closing)
		return;
	if (take_queries(connection, queries))
		wait_for_turn(connection);
	set_reading(connection);
	if (!connection->closing)
		close_if_done(connection);
}

void sixpn_tcp_answer(struct sixpn_tcp *tcp, const struct sixpn_asker *asker,
		      const uint8_t *out, size_t length)
{
	struct connection *connection = asker->connection;

	connection->pending--;
	if (connection->closing) {
		put_connection(connection);
		return;
	}
	if (!length || connection->queued >= UNREAD_MAX) {
		close_connection(connection);
		return;
	}
	memcpy(tcp->out + 2, out, length);
	send_answer(connection, length);
	advance(connection, 0);
}

/* --- Limits. --- */

/* How much the addresses of two must have in common to count together. */
static bool is_of_machine(const struct in6_addr *a, const struct in6_addr *b)
{
	return sixpn_addr_same_machine(a, b);
}

static bool is_of_network(const struct in6_addr *a, const struct in6_addr *b)
{
	return sixpn_addr_network(a) == sixpn_addr_network(b);
}

static bool is_of_all(const struct in6_addr *a, const struct in6_addr *b)
{
	(void)a;
	(void)b;
	return true;
}

static const struct {
	bool (*is_of)(const struct in6_addr *a, const struct in6_addr *b);
	size_t max;
} limits[] = {
	{ is_of_machine, SIXPN_TCP_MACHINE_MAX },
	{ is_of_network, SIXPN_TCP_NETWORK_MAX },
	{ is_of_all, SIXPN_TCP_MAX },
};

/*
 * Return: whether one more of this source may be. If there are too many, the one
 * that has been idle for longest goes: a hostile machine has only its own to lose,
 * a hostile network those of its own.
 */
static bool make_place(struct sixpn_tcp *tcp, const struct in6_addr *source)
{
	size_t i;

	for (i = 0; i < sizeof(limits) / sizeof(*limits); i++) {
		struct connection *one, *idle = NULL;
		size_t count = 0;

		for (one = tcp->connections; one; one = one->next) {
			if (!limits[i].is_of(&one->source, source))
				continue;
			count++;
			if (!one->pending && !one->queued && !one->in_turns &&
			    (!idle || one->active < idle->active))
				idle = one;
		}
		if (count < limits[i].max)
			continue;
		if (!idle)
			return false;
		tcp->counters.evicted++;
		close_connection(idle);
	}
	return true;
}

/* --- Accepting. --- */

static bool read_addresses(struct connection *connection)
{
	struct sockaddr_in6 peer = { 0 }, own = { 0 };
	int peer_length = sizeof(peer), own_length = sizeof(own);

	if (uv_tcp_getpeername(&connection->handle, (struct sockaddr *)&peer,
			       &peer_length) ||
	    uv_tcp_getsockname(&connection->handle, (struct sockaddr *)&own,
			       &own_length))
		return false;
	connection->source = peer.sin6_addr;
	connection->destination = own.sin6_addr;
	return sixpn_addr_is(&connection->source);
}

static void link_connection(struct sixpn_tcp *tcp,
			    struct connection *connection)
{
	connection->next = tcp->connections;
	connection->link = &tcp->connections;
	if (connection->next)
		connection->next->link = &connection->next;
	tcp->connections = connection;
	tcp->counters.connections++;
}

static void connects(uv_stream_t *listener, int status)
{
	struct sixpn_tcp *tcp = listener->data;
	struct connection *connection;

	if (status)
		return;
	connection = calloc(1, sizeof(*connection));
	/* Until this one is accepted libuv tells of no other. */
	tcp->starved = !connection;
	if (!connection)
		return;
	connection->tcp = tcp;
	connection->active = sixpn_agent_clock();
	uv_tcp_init(tcp->loop, &connection->handle);
	connection->handle.data = connection;
	if (uv_accept(listener, (uv_stream_t *)&connection->handle) ||
	    !read_addresses(connection) ||
	    !make_place(tcp, &connection->source)) {
		tcp->counters.refused++;
		close_connection(connection);
		return;
	}
	link_connection(tcp, connection);
	tcp->counters.accepted++;
	uv_tcp_nodelay(&connection->handle, 1);
	set_reading(connection);
}

/* --- Time. --- */

static void sweep(uv_timer_t *timer)
{
	struct sixpn_tcp *tcp = timer->data;
	uint64_t now = sixpn_agent_clock();
	struct connection *one, *next;

	if (tcp->starved)
		connects((uv_stream_t *)tcp->listener, 0);
	for (one = tcp->connections; one; one = next) {
		next = one->next;
		/* A question on its way has its own time. */
		if (one->pending || now - one->active < SIXPN_TCP_IDLE_MS)
			continue;
		tcp->counters.timed_out++;
		close_connection(one);
	}
}

/* --- Beginning and end. --- */

struct sixpn_tcp *sixpn_tcp_new(uv_loop_t *loop, struct sixpn_answerer *answerer,
				struct sixpn_upstream *upstream)
{
	struct sixpn_tcp *tcp = calloc(1, sizeof(*tcp));

	if (!tcp)
		return NULL;
	tcp->loop = loop;
	tcp->answerer = answerer;
	tcp->upstream = upstream;
	tcp->last_turn = &tcp->turns;
	uv_timer_init(loop, &tcp->sweeper);
	uv_idle_init(loop, &tcp->turner);
	tcp->sweeper.data = tcp->turner.data = tcp;
	uv_timer_start(&tcp->sweeper, sweep, SWEEP_MS, SWEEP_MS);
	return tcp;
}

static void listener_closed(uv_handle_t *handle)
{
	free(handle);
}

int sixpn_tcp_start(struct sixpn_tcp *tcp, int fd)
{
	uv_tcp_t *listener = malloc(sizeof(*listener));
	int own = fcntl(fd, F_DUPFD_CLOEXEC, 0), ret;

	if (!listener || own < 0) {
		free(listener);
		if (own >= 0)
			close(own);
		return -ENOMEM;
	}
	uv_tcp_init(tcp->loop, listener);
	listener->data = tcp;
	ret = uv_tcp_open(listener, own);
	if (ret)
		close(own);
	else
		ret = uv_listen((uv_stream_t *)listener, BACKLOG, connects);
	if (ret) {
		uv_close((uv_handle_t *)listener, listener_closed);
		return ret;
	}
	tcp->listener = listener;
	return 0;
}

void sixpn_tcp_stop(struct sixpn_tcp *tcp)
{
	if (tcp->listener)
		uv_close((uv_handle_t *)tcp->listener, listener_closed);
	tcp->listener = NULL;
	tcp->starved = false;
}

bool sixpn_tcp_finish(struct sixpn_tcp *tcp)
{
	struct connection *one, *next;

	tcp->finishing = true;
	for (one = tcp->connections; one; one = next) {
		next = one->next;
		advance(one, 0);
	}
	return !tcp->connections;
}

void sixpn_tcp_close(struct sixpn_tcp *tcp)
{
	sixpn_tcp_stop(tcp);
	while (tcp->connections)
		close_connection(tcp->connections);
	uv_close((uv_handle_t *)&tcp->sweeper, NULL);
	uv_close((uv_handle_t *)&tcp->turner, NULL);
}

const struct sixpn_tcp_counters *sixpn_tcp_counters(const struct sixpn_tcp *tcp)
{
	return &tcp->counters;
}

void sixpn_tcp_free(struct sixpn_tcp *tcp)
{
	free(tcp);
}
