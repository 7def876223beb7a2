// SPDX-License-Identifier: GPL-2.0-or-later
#include "object.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sixpn/addr.h>

#include "format.h"
#include "keys.h"
#include "message.h"
#include "netns.h"
#include "object_message.h"
#include "request.h"

/* What is read goes into a device, whose arrays the caller picks from. */
static int take_object(void *context, uint8_t command, const void *attributes,
		       size_t length)
{
	(void)command;
	return context ? sixpn_message_parse_device(context, attributes,
						    length) : 0;
}

static struct nl_msg *begin(struct sixpn_netlink *netlink, uint8_t command,
			    const char *ifname)
{
	struct sixpn_device name = { 0 };
	struct nl_msg *message;

	strncpy(name.ifname, ifname, sizeof(name.ifname) - 1);
	message = sixpn_request_new(netlink, command, NLM_F_ACK,
				    SIXPN_OBJECT_MESSAGE_SIZE);
	if (message && sixpn_message_put_name(message, &name)) {
		sixpn_request_free(message);
		message = NULL;
	}
	return message;
}

/* Send and free @message; @put is what appending the object returned. */
static int finish(struct sixpn_netlink *netlink, struct nl_msg *message,
		  int put, struct sixpn_device *result,
		  struct sixpn_error *error)
{
	struct sixpn_reply reply = {
		.message = take_object, .context = result,
	};
	int ret = put;

	if (put)
		sixpn_error_set(error, put, "too much for one request");
	else
		ret = sixpn_request_send(netlink, message, &reply, error);
	sixpn_request_free(message);
	return ret;
}

static int out_of_memory(struct sixpn_error *error)
{
	return sixpn_error_set(error, -ENOMEM, "out of memory");
}

static int network_request(struct sixpn_netlink *netlink, uint8_t command,
			   const char *ifname,
			   const struct sixpn_network *network,
			   struct sixpn_device *result,
			   struct sixpn_error *error)
{
	struct nl_msg *message = begin(netlink, command, ifname);

	if (!message)
		return out_of_memory(error);
	return finish(netlink, message,
		      sixpn_object_put_network(message, network), result,
		      error);
}

int sixpn_network_apply(struct sixpn_netlink *netlink, const char *ifname,
			const struct sixpn_network *network,
			struct sixpn_error *error)
{
	int ret;

	ret = network_request(netlink, network->remove ? SIXPN_CMD_NETWORK_DEL :
						  SIXPN_CMD_NETWORK_NEW,
			      ifname, network, NULL, error);
	return ret == -EEXIST && !network->remove ? 0 : ret;
}

int sixpn_network_get(struct sixpn_netlink *netlink, const char *ifname,
		      uint32_t id, struct sixpn_device *device,
		      struct sixpn_error *error)
{
	const struct sixpn_network network = { .id = id };

	return network_request(netlink, SIXPN_CMD_NETWORK_GET, ifname,
			       &network, device, error);
}

static int route_request(struct sixpn_netlink *netlink, uint8_t command,
			 const char *ifname, const struct sixpn_route *route,
			 struct sixpn_device *result, struct sixpn_error *error)
{
	struct nl_msg *message = begin(netlink, command, ifname);

	if (!message)
		return out_of_memory(error);
	return finish(netlink, message, sixpn_object_put_route(message, route),
		      result, error);
}

int sixpn_route_apply(struct sixpn_netlink *netlink, const char *ifname,
		      const struct sixpn_route *route,
		      struct sixpn_error *error)
{
	struct sixpn_route named = *route;

	if (!route->remove)
		return route_request(netlink, SIXPN_CMD_ROUTE_NEW, ifname,
				     route, NULL, error);
	named.host_id = 0;
	return route_request(netlink, SIXPN_CMD_ROUTE_DEL, ifname, &named, NULL,
			     error);
}

int sixpn_route_get(struct sixpn_netlink *netlink, const char *ifname,
		    const struct in6_addr *address, struct sixpn_device *device,
		    struct sixpn_error *error)
{
	const struct sixpn_route route = { .address = *address };

