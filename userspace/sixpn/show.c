// SPDX-License-Identifier: GPL-2.0-or-later
#include "command.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "environment.h"
#include "netlink.h"
#include "parse.h"
#include "print.h"
#include "table.h"

#define COLUMNS_MAX 9

/* The rows of a field that is about neither the device nor its peers. */
static void rows_networks(struct sixpn_out *out,
			  const struct sixpn_device *device, bool with_name);
static void rows_machines(struct sixpn_out *out,
			  const struct sixpn_device *device, bool with_name);
static void rows_routes(struct sixpn_out *out,
			const struct sixpn_device *device, bool with_name);
static void rows_drops(struct sixpn_out *out,
		       const struct sixpn_device *device, bool with_name);

/*
 * A field is some columns of the device, or some columns of each peer, or the
 * rows of something else. "dump" is nothing but the field with all columns.
 *
 * @read: what to read besides device and peers, bits of enum sixpn_read
 * @heading: of the columns of @rows, on a terminal
 */
static const struct field {
	const char *name;
	unsigned int read;
	const char *heading;
	void (*rows)(struct sixpn_out *out, const struct sixpn_device *device,
		     bool with_name);
	void (*device[COLUMNS_MAX])(struct sixpn_out *out,
				    const struct sixpn_device *device);
	void (*peer[COLUMNS_MAX])(struct sixpn_out *out,
				  const struct sixpn_peer *peer);
} fields[] = {
	{ "public-key", .device = { sixpn_print_public_key } },
	{ "private-key", .device = { sixpn_print_private_key } },
	{ "listen-port", .device = { sixpn_print_listen_port } },
	{ "fwmark", .device = { sixpn_print_fwmark } },
	{ "peers", .peer = { sixpn_print_peer_itself } },
	{ "preshared-keys",
	  .peer = { sixpn_print_peer_key, sixpn_print_preshared_key } },
	{ "endpoints", .peer = { sixpn_print_peer_key, sixpn_print_endpoint } },
	{ "allowed-ips",
	  .peer = { sixpn_print_peer_key, sixpn_print_allowedips_spaced } },
	{ "latest-handshakes",
	  .peer = { sixpn_print_peer_key, sixpn_print_latest_handshake } },
	{ "transfer", .peer = { sixpn_print_peer_key, sixpn_print_rx_bytes,
				sixpn_print_tx_bytes } },
	{ "persistent-keepalive",
	  .peer = { sixpn_print_peer_key, sixpn_print_keepalive } },
	{ "dump",
	  .device = { sixpn_print_private_key, sixpn_print_public_key,
		      sixpn_print_listen_port, sixpn_print_fwmark },
	  .peer = { sixpn_print_peer_key, sixpn_print_preshared_key,
		    sixpn_print_endpoint, sixpn_print_allowedips_comma,
		    sixpn_print_latest_handshake, sixpn_print_rx_bytes,
		    sixpn_print_tx_bytes, sixpn_print_keepalive } },
	{ "host-id", .device = { sixpn_print_host_id } },
	{ "kinds", .peer = { sixpn_print_peer_key, sixpn_print_kind,
			     sixpn_print_peer_host_id,
			     sixpn_print_idle_expiry } },
	{ "peer-drops",
	  .peer = { sixpn_print_peer_key, sixpn_print_peer_drops } },
	{ "networks", .read = SIXPN_READ_NETWORKS, .rows = rows_networks,
	  .heading = "ID\tPREFIX\tMACHINES\tRECEIVED\tSENT\tDROPS" },
	{ "machines", .read = SIXPN_READ_MACHINES, .rows = rows_machines,
	  .heading = "ADDRESS\tNETWORK\tID\tNAME\tATTACHMENT\tON\tSTATE\t"
		     "MOVED-TO\tRECEIVED\tSENT\tDROPS" },
	{ "routes", .read = SIXPN_READ_ROUTES, .rows = rows_routes,
	  .heading = "PREFIX\tVIA" },
	{ "drops", .read = SIXPN_READ_HEAD, .rows = rows_drops,
	  .heading = "REASON\tPACKETS" },
};

static const struct field *find_field(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		if (!strcmp(fields[i].name, name))
			return &fields[i];
	return NULL;
}

