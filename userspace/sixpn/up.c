// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * up and down: this host is one of the mesh, or not for now.
 */
#include "up.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "link.h"
#include "reconcile.h"

/* What up has made of the device. */
struct raised {
	struct sixpn_netns *netns;
	bool made;		/* it was not there before */
	bool changed;
	uint16_t port;
};

/* --- The device. --- */

static int make_device(struct sixpn_noun *noun, struct raised *raised)
{
	const char *ifname = noun->node.config.device;
	struct sixpn_link link;
	int ret;

	ret = sixpn_netns_enter(-1, &raised->netns, &noun->error);
	if (!ret)
		ret = sixpn_link_get(raised->netns, ifname, &link,
				     &noun->error);
	if (!ret && !link.is_mesh)
		return sixpn_error_set(&noun->error, -EEXIST,
				       "%s is there, and no mesh device: remove it, or name another one in sixpn.conf(5)",
				       ifname);
	if (ret == -ENODEV) {
		ret = sixpn_link_make(raised->netns, ifname, &noun->error);
		raised->made = !ret;
	}
	return ret;
}

/* Only what differs is set: all else would be noticed. */
static bool plan_device(const struct sixpn_noun *noun,
			const struct sixpn_device *now,
			struct sixpn_device *change)
{
	const struct sixpn_node *node = &noun->node;

	strcpy(change->ifname, now->ifname);
	if (!(now->has & SIXPN_DEVICE_HAS_PUBLIC_KEY) ||
	    !sixpn_key_equal(now->public_key, node->public_key)) {
		change->has |= SIXPN_DEVICE_HAS_PRIVATE_KEY;
		memcpy(change->private_key, node->private_key, SIXPN_KEY_LEN);
	}
	if (!(now->has & SIXPN_DEVICE_HAS_HOST_ID) ||
	    now->host_id != node->host_id) {
		change->has |= SIXPN_DEVICE_HAS_HOST_ID;
		change->host_id = node->config.host_id;
	}
	if (node->config.listen_port &&
	    now->listen_port != node->config.listen_port) {
		change->has |= SIXPN_DEVICE_HAS_LISTEN_PORT;
		change->listen_port = node->config.listen_port;
	}
	return change->has;
}

static int set_device(struct sixpn_noun *noun, struct raised *raised)
{
	const char *ifname = noun->node.config.device;
	struct sixpn_device now = { 0 }, change = { 0 };
	int ret;

	ret = sixpn_netlink_device_get(noun->netlink, ifname, SIXPN_READ_HEAD,
				       &now, &noun->error);
	if (!ret && plan_device(noun, &now, &change)) {
		ret = sixpn_netlink_device_set(noun->netlink, &change,
					       &noun->error);
		raised->changed = true;
	}
	sixpn_device_clear(&change);
	sixpn_device_clear(&now);
	return ret ? sixpn_error_prefix(&noun->error, ret, "%s", ifname) : 0;
}

static int set_link_up(struct sixpn_noun *noun, struct raised *raised)
{
	const struct sixpn_host_config *config = &noun->node.config;
	struct sixpn_link link;
	uint32_t mtu;
	int ret;

	ret = sixpn_link_get(raised->netns, config->device, &link,
			     &noun->error);
	if (ret)
		return ret;
	mtu = config->mtu != link.mtu ? config->mtu : 0;
	if (link.up && !mtu)
		return 0;
	raised->changed = true;
	return sixpn_link_set_up(raised->netns, config->device, mtu,
				 &noun->error);
}

/* The kernel may have chosen it, when the device came up. */
static int read_port(struct sixpn_noun *noun, struct raised *raised)
{
	struct sixpn_device now = { 0 };
	int ret;

	ret = sixpn_netlink_device_get(noun->netlink, noun->node.config.device,
				       SIXPN_READ_HEAD, &now, &noun->error);
	raised->port = now.listen_port;
	sixpn_device_clear(&now);
	return ret;
}

static int raise_device(struct sixpn_noun *noun, struct raised *raised)
{
	int ret = make_device(noun, raised);

	/* By now the module is loaded. */
	if (!ret)
		ret = sixpn_netlink_open(&noun->netlink, &noun->error);
	if (!ret)
		ret = set_device(noun, raised);
	if (!ret)
		ret = set_link_up(noun, raised);
	return ret ? ret : read_port(noun, raised);
}

/* --- up --- */

static void tell(void *context, const char *text)
{
	sixpn_warn(context, "warning: %s", text);
}

static int reconcile(struct sixpn_noun *noun, bool *changed)
{
	struct sixpn_reconcile_result result = { 0 };
	struct sixpn_reconcile_options options = {
		.clients_permanent = !sixpn_node_has_agent(&noun->node),
		.notice = tell,
		.context = noun->run,
		.result = &result,
	};
	int ret = sixpn_reconcile(&noun->node, &options, &noun->error);

	*changed |= result.changed != 0;
	return ret;
}

