// SPDX-License-Identifier: GPL-2.0-or-later
#include "metrics.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BACKLOG 16
#define READERS_MAX 16
/* A request is not looked at, but for its end: an empty line. */
#define REQUEST_MAX 4096
#define READER_MS 5000

/* @starved: there was no memory for a reader, who waits to be accepted */
struct sixpn_metrics {
	uv_pipe_t handle;
	char *path;
	void (*write)(void *context, FILE *stream);
	void *context;
	unsigned int readers;
	bool stopped, starved;
};

/* @open: handles that are not closed yet: it is gone with the last one */
struct reader {
	struct sixpn_metrics *metrics;
	uv_pipe_t handle;
	uv_timer_t timer;
	uv_write_t request;
	char input[REQUEST_MAX];
	size_t used;
	char *text;
	unsigned int open;
	bool closing;
};

static void put_metrics(struct sixpn_metrics *metrics)
{
	if (!metrics->stopped || metrics->readers)
		return;
	free(metrics->path);
	free(metrics);
}

static void reader_closed(uv_handle_t *handle)
{
	struct reader *reader = handle->data;

	if (--reader->open)
		return;
	reader->metrics->readers--;
	put_metrics(reader->metrics);
	free(reader->text);
	free(reader);
}

static void close_reader(struct reader *reader)
{
	if (reader->closing)
		return;
	reader->closing = true;
	/* At the end of the resolver others close what is left, see serve.c. */
	if (!uv_is_closing((uv_handle_t *)&reader->handle))
		uv_close((uv_handle_t *)&reader->handle, reader_closed);
	if (!uv_is_closing((uv_handle_t *)&reader->timer))
		uv_close((uv_handle_t *)&reader->timer, reader_closed);
}

static void timer_due(uv_timer_t *timer)
{
	close_reader(timer->data);
}

/* --- The answer. --- */

static void written(uv_write_t *request, int status)
{
	(void)status;
	close_reader(request->data);
}

static char *make_text(struct sixpn_metrics *metrics, size_t *length)
{
	static const char head[] =
		"HTTP/1.0 200 OK\r\n"
		"Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
		"Connection: close\r\n\r\n";
	char *text = NULL;
	FILE *stream = open_memstream(&text, length);

	if (!stream)
		return NULL;
	fputs(head, stream);
	metrics->write(metrics->context, stream);
	if (!fclose(stream))
		return text;
	free(text);
	return NULL;
}

static void answer(struct reader *reader)
{
	size_t length = 0;
	uv_buf_t buffer;

	uv_read_stop((uv_stream_t *)&reader->handle);
	reader->text = make_text(reader->metrics, &length);
	buffer = uv_buf_init(reader->text, (unsigned int)length);
	reader->request.data = reader;
	if (!reader->text ||
	    uv_write(&reader->request, (uv_stream_t *)&reader->handle, &buffer,
		     1, written))
		close_reader(reader);
}

/* --- The request. --- */

static void make_room(uv_handle_t *handle, size_t wanted, uv_buf_t *buffer)
{
	struct reader *reader = handle->data;

	(void)wanted;
	*buffer = uv_buf_init(reader->input + reader->used,
			      (unsigned int)(REQUEST_MAX - reader->used));
}

static void read_some(uv_stream_t *stream, ssize_t count,
		      const uv_buf_t *buffer)
{
	struct reader *reader = stream->data;

	(void)buffer;
	if (count < 0 && count != UV_EOF) {
		close_reader(reader);
		return;
	}
	if (count > 0)
		reader->used += (size_t)count;
	if (count == UV_EOF ||
	    memmem(reader->input, reader->used, "\r\n\r\n", 4) ||
	    memmem(reader->input, reader->used, "\n\n", 2))
		answer(reader);
}

static void connects(uv_stream_t *listener, int status)
{
	struct sixpn_metrics *metrics = listener->data;
	struct reader *reader;

	if (status)
		return;
	reader = calloc(1, sizeof(*reader));
	/* Until this one is accepted libuv tells of no other. */
	metrics->starved = !reader;
	if (!reader)
		return;
	reader->metrics = metrics;
	reader->open = 2;
	metrics->readers++;
	uv_pipe_init(listener->loop, &reader->handle, 0);
	uv_timer_init(listener->loop, &reader->timer);
	reader->handle.data = reader->timer.data = reader;
	uv_timer_start(&reader->timer, timer_due, READER_MS, 0);
	if (uv_accept(listener, (uv_stream_t *)&reader->handle) ||
	    metrics->readers > READERS_MAX ||
	    uv_read_start((uv_stream_t *)&reader->handle, make_room, read_some))
		close_reader(reader);
}

void sixpn_metrics_tick(struct sixpn_metrics *metrics)
{
	if (metrics && metrics->starved)
		connects((uv_stream_t *)&metrics->handle, 0);
}

/* --- Beginning and end. --- */

static void metrics_closed(uv_handle_t *handle)
{
	struct sixpn_metrics *metrics = handle->data;

	metrics->stopped = true;
	put_metrics(metrics);
}

static int listen_at(struct sixpn_metrics *metrics)
{
	struct stat status;
	int ret;

	/* What a run that was killed has left. */
	if (!lstat(metrics->path, &status) && S_ISSOCK(status.st_mode))
		unlink(metrics->path);
	ret = uv_pipe_bind(&metrics->handle, metrics->path);
	/* Nothing secret is told: whoever may enter the folder may ask. */
	if (!ret && chmod(metrics->path, 0666))
		ret = -errno;
	if (!ret)
		ret = uv_listen((uv_stream_t *)&metrics->handle, BACKLOG,
				connects);
	return ret;
}

int sixpn_metrics_start(struct sixpn_metrics **result, uv_loop_t *loop,
			const char *path,
			void (*write)(void *context, FILE *stream),
			void *context)
{
	struct sixpn_metrics *metrics = calloc(1, sizeof(*metrics));
	int ret = -ENOMEM;

	if (!metrics)
		return ret;
	metrics->write = write;
	metrics->context = context;
	metrics->path = strdup(path);
	uv_pipe_init(loop, &metrics->handle, 0);
	metrics->handle.data = metrics;
	if (metrics->path)
		ret = listen_at(metrics);
	if (ret)
		uv_close((uv_handle_t *)&metrics->handle, metrics_closed);
	else
		*result = metrics;
	return ret;
}

void sixpn_metrics_stop(struct sixpn_metrics *metrics)
{
	if (metrics)
		uv_close((uv_handle_t *)&metrics->handle, metrics_closed);
}