	return route_request(netlink, SIXPN_CMD_ROUTE_GET, ifname, &route,
			     device, error);
}

/* @result: takes the machine of the answer; NULL if there is none to come */
static int machine_request(struct sixpn_netlink *netlink, uint8_t command,
			   const char *ifname,
			   const struct sixpn_machine *machine,
			   enum sixpn_machine_part part,
			   struct sixpn_machine *result,
			   struct sixpn_error *error)
{
	struct nl_msg *message = begin(netlink, command, ifname);
	struct sixpn_device answer = { 0 };
	int ret;

	if (!message)
		return out_of_memory(error);
	ret = finish(netlink, message,
		     sixpn_object_put_machine(message, machine, part),
		     result ? &answer : NULL, error);
	if (!ret && result && !answer.machine_count)
		ret = sixpn_error_set(error, -EBADMSG,
				      "the kernel's answer is malformed");
	if (!ret && result) {
		*result = answer.machines[0];
		memset(&answer.machines[0], 0, sizeof(*answer.machines));
	}
	sixpn_device_clear(&answer);
	return ret;
}

int sixpn_machine_get(struct sixpn_netlink *netlink, const char *ifname,
		      const struct sixpn_machine *named,
		      struct sixpn_machine *result, struct sixpn_error *error)
{
	return machine_request(netlink, SIXPN_CMD_MACHINE_GET, ifname, named,
			       SIXPN_MACHINE_NAMED, result, error);
}

#define NAMES (SIXPN_MACHINE_HAS_ID | SIXPN_MACHINE_HAS_NAME | \
	       SIXPN_MACHINE_HAS_ADDRESS)

/* A machine on its way to what is wanted. */
struct making {
	struct sixpn_netlink *netlink;
	const char *ifname;
	struct sixpn_machine wanted;	/* borrows; with netns_fd */
	struct sixpn_machine before;	/* what there was, if @existed */
	struct sixpn_netns *netns;	/* where addresses go; may be NULL */
	bool existed, attached, moved;
	struct sixpn_error *error;
};

/* Whether all names that are given are those of @machine. */
static bool is_named(const struct sixpn_machine *wanted,
		     const struct sixpn_machine *machine)
{
	if (wanted->has & SIXPN_MACHINE_HAS_ADDRESS &&
	    !sixpn_addr_same_machine(&wanted->address, &machine->address))
		return false;
	if (wanted->has & SIXPN_MACHINE_HAS_ID && wanted->id != machine->id)
		return false;
	return !(wanted->has & SIXPN_MACHINE_HAS_NAME) ||
	       !strcmp(wanted->name, machine->name);
}

/* Whether it hangs already where it is wanted. */
static bool is_attached(const struct making *making)
{
	const struct sixpn_machine *wanted = &making->wanted;
	const struct sixpn_machine *now = &making->before;

	if (wanted->attachment == SIXPN_ATTACHMENT_NONE)
		return now->attachment == SIXPN_ATTACHMENT_NONE;
	if (now->attachment != wanted->attachment)
		return false;
	switch (wanted->attachment) {
	case SIXPN_ATTACHMENT_PORT:
	case SIXPN_ATTACHMENT_BIND:
		return now->has & SIXPN_MACHINE_HAS_IFINDEX &&
		       !strcmp(now->ifname, wanted->ifname) &&
		       making->netns &&
		       sixpn_netns_index(making->netns, wanted->ifname) ==
		       now->ifindex;
	case SIXPN_ATTACHMENT_CLIENT:
		return sixpn_key_equal(now->peer_key, wanted->peer_key);
	default:
		return true;
	}
}

