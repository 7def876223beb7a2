// SPDX-License-Identifier: GPL-2.0-or-later
#include "object.h"

#include <errno.h>
#include <string.h>

#include "message.h"
#include "object_message.h"
#include "object_request.h"
#include "request.h"

/* What is read goes into a device, whose arrays the caller picks from. */
static int take_object(void *context, uint8_t command, const void *attributes,
		       size_t length)
{
	(void)command;
	return context ? sixpn_message_parse_device(context, attributes,
						    length) : 0;
}

struct nl_msg *sixpn_object_begin(struct sixpn_netlink *netlink,
				  uint8_t command, const char *ifname)
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

int sixpn_object_finish(struct sixpn_netlink *netlink, struct nl_msg *message,
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
	struct nl_msg *message = sixpn_object_begin(netlink, command, ifname);

	if (!message)
		return out_of_memory(error);
	return sixpn_object_finish(netlink, message,
				   sixpn_object_put_network(message, network),
				   result, error);
}

int sixpn_network_apply(struct sixpn_netlink *netlink, const char *ifname,
			const struct sixpn_network *network, bool *made,
			struct sixpn_error *error)
{
	int ret;

	ret = network_request(netlink, network->remove ? SIXPN_CMD_NETWORK_DEL :
						  SIXPN_CMD_NETWORK_NEW,
			      ifname, network, NULL, error);
	*made = !ret && !network->remove;
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
	struct nl_msg *message = sixpn_object_begin(netlink, command, ifname);

	if (!message)
		return out_of_memory(error);
	return sixpn_object_finish(netlink, message,
				   sixpn_object_put_route(message, route),
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
