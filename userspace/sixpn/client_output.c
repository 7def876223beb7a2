// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The configuration of a client: to a file, as a code for a camera, or to
 * standard output.
 */
#include "client.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "format.h"
#include "qr.h"

int sixpn_client_output_init(struct sixpn_client_output *output,
			     struct sixpn_run *run)
{
	output->file = sixpn_run_option(run, "out");
	output->qr = sixpn_run_option(run, "qr");
	if (output->file && !output->file[0])
		return sixpn_complain_usage(run, "--out needs the name of a file");
	if (output->qr && sixpn_run_option(run, "public-key"))
		return sixpn_complain_usage(run, "--qr is of no use with --public-key: no telephone takes a configuration without private key");
	return SIXPN_EXIT_OK;
}

static int write_all(int fd, const char *text, size_t length)
{
	while (length) {
		ssize_t done = write(fd, text, length);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		text += done;
		length -= (size_t)done;
	}
	return 0;
}

/* Return: 0 or a negative errno; the file is not there then, or not ours. */
static int write_file(const char *path, const char *text, size_t length,
		      struct sixpn_error *error)
{
	int fd, ret;

	/* Neither another file nor what a link leads to is overwritten. */
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
		  0600);
	if (fd < 0)
		return errno == EEXIST ?
		       sixpn_error_set(error, -EEXIST,
				       "'%s' is there already, and is not overwritten: name another file, or remove it",
				       path) :
		       sixpn_error_set(error, -errno, "cannot make '%s': %s",
				       path, strerror(errno));
	ret = write_all(fd, text, length);
	if (!ret && fsync(fd) && errno != EINVAL)
		ret = -errno;
	if (close(fd) && !ret)
		ret = -errno;
	if (!ret)
		return 0;
	unlink(path);
	return sixpn_error_set(error, ret, "cannot write '%s': %s", path,
			       strerror(-ret));
}

int sixpn_client_output_write(struct sixpn_client_job *job,
			      struct sixpn_client_output *output,
			      const uint8_t *private_key,
			      const struct sixpn_record_host *gateway)
{
	size_t length;
	int ret;

	output->gateway = gateway->name;
	length = sixpn_client_conf_format(output->text, &job->record.client,
					  private_key, gateway);
	if (!length)
		return sixpn_error_set(&job->noun.error, -ENOMEM, "out of memory");
	if (!output->file)
		return 0;
	ret = write_file(output->file, output->text, length, &job->noun.error);
	output->written = !ret;
	return ret;
}

void sixpn_client_output_remove(struct sixpn_client_output *output)
{
	if (output->written)
		unlink(output->file);
	output->written = false;
}

/* A code that is wrapped cannot be read. */
static void warn_narrow(const struct sixpn_run *run, unsigned int width)
{
	struct winsize size;

	if (run->out.terminal &&
	    !ioctl(fileno(run->out.file), TIOCGWINSZ, &size) && size.ws_col &&
	    size.ws_col < width)
		sixpn_warn(run, "warning: the code is %u columns wide, the terminal %u: make it larger, and use 'sixpn client reset'",
			   width, size.ws_col);
}

static int print_qr(struct sixpn_client_job *job,
		    const struct sixpn_client_output *output)
{
	struct sixpn_out *out = &job->noun.run->out;
	char *drawn = NULL;
	size_t length = 0;
	unsigned int width = 0;
	FILE *stream;
	int ret;

	stream = open_memstream(&drawn, &length);
	if (!stream)
		return sixpn_error_set(&job->noun.error, -ENOMEM, "out of memory");
	ret = sixpn_qr_write(stream, output->text, out->color && !out->json,
			     &width, &job->noun.error);
	if (fclose(stream) && !ret)
		ret = sixpn_error_set(&job->noun.error, -ENOMEM, "out of memory");
	if (!ret) {
		sixpn_out_string(out, "qr", drawn, "%s", drawn);
		warn_narrow(job->noun.run, width);
	}
	if (drawn)
		sixpn_key_wipe(drawn, length);
	free(drawn);
	return ret;
}

static int print(struct sixpn_client_job *job,
		 const struct sixpn_client_output *output)
{
	const struct sixpn_record_client *client = &job->record.client;
	struct sixpn_out *out = &job->noun.run->out;
	char address[SIXPN_ALLOWEDIP_TEXT_MAX];

	if (!output->file) {
		sixpn_out_json_string(out, "config", output->text);
		if (!output->qr)
			sixpn_out_text(out, "%s", output->text);
	} else {
		sixpn_out_json_string(out, "file", output->file);
		sixpn_format_6pn(address, &client->address);
		sixpn_out_text(out, "%s\n", address);
	}
	return output->qr ? print_qr(job, output) : 0;
}

int sixpn_client_output_print(struct sixpn_client_job *job,
			      struct sixpn_client_output *output)
{
	struct sixpn_client_view view = {
		.client = &job->record.client,
		.network = job->network.network.name,
		.gateway = output->gateway,
		.now = sixpn_noun_now(),
	};
	struct sixpn_out *out = &job->noun.run->out;
	int ret;

	if (!output->file)
		sixpn_warn_readable(job->noun.run);
	sixpn_out_open_object(out, NULL);
	sixpn_client_print_json(out, &view);
	ret = print(job, output);
	sixpn_out_close(out);
	if (ret)
		return ret;
	ret = sixpn_out_finish(out);
	return ret ? sixpn_error_set(&job->noun.error, ret,
				     "cannot write the output: %s",
				     strerror(-ret)) : 0;
}

void sixpn_client_output_clear(struct sixpn_client_output *output)
{
	sixpn_key_wipe(output->text, sizeof(output->text));
}