static int detach(struct making *making, const struct in6_addr *address)
{
	const struct sixpn_machine request = {
		.has = SIXPN_MACHINE_HAS_ADDRESS | SIXPN_MACHINE_HAS_ATTACHMENT,
		.address = *address,
		.attachment = SIXPN_ATTACHMENT_NONE,
	};

	return machine_request(making->netlink, SIXPN_CMD_MACHINE_SET,
			       making->ifname, &request, SIXPN_MACHINE_CHANGE,
			       NULL, making->error);
}

/* It exists: change what differs. @making->before is it. */
static int change(struct making *making, struct sixpn_machine *result)
{
	struct sixpn_machine request = making->wanted;
	int ret;

	request.has &= SIXPN_MACHINE_HAS_ATTACHMENT |
		       SIXPN_MACHINE_HAS_IFNAME | SIXPN_MACHINE_HAS_IFINDEX |
		       SIXPN_MACHINE_HAS_NETNS_FD | SIXPN_MACHINE_HAS_PEER_KEY |
		       SIXPN_MACHINE_HAS_MOVED_TO;
	if (!(request.has & SIXPN_MACHINE_HAS_ATTACHMENT) ||
	    is_attached(making))
		request.has &= SIXPN_MACHINE_HAS_MOVED_TO;
	if (request.moved_to == making->before.moved_to)
		request.has &= ~(uint32_t)SIXPN_MACHINE_HAS_MOVED_TO;
	if (!request.has) {
		*result = making->before;
		return 0;
	}
	making->attached = request.has & SIXPN_MACHINE_HAS_ATTACHMENT &&
			   request.attachment != SIXPN_ATTACHMENT_NONE;
	making->moved = request.has & SIXPN_MACHINE_HAS_MOVED_TO;
	request.has |= SIXPN_MACHINE_HAS_ADDRESS;
	request.address = making->before.address;
	if (making->attached && making->wanted.reattach &&
	    making->before.attachment != SIXPN_ATTACHMENT_NONE) {
		ret = detach(making, &request.address);
		if (ret)
			return ret;
	}
	return machine_request(making->netlink, SIXPN_CMD_MACHINE_SET,
			       making->ifname, &request, SIXPN_MACHINE_CHANGE,
			       result, making->error);
}

static int make(struct making *making, struct sixpn_machine *result)
{
	struct sixpn_error ignored;
	int ret;

	ret = machine_request(making->netlink, SIXPN_CMD_MACHINE_NEW,
			      making->ifname, &making->wanted,
			      SIXPN_MACHINE_WHOLE, result, making->error);
	if (ret != -EEXIST || !(making->wanted.has & NAMES))
		return ret;
	/* Not of this machine: the name of the port may be taken, or the id
	 * another machine's. What MACHINE_NEW said of it stands.
	 */
	if (sixpn_machine_get(making->netlink, making->ifname, &making->wanted,
			      &making->before, &ignored) ||
	    !is_named(&making->wanted, &making->before))
		return ret;
	making->existed = true;
	return change(making, result);
}

/* The mesh device of attachment host, or the port. */
static int add_addresses(struct making *making,
			 const struct sixpn_machine *machine)
{
	struct sixpn_netns *netns = making->netns;
	struct sixpn_error *error = making->error;
	struct in6_addr prefix;
	uint32_t ifindex;
	int ret;

	if (making->wanted.attachment == SIXPN_ATTACHMENT_HOST) {
		/* The prefix route comes and goes with the address. */
		ifindex = sixpn_netns_index(netns, making->ifname);
		ret = sixpn_netns_add_address(netns, ifindex, &machine->address,
					      SIXPN_NETWORK_LEN, error);
		return ret ? sixpn_error_prefix(error, ret,
						"cannot give %s the address",
						making->ifname) : 0;
	}
	ifindex = machine->ifindex;
	ret = sixpn_netns_add_address(netns, ifindex, &machine->address, 128,
				      error);
	if (ret)
		return sixpn_error_prefix(error, ret,
					  "cannot give %s its address (no-address leaves it to you)",
					  machine->ifname);
	/* Its own network by its own route: a namespace may have ports of
	 * several, and the first of them has the route to the rest.
	 */
	sixpn_addr_build(&prefix, machine->network, 0, 0, 0);
	ret = sixpn_netns_add_route(netns, ifindex, &prefix, SIXPN_NETWORK_LEN,
				    error);
	if (!ret) {
		sixpn_addr_build(&prefix, 0, 0, 0, 0);
		ret = sixpn_netns_add_route(netns, ifindex, &prefix,
					    SIXPN_PREFIX_LEN, error);
	}
	return ret ? sixpn_error_prefix(error, ret,
					"cannot give %s its routes (no-address leaves them to you)",
					machine->ifname) : 0;
}

