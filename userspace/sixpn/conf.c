// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * showconf, setconf, addconf and syncconf.
 */
#include "change.h"

#include <errno.h>
#include <string.h>

#include "config.h"
#include "input.h"
#include "journal.h"
#include "netlink.h"
#include "port.h"
#include "print.h"
#include "sync.h"

#define SYNC_ATTEMPTS 10

static void print_json(struct sixpn_out *out, const struct sixpn_device *device)
{
	size_t i;

	sixpn_out_open_object(out, NULL);
	sixpn_print_json_name(out, device);
	sixpn_print_listen_port(out, device);
	sixpn_print_fwmark(out, device);
	sixpn_print_private_key(out, device);
	if (device->flags & SIXPN_DEVICE_F_HOST_ID_SET)
		sixpn_print_host_id(out, device);
	else
		sixpn_out_json_null(out, "host_id");
	sixpn_out_open_array(out, "peers");
	for (i = 0; i < device->peer_count; i++) {
		const struct sixpn_peer *peer = &device->peers[i];

		sixpn_out_open_object(out, NULL);
		sixpn_print_peer_key(out, peer);
		sixpn_print_preshared_key(out, peer);
		sixpn_print_allowedips_comma(out, peer);
		sixpn_print_endpoint(out, peer);
		sixpn_print_keepalive(out, peer);
		sixpn_print_kind(out, peer);
		sixpn_print_peer_host_id(out, peer);
		sixpn_print_idle_expiry(out, peer);
		sixpn_out_close(out);
	}
	sixpn_out_close(out);
	sixpn_out_open_array(out, "networks");
	for (i = 0; i < device->network_count; i++)
		sixpn_print_network(out, &device->networks[i]);
	sixpn_out_close(out);
	sixpn_out_open_array(out, "machines");
	for (i = 0; i < device->machine_count; i++)
		sixpn_print_machine(out, &device->machines[i]);
	sixpn_out_close(out);
	sixpn_out_open_array(out, "routes");
	for (i = 0; i < device->route_count; i++)
		sixpn_print_route(out, &device->routes[i]);
	sixpn_out_close(out);
	sixpn_out_close(out);
}

static int read_device(struct sixpn_run *run, const char *ifname,
		       struct sixpn_device *device)
{
	struct sixpn_netlink *netlink;
	struct sixpn_error error;
	int ret;

	if (sixpn_netlink_open(&netlink, &error))
		return sixpn_complain(run, "%s", error.text);
	ret = sixpn_netlink_device_get(netlink, ifname, SIXPN_READ_ALL, device,
				       &error);
	sixpn_netlink_close(netlink);
	if (!ret && sixpn_ports_locate(device))
		ret = sixpn_error_set(&error, -ENOMEM, "out of memory");
	if (ret)
		return sixpn_complain(run, "%s: %s", ifname, error.text);
	return SIXPN_EXIT_OK;
}

int sixpn_run_showconf(struct sixpn_run *run)
{
	struct sixpn_device name = { 0 }, device = { 0 };
	int code;

	code = sixpn_change_name(run, &name, run->words[0]);
	if (!code)
		code = read_device(run, name.ifname, &device);
	if (!code && run->out.json)
		print_json(&run->out, &device);
	else if (!code)
		sixpn_config_write(run->out.file, &device);
	sixpn_device_clear(&device);
	return code;
}

/* The file of the second word, checked whole, names looked up. */
static int read_config(struct sixpn_run *run, struct sixpn_device *device,
		       enum sixpn_config_use use)
{
	const char *path = run->words[1];
	unsigned int host_bits = 0;
	struct sixpn_error error;
	size_t length;
	char *text;
	int ret, code;

	code = sixpn_change_name(run, device, run->words[0]);
	if (code)
		return code;
	if (sixpn_input_read(path, SIXPN_INPUT_MAX, &text, &length, &error))
		return sixpn_complain(run, "%s", error.text);
	ret = sixpn_config_parse(device, use, &host_bits, text, length, &error);
	sixpn_input_free(text, length);
	if (ret)
		return sixpn_complain(run, "%s: %s",
				      strcmp(path, "-") ? path :
				      "standard input", error.text);
	sixpn_change_warn_host_bits(run, host_bits);
	return sixpn_change_resolve(run, device);
}

/* What a file asks for, and what has been done of it. */
struct applying {
	struct sixpn_device wanted;
	struct sixpn_device change;	/* of device and peers, for syncconf */
	bool whole;
	struct sixpn_kernel kernel;
	struct sixpn_journal journal;
};

