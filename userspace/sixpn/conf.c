// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * showconf, setconf, addconf and syncconf.
 */
#include "change.h"

#include <errno.h>
#include <string.h>

#include "config.h"
#include "input.h"
#include "netlink.h"
#include "object.h"
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

/* After the device and its peers, which objects may hang on. */
static int apply_objects(struct sixpn_netlink *netlink,
			 const struct sixpn_device *wanted, bool whole,
			 struct sixpn_error *error)
{
	struct sixpn_device now = { 0 }, change = { 0 };
	int ret;

	if (!whole && !wanted->network_count && !wanted->machine_count &&
	    !wanted->route_count)
		return 0;
	ret = sixpn_netlink_device_get(netlink, wanted->ifname,
				       SIXPN_READ_OBJECTS, &now, error);
	if (!ret) {
		ret = sixpn_sync_plan_objects(&change, &now, wanted, whole);
		sixpn_error_set(error, ret, "out of memory");
	}
	if (!ret)
		ret = sixpn_objects_apply(netlink, &change, NULL, NULL, error);
	sixpn_device_clear(&now);
	sixpn_device_clear(&change);
	return ret;
}

static int apply_config(struct sixpn_run *run, enum sixpn_config_use use)
{
	struct sixpn_device change = { 0 };
	struct sixpn_netlink *netlink;
	struct sixpn_error error;
	int code = read_config(run, &change, use), ret;

	if (!code && sixpn_netlink_open(&netlink, &error))
		code = sixpn_complain(run, "%s", error.text);
	if (!code) {
		ret = sixpn_netlink_device_set(netlink, &change, &error);
		if (!ret)
			ret = apply_objects(netlink, &change,
					    use == SIXPN_CONFIG_WHOLE, &error);
		sixpn_netlink_close(netlink);
		if (ret)
			code = sixpn_complain(run, "%s: %s", change.ifname,
					      error.text);
	}
	sixpn_device_clear(&change);
	return code;
}

int sixpn_run_setconf(struct sixpn_run *run)
{
	return apply_config(run, SIXPN_CONFIG_WHOLE);
}

int sixpn_run_addconf(struct sixpn_run *run)
{
	return apply_config(run, SIXPN_CONFIG_ADD);
}

/* Read, compare, write; -ESTALE when the device changed in between. */
static int sync_once(struct sixpn_netlink *netlink,
		     const struct sixpn_device *wanted,
		     struct sixpn_error *error)
{
	struct sixpn_device now = { 0 }, change = { 0 };
	int ret;

	ret = sixpn_netlink_device_get(netlink, wanted->ifname,
				       SIXPN_READ_PEERS, &now, error);
	if (!ret) {
		ret = sixpn_sync_plan(&change, &now, wanted);
		sixpn_error_set(error, ret, "out of memory");
	}
	if (!ret && !sixpn_sync_is_empty(&change))
		ret = sixpn_netlink_device_set(netlink, &change, error);
	sixpn_device_clear(&now);
	sixpn_device_clear(&change);
	return ret;
}

int sixpn_run_syncconf(struct sixpn_run *run)
{
	struct sixpn_device wanted = { 0 };
	struct sixpn_netlink *netlink;
	struct sixpn_error error;
	int code, tries, ret = -ESTALE;

	code = read_config(run, &wanted, SIXPN_CONFIG_WHOLE);
	if (!code && sixpn_netlink_open(&netlink, &error))
		code = sixpn_complain(run, "%s", error.text);
	if (!code) {
		for (tries = 0; ret == -ESTALE && tries < SYNC_ATTEMPTS; tries++)
			ret = sync_once(netlink, &wanted, &error);
		if (!ret)
			ret = apply_objects(netlink, &wanted, true, &error);
		sixpn_netlink_close(netlink);
		if (ret)
			code = sixpn_complain(run, "%s: %s", wanted.ifname,
					      error.text);
	}
	sixpn_device_clear(&wanted);
	return code;
}