/* As it was before. Whether that works does not change what we tell. */
static void undo(struct making *making, const struct sixpn_machine *machine)
{
	struct sixpn_machine request = {
		.has = SIXPN_MACHINE_HAS_ADDRESS, .address = machine->address,
	};
	struct sixpn_error ignored;

	if (!making->existed) {
		machine_request(making->netlink, SIXPN_CMD_MACHINE_DEL,
				making->ifname, &request, SIXPN_MACHINE_NAMED,
				NULL, &ignored);
		return;
	}
	if (making->attached)
		request.has |= SIXPN_MACHINE_HAS_ATTACHMENT;
	if (making->moved) {
		request.has |= SIXPN_MACHINE_HAS_MOVED_TO;
		request.moved_to = making->before.moved_to;
	}
	if (request.has != SIXPN_MACHINE_HAS_ADDRESS)
		machine_request(making->netlink, SIXPN_CMD_MACHINE_SET,
				making->ifname, &request, SIXPN_MACHINE_CHANGE,
				NULL, &ignored);
}

/* The namespaces that making it will need, opened before anything is made. */
static int open_namespaces(struct making *making)
{
	struct sixpn_machine *wanted = &making->wanted;
	int fd = -1, ret;

	if (!(wanted->has & SIXPN_MACHINE_HAS_ATTACHMENT))
		return 0;
	if (wanted->netns) {
		ret = sixpn_netns_open(wanted->netns, &fd, making->error);
		if (ret)
			return ret;
		wanted->netns_fd = fd;
		wanted->has |= SIXPN_MACHINE_HAS_NETNS_FD;
	}
	if (wanted->attachment == SIXPN_ATTACHMENT_NONE ||
	    wanted->attachment == SIXPN_ATTACHMENT_CLIENT)
		return 0;
	ret = sixpn_netns_enter(fd, &making->netns, making->error);
	/* Without an address to give it serves to compare only. */
	return wanted->no_address ? 0 : ret;
}

/* What we gave the mesh device; perhaps it was never there. */
static void remove_host_address(const char *ifname,
				const struct sixpn_machine *machine)
{
	struct sixpn_error ignored;
	struct sixpn_netns *netns;

	if (sixpn_netns_enter(-1, &netns, &ignored))
		return;
	sixpn_netns_remove_address(netns, sixpn_netns_index(netns, ifname),
				   &machine->address, SIXPN_NETWORK_LEN,
				   &ignored);
	sixpn_netns_leave(netns);
}

static int remove_machine(struct sixpn_netlink *netlink, const char *ifname,
			  const struct sixpn_machine *wanted,
			  struct sixpn_machine *result,
			  struct sixpn_error *error)
{
	int ret;

	ret = sixpn_machine_get(netlink, ifname, wanted, result, error);
	if (!ret && !is_named(wanted, result))
		ret = sixpn_error_set(error, -ENOENT,
				      "no machine has all of these names");
	if (!ret)
		ret = machine_request(netlink, SIXPN_CMD_MACHINE_DEL, ifname,
				      result, SIXPN_MACHINE_NAMED, NULL, error);
	if (!ret && result->attachment == SIXPN_ATTACHMENT_HOST &&
	    !wanted->no_address)
		remove_host_address(ifname, result);
	return ret;
}