/* wg(8) documents the name as the first word of every line of "all". */
static void print_prefix(struct sixpn_out *out,
			 const struct sixpn_device *device, bool with_name)
{
	char name[SIXPN_NAME_ROOM];

	sixpn_out_name(out, name, sizeof(name), device->ifname);
	if (with_name)
		sixpn_out_text(out, "%s\t", name);
}

static void rows_networks(struct sixpn_out *out,
			  const struct sixpn_device *device, bool with_name)
{
	size_t i;

	sixpn_out_open_array(out, "networks");
	for (i = 0; i < device->network_count; i++) {
		print_prefix(out, device, with_name);
		sixpn_print_network(out, &device->networks[i]);
		sixpn_out_text(out, "\n");
	}
	sixpn_out_close(out);
}

static void rows_machines(struct sixpn_out *out,
			  const struct sixpn_device *device, bool with_name)
{
	size_t i;

	sixpn_out_open_array(out, "machines");
	for (i = 0; i < device->machine_count; i++) {
		print_prefix(out, device, with_name);
		sixpn_print_machine(out, &device->machines[i]);
		sixpn_out_text(out, "\n");
	}
	sixpn_out_close(out);
}

static void rows_routes(struct sixpn_out *out,
			const struct sixpn_device *device, bool with_name)
{
	size_t i;

	sixpn_out_open_array(out, "routes");
	for (i = 0; i < device->route_count; i++) {
		print_prefix(out, device, with_name);
		sixpn_print_route(out, &device->routes[i]);
		sixpn_out_text(out, "\n");
	}
	sixpn_out_close(out);
}

static void rows_drops(struct sixpn_out *out,
		       const struct sixpn_device *device, bool with_name)
{
	size_t i;

	sixpn_print_drops_json(out, device);
	for (i = 0; i < device->drop_count; i++) {
		print_prefix(out, device, with_name);
		sixpn_out_text(out, "%s\t%" PRIu64 "\n",
			       device->drops[i].name, device->drops[i].packets);
	}
}

static void print_field_peers(struct sixpn_out *out, const struct field *field,
			      const struct sixpn_device *device, bool with_name)
{
	size_t i, j;

	sixpn_out_open_array(out, "peers");
	for (i = 0; i < device->peer_count; i++) {
		print_prefix(out, device, with_name);
		sixpn_out_open_object(out, NULL);
		for (j = 0; j < COLUMNS_MAX && field->peer[j]; j++) {
			sixpn_out_text(out, "%s", j ? "\t" : "");
			field->peer[j](out, &device->peers[i]);
		}
		sixpn_out_close(out);
		sixpn_out_text(out, "\n");
	}
	sixpn_out_close(out);
}

/* Words and tabs for a script, a table for people. */
static void print_rows(struct sixpn_out *out, const struct field *field,
		       const struct sixpn_device *device, bool with_name)
{
	struct sixpn_out words = *out;
	char heading[128], *text = NULL;
	size_t length;

	words.file = out->terminal && !out->json ?
		     open_memstream(&text, &length) : NULL;
	if (!words.file) {
		field->rows(out, device, with_name);
		return;
	}
	field->rows(&words, device, with_name);
	if (fclose(words.file))
		out->failed = true;
	snprintf(heading, sizeof(heading), "%s%s", with_name ? "DEVICE\t" : "",
		 field->heading);
	if (text)
		sixpn_table_print(out->file, heading, text);
	free(text);
}

static void print_field(struct sixpn_out *out, const struct field *field,
			const struct sixpn_device *device, bool with_name)
{
	size_t i;

	sixpn_out_open_object(out, NULL);
	sixpn_print_json_name(out, device);
	if (field->device[0])
		print_prefix(out, device, with_name);
	for (i = 0; i < COLUMNS_MAX && field->device[i]; i++) {
		sixpn_out_text(out, "%s", i ? "\t" : "");
		field->device[i](out, device);
	}
	if (field->device[0])
		sixpn_out_text(out, "\n");
	if (field->peer[0])
		print_field_peers(out, field, device, with_name);
	if (field->rows)
		print_rows(out, field, device, with_name);
	sixpn_out_close(out);
}

/* No more than is printed: a host may have a million of each. */
static unsigned int parts_of(const struct field *field,
			     const struct sixpn_out *out)
{
	if (!field)
		return out->json ? SIXPN_READ_ALL : SIXPN_READ_PEERS;
	return field->read | (field->peer[0] ? SIXPN_READ_PEERS : 0);
}