/* After the device and its peers, which objects may hang on. */
static int apply_objects(struct applying *applying, struct sixpn_error *error)
{
	const struct sixpn_device *wanted = &applying->wanted;
	struct sixpn_device now = { 0 }, change = { 0 };
	int ret;

	if (!applying->whole && !sixpn_journal_object_steps(wanted))
		return 0;
	ret = sixpn_netlink_device_get(applying->kernel.netlink, wanted->ifname,
				       SIXPN_READ_OBJECTS, &now, error);
	if (!ret) {
		ret = sixpn_sync_plan_objects(&change, &now, wanted,
					      applying->whole);
		sixpn_error_set(error, ret, "out of memory");
	}
	if (!ret)
		ret = sixpn_journal_objects(&applying->journal, &change, error);
	sixpn_device_clear(&now);
	sixpn_device_clear(&change);
	return ret;
}

static int apply_all(struct applying *applying, struct sixpn_error *error)
{
	int ret = sixpn_journal_device(&applying->journal, &applying->wanted,
				       error);

	return ret ? ret : apply_objects(applying, error);
}

/* Read, compare, write; -ESTALE when the device changed in between. */
static int sync_once(struct applying *applying, struct sixpn_error *error)
{
	const struct sixpn_device *wanted = &applying->wanted;
	struct sixpn_device now = { 0 };
	int ret;

	sixpn_device_clear(&applying->change);
	ret = sixpn_netlink_device_get(applying->kernel.netlink, wanted->ifname,
				       SIXPN_READ_PEERS, &now, error);
	if (!ret) {
		ret = sixpn_sync_plan(&applying->change, &now, wanted);
		sixpn_error_set(error, ret, "out of memory");
	}
	if (!ret && !sixpn_sync_is_empty(&applying->change))
		ret = sixpn_journal_device(&applying->journal,
					   &applying->change, error);
	sixpn_device_clear(&now);
	return ret;
}

static int sync_all(struct applying *applying, struct sixpn_error *error)
{
	int tries, ret = -ESTALE;

	for (tries = 0; ret == -ESTALE && tries < SYNC_ATTEMPTS; tries++)
		ret = sync_once(applying, error);
	return ret ? ret : apply_objects(applying, error);
}

/* Whether it will be more than the one request for device and peers. */
static int choose_undoable(struct applying *applying, struct sixpn_error *error)
{
	struct sixpn_device now = { 0 };
	int ret = 0;

	applying->journal.undoable =
		sixpn_journal_object_steps(&applying->wanted);
	if (applying->whole && !applying->journal.undoable) {
		ret = sixpn_netlink_device_get(applying->kernel.netlink,
					       applying->wanted.ifname,
					       SIXPN_READ_HEAD, &now, error);
		applying->journal.undoable = now.kernel_network_count;
		sixpn_device_clear(&now);
	}
	return ret;
}

static int apply_config(struct sixpn_run *run, enum sixpn_config_use use,
			int (*apply)(struct applying *applying,
				     struct sixpn_error *error))
{
	struct applying applying = { .whole = use == SIXPN_CONFIG_WHOLE };
	struct sixpn_error error;
	int code = read_config(run, &applying.wanted, use), ret;

	applying.journal.ops = &sixpn_kernel_ops;
	applying.journal.context = &applying.kernel;
	applying.kernel.ifname = applying.wanted.ifname;
	if (!code && sixpn_netlink_open(&applying.kernel.netlink, &error))
		code = sixpn_complain(run, "%s", error.text);
	if (!code) {
		ret = choose_undoable(&applying, &error);
		if (!ret)
			ret = apply(&applying, &error);
		if (ret)
			sixpn_journal_undo(&applying.journal, &error);
		sixpn_netlink_close(applying.kernel.netlink);
		if (ret)
			code = sixpn_complain(run, "%s: %s",
					      applying.wanted.ifname,
					      error.text);
	}
	sixpn_journal_clear(&applying.journal);
	sixpn_device_clear(&applying.change);
	sixpn_device_clear(&applying.wanted);
	return code;
}

int sixpn_run_setconf(struct sixpn_run *run)
{
	return apply_config(run, SIXPN_CONFIG_WHOLE, apply_all);
}

int sixpn_run_addconf(struct sixpn_run *run)
{
	return apply_config(run, SIXPN_CONFIG_ADD, apply_all);
}

int sixpn_run_syncconf(struct sixpn_run *run)
{
	return apply_config(run, SIXPN_CONFIG_WHOLE, sync_all);
}
