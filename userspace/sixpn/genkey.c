// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * genkey, genpsk and pubkey.
 */
#include "command.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "input.h"
#include "keys.h"

static void print_key(struct sixpn_run *run, const char *name,
		      const uint8_t key[SIXPN_KEY_LEN])
{
	char text[SIXPN_KEY_BASE64_LEN + 1];

	sixpn_key_to_base64(text, key);
	sixpn_out_open_object(&run->out, NULL);
	sixpn_out_string(&run->out, name, text, "%s\n", text);
	sixpn_out_close(&run->out);
	sixpn_key_wipe(text, sizeof(text));
}

void sixpn_warn_readable(const struct sixpn_run *run)
{
	struct stat status;

	if (!fstat(STDOUT_FILENO, &status) && S_ISREG(status.st_mode) &&
	    status.st_mode & S_IRWXO)
		sixpn_warn(run, "warning: the output is a file that everybody can access; use umask 077");
}

static int generate(struct sixpn_run *run, const char *name,
		    int (*generator)(uint8_t key[SIXPN_KEY_LEN]))
{
	uint8_t key[SIXPN_KEY_LEN];
	int ret;

	sixpn_warn_readable(run);
	ret = generator(key);
	if (ret)
		return sixpn_complain(run, "no random numbers: %s",
				      strerror(-ret));
	print_key(run, name, key);
	sixpn_key_wipe(key, sizeof(key));
	return SIXPN_EXIT_OK;
}

int sixpn_run_genkey(struct sixpn_run *run)
{
	return generate(run, "private_key", sixpn_key_generate_private);
}

int sixpn_run_genpsk(struct sixpn_run *run)
{
	return generate(run, "preshared_key", sixpn_key_generate_preshared);
}

int sixpn_run_pubkey(struct sixpn_run *run)
{
	uint8_t private_key[SIXPN_KEY_LEN], public_key[SIXPN_KEY_LEN];
	struct sixpn_error error;
	int ret;

	ret = sixpn_input_key("-", private_key, &error);
	if (!ret && sixpn_key_is_zero(private_key))
		ret = sixpn_error_set(&error, -EINVAL,
				      "no private key on standard input");
	if (!ret) {
		ret = sixpn_key_public(public_key, private_key);
		sixpn_error_set(&error, ret, "cannot derive the public key");
	}
	sixpn_key_wipe(private_key, sizeof(private_key));
	if (ret)
		return sixpn_complain(run, "%s", error.text);
	print_key(run, "public_key", public_key);
	return SIXPN_EXIT_OK;
}