int sixpn_machine_apply(struct sixpn_netlink *netlink, const char *ifname,
			const struct sixpn_machine *wanted,
			struct sixpn_machine *result,
			struct sixpn_error *error)
{
	struct making making = {
		.netlink = netlink, .ifname = ifname, .wanted = *wanted,
		.error = error,
	};
	int ret;

	if (wanted->remove)
		return remove_machine(netlink, ifname, wanted, result, error);
	ret = open_namespaces(&making);
	if (!ret)
		ret = make(&making, result);
	if (!ret && making.netns && !wanted->no_address &&
	    (wanted->attachment == SIXPN_ATTACHMENT_PORT ||
	     wanted->attachment == SIXPN_ATTACHMENT_HOST)) {
		ret = add_addresses(&making, result);
		if (ret)
			undo(&making, result);
	}
	if (!ret && making.existed && !wanted->no_address &&
	    making.before.attachment == SIXPN_ATTACHMENT_HOST &&
	    result->attachment != SIXPN_ATTACHMENT_HOST)
		remove_host_address(ifname, result);
	if (making.wanted.has & SIXPN_MACHINE_HAS_NETNS_FD)
		close(making.wanted.netns_fd);
	sixpn_netns_leave(making.netns);
	return ret;
}

static int tell(struct sixpn_error *error, int ret, const char *what,
		const struct in6_addr *address)
{
	char text[SIXPN_ALLOWEDIP_TEXT_MAX];

	sixpn_format_6pn(text, address);
	return sixpn_error_prefix(error, ret, "%s %s", what, text);
}

static int tell_machine(struct sixpn_error *error, int ret,
			const struct sixpn_machine *machine)
{
	if (machine->has & SIXPN_MACHINE_HAS_NAME)
		return sixpn_error_prefix(error, ret, "machine %s",
					  machine->name);
	if (machine->has & SIXPN_MACHINE_HAS_ADDRESS)
		return tell(error, ret, "machine", &machine->address);
	if (machine->has & SIXPN_MACHINE_HAS_ID)
		return sixpn_error_prefix(error, ret, "machine %u",
					  machine->id);
	return ret;
}

static int apply_networks(struct sixpn_netlink *netlink,
			  const struct sixpn_device *change, bool remove,
			  struct sixpn_error *error)
{
	size_t i;
	int ret;

	for (i = 0; i < change->network_count; i++) {
		const struct sixpn_network *network = &change->networks[i];

		if (network->remove != remove)
			continue;
		ret = sixpn_network_apply(netlink, change->ifname, network,
					  error);
		if (ret)
			return sixpn_error_prefix(error, ret, "network %u",
						  network->id);
	}
	return 0;
}

static int apply_machines(struct sixpn_netlink *netlink,
			  const struct sixpn_device *change,
			  sixpn_machine_handler *made, void *context,
			  struct sixpn_error *error)
{
	int ret = 0;
	size_t i;

	for (i = 0; !ret && i < change->machine_count; i++) {
		const struct sixpn_machine *wanted = &change->machines[i];
		struct sixpn_machine result = { 0 };

		ret = sixpn_machine_apply(netlink, change->ifname, wanted,
					  &result, error);
		if (ret)
			tell_machine(error, ret, wanted);
		else if (made)
			made(context, wanted, &result);
		sixpn_machine_clear(&result);
	}
	return ret;
}

int sixpn_objects_apply(struct sixpn_netlink *netlink,
			const struct sixpn_device *change,
			sixpn_machine_handler *made, void *context,
			struct sixpn_error *error)
{
	size_t i;
	int ret;

	ret = apply_networks(netlink, change, false, error);
	if (!ret)
		ret = apply_machines(netlink, change, made, context, error);
	for (i = 0; !ret && i < change->route_count; i++) {
		ret = sixpn_route_apply(netlink, change->ifname,
					&change->routes[i], error);
		if (ret)
			tell(error, ret, "route", &change->routes[i].address);
	}
	return ret ? ret : apply_networks(netlink, change, true, error);
}