static int show_one(struct sixpn_run *run, struct sixpn_netlink *netlink,
		    const char *ifname, const struct field *field,
		    bool with_name, bool *first)
{
	struct sixpn_device device = { 0 };
	struct sixpn_error error;
	int ret;

	ret = sixpn_netlink_device_get(netlink, ifname,
				       parts_of(field, &run->out), &device,
				       &error);
	/* Of many devices one may go while they are read. */
	if (ret == -ENODEV && with_name)
		return 0;
	if (!ret && !field && sixpn_device_sort_peers(&device))
		ret = sixpn_error_set(&error, -ENOMEM, "out of memory");
	if (ret) {
		sixpn_complain(run, "%s: %s", ifname, error.text);
	} else if (field) {
		print_field(&run->out, field, &device, with_name);
	} else {
		if (!*first)
			sixpn_out_text(&run->out, "\n");
		*first = false;
		sixpn_print_device(&run->out, &device, sixpn_hides_keys());
	}
	sixpn_device_clear(&device);
	return ret;
}

static int show_all(struct sixpn_run *run, struct sixpn_netlink *netlink,
		    const struct field *field)
{
	struct sixpn_device_list list = { 0 };
	struct sixpn_error error;
	bool first = true;
	size_t i;
	int ret;

	ret = sixpn_netlink_device_list(netlink, &list, &error);
	if (ret)
		sixpn_complain(run, "%s", error.text);
	for (i = 0; !ret && i < list.count; i++)
		ret = show_one(run, netlink, list.devices[i].ifname, field,
			       true, &first);
	sixpn_device_list_clear(&list);
	return ret;
}

static int show_interfaces(struct sixpn_run *run, struct sixpn_netlink *netlink)
{
	struct sixpn_device_list list = { 0 };
	struct sixpn_error error;
	size_t i;
	int ret;

	ret = sixpn_netlink_device_list(netlink, &list, &error);
	if (ret)
		return sixpn_complain(run, "%s", error.text);
	sixpn_out_open_array(&run->out, NULL);
	for (i = 0; i < list.count; i++) {
		char name[SIXPN_NAME_ROOM];

		sixpn_out_name(&run->out, name, sizeof(name),
			       list.devices[i].ifname);
		sixpn_out_string(&run->out, NULL, name, "%s%s", i ? " " : "",
				 name);
	}
	if (list.count)
		sixpn_out_text(&run->out, "\n");
	sixpn_out_close(&run->out);
	sixpn_device_list_clear(&list);
	return SIXPN_EXIT_OK;
}

int sixpn_run_show(struct sixpn_run *run)
{
	const char *which = run->count ? run->words[0] : "all";
	const struct field *field = NULL;
	struct sixpn_netlink *netlink;
	struct sixpn_error error;
	char ifname[IFNAMSIZ];
	bool first = true;
	int ret;

	if (run->count == 2) {
		if (!strcmp(which, "interfaces"))
			return sixpn_complain_usage(run, "surplus argument '%s'",
						    run->words[1]);
		field = find_field(run->words[1]);
		if (!field)
			return sixpn_complain(run, "unknown field '%s' (see sixpn help show)",
					      run->words[1]);
	}
	if (run->count == 1 && find_field(which) && !if_nametoindex(which))
		return sixpn_complain_usage(run, "'%s' needs a device or all before it",
					    which);
	if (sixpn_parse_ifname(ifname, which, strlen(which)))
		return sixpn_complain(run, "not a device name: '%s'", which);
	if (sixpn_netlink_open(&netlink, &error))
		return sixpn_complain(run, "%s", error.text);
	if (!strcmp(which, "interfaces")) {
		ret = show_interfaces(run, netlink);
		sixpn_netlink_close(netlink);
		return ret;
	}
	sixpn_out_open_array(&run->out, NULL);
	if (!strcmp(which, "all"))
		ret = show_all(run, netlink, field);
	else
		ret = show_one(run, netlink, ifname, field, false, &first);
	if (ret)
		sixpn_out_abandon(&run->out);
	else
		sixpn_out_close(&run->out);
	sixpn_netlink_close(netlink);
	return ret ? SIXPN_EXIT_REFUSED : SIXPN_EXIT_OK;
}