static void print_up(struct sixpn_noun *noun, const struct raised *raised)
{
	const struct sixpn_node *node = &noun->node;
	struct sixpn_out *out = &noun->run->out;

	sixpn_out_open_object(out, NULL);
	sixpn_out_string(out, "device", node->config.device, "%s is up",
			 node->config.device);
	sixpn_out_string(out, "name", node->config.name, ": host '%s'",
			 node->config.name);
	sixpn_out_number(out, "host", node->host_id, ", id %u", node->host_id);
	sixpn_out_number(out, "port", raised->port, ", port %u%s\n",
			 raised->port,
			 raised->made ? "" : raised->changed ? " (changed)" :
			 " (unchanged)");
	sixpn_out_bool(out, "changed", raised->made || raised->changed, "%s",
		       "");
	sixpn_out_close(out);
}

static int up(struct sixpn_noun *noun, struct raised *raised)
{
	bool changed = false;
	int ret;

	noun->lock = sixpn_node_lock(&noun->node, &noun->error);
	if (noun->lock < 0)
		return noun->lock;
	ret = sixpn_node_load_key(&noun->node, true, &noun->error);
	if (!ret)
		ret = sixpn_node_open_registry(&noun->node, &noun->error);
	if (!ret)
		ret = raise_device(noun, raised);
	if (!ret)
		ret = sixpn_up_record(noun, raised->port, &changed);
	/* Without its record it has no place in the mesh: as before. */
	if (ret && raised->made)
		sixpn_link_remove(raised->netns, noun->node.config.device,
				  NULL);
	raised->changed |= changed;
	return ret ? ret : reconcile(noun, &raised->changed);
}

int sixpn_up_again(struct sixpn_noun *noun)
{
	struct raised raised = { 0 };
	bool changed;
	int ret;

	noun->lock = sixpn_node_lock(&noun->node, &noun->error);
	if (noun->lock < 0)
		return noun->lock;
	ret = raise_device(noun, &raised);
	if (!ret)
		ret = sixpn_up_record(noun, raised.port, &changed);
	sixpn_netns_leave(raised.netns);
	/* The module may be another one by the next time. */
	sixpn_netlink_close(noun->netlink);
	noun->netlink = NULL;
	close(noun->lock);
	noun->lock = -1;
	return ret;
}

static int run_up(struct sixpn_run *run)
{
	struct raised raised = { 0 };
	struct sixpn_noun noun;
	int ret;

	ret = sixpn_noun_open_config(&noun, run);
	if (!ret)
		ret = up(&noun, &raised);
	if (!ret)
		print_up(&noun, &raised);
	sixpn_netns_leave(raised.netns);
	return sixpn_noun_close(&noun, ret);
}

/* --- down --- */

static int remove_device(struct sixpn_noun *noun)
{
	const char *ifname = noun->node.config.device;
	struct sixpn_netns *netns;
	struct sixpn_link link;
	int ret;

	ret = sixpn_netns_enter(-1, &netns, &noun->error);
	if (ret)
		return ret;
	ret = sixpn_link_get(netns, ifname, &link, &noun->error);
	if (!ret && !link.is_mesh)
		ret = sixpn_error_set(&noun->error, -EINVAL,
				      "%s is no mesh device: it is left as it is",
				      ifname);
	else if (!ret)
		ret = sixpn_link_remove(netns, ifname, &noun->error);
	sixpn_netns_leave(netns);
	return ret == -ENODEV ? 0 : ret;
}

/* A registry that does not answer finds out by itself, when the lease is over. */
static void end_sign_of_life(struct sixpn_noun *noun)
{
	struct sixpn_record host, alive = {
		.kind = SIXPN_RECORD_ALIVE, .revision = SIXPN_REVISION_ANY,
	};
	int ret;

	if (sixpn_node_load_key(&noun->node, false, NULL))
		return;
	ret = sixpn_node_open_registry(&noun->node, &noun->error);
	if (!ret)
		ret = sixpn_node_self(&noun->node, &host, &noun->error);
	if (!ret) {
		alive.alive.host = host.host.host;
		sixpn_record_clear(&host);
		ret = sixpn_registry_delete(noun->node.registry, &alive,
					    &noun->error);
	}
	if (ret && ret != -ENOENT)
		sixpn_warn(noun->run, "warning: others count this host as alive for up to %u seconds: %s",
			   noun->node.config.lease, noun->error.text);
}

static int down(struct sixpn_noun *noun)
{
	int ret;

	/* It would make the device again, or stumble over it. */
	if (sixpn_node_has_agent(&noun->node))
		return sixpn_error_set(&noun->error, -EBUSY,
				       "an agent runs on this host: stop it first (systemctl stop sixpn-agent)");
	noun->lock = sixpn_node_lock(&noun->node, &noun->error);
	if (noun->lock < 0)
		return noun->lock;
	ret = remove_device(noun);
	if (!ret)
		end_sign_of_life(noun);
	return ret;
}

static int run_down(struct sixpn_run *run)
{
	struct sixpn_noun noun;
	int ret;

	ret = sixpn_noun_open_config(&noun, run);
	if (!ret)
		ret = down(&noun);
	return sixpn_noun_close(&noun, ret);
}

static const struct sixpn_option no_options[] = {
	{ 0 },
};

const struct sixpn_command sixpn_up_commands[] = {
	{ "up", "", "Make this host one of the mesh, with all that it has",
	  0, 0, run_up, NULL, no_options },
	{ "down", "", "Remove the mesh device; the registry keeps everything",
	  0, 0, run_down, NULL, no_options },
	{ "status", "", "Tell how this host is doing",
	  0, 0, sixpn_status, NULL, no_options },
	{ 0 },
};
