// SPDX-License-Identifier: GPL-2.0
#include "device.h"

#include "compat/compat.h"
#include "drop.h"
#include "events.h"
#include "handshake.h"
#include "host.h"
#include "icmp.h"
#include "machine.h"
#include "network.h"
#include "peer.h"
#include "port.h"
#include "ratelimit.h"
#include "socket.h"
#include "transmit.h"

#include <linux/if_arp.h>
#include <linux/inetdevice.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/rtnetlink.h>
#include <linux/sixpn.h>
#include <linux/suspend.h>
#include <net/addrconf.h>
#include <net/ip_tunnels.h>
#include <net/net_namespace.h>

#define DEVICE_FEATURES (NETIF_F_HW_CSUM | NETIF_F_RXCSUM | NETIF_F_SG | \
			 NETIF_F_GSO | NETIF_F_GSO_SOFTWARE | NETIF_F_HIGHDMA)

static DEFINE_MUTEX(sixpn_device_list_lock); /* protects sixpn_devices */
static LIST_HEAD(sixpn_devices);

/* Bring up: sockets first, so that what follows can send. */
static int device_open(struct net_device *dev)
{
	struct sixpn_device *sx = sixpn_device_of(dev);
	struct in_device *in_dev = __in_dev_get_rtnl(dev);
	struct inet6_dev *in6_dev = __in6_dev_get(dev);
	struct sixpn_socket_pair pair;
	struct sixpn_peer *peer;
	unsigned long id;
	int err;

	/* All inner hosts are reached through this device alone: there is no
	 * better way a redirect could name.
	 */
	if (in_dev) {
		IN_DEV_CONF_SET(in_dev, SEND_REDIRECTS, false);
		IPV4_DEVCONF_ALL(dev_net(dev), SEND_REDIRECTS) = false;
	}
	/* No link-local address: peers have none in their allowed-ips. */
	if (in6_dev)
		in6_dev->cnf.addr_gen_mode = IN6_ADDR_GEN_MODE_NONE;

	mutex_lock(&sx->lock);
	err = sixpn_socket_open(sx, sx->listen_port, &pair);
	if (err)
		goto out;
	sixpn_socket_install(sx, &pair);
	xa_for_each(&sx->peers, id, peer) {
		sixpn_timers_idle_changed(peer);
		if (peer->keepalive) {
			sixpn_timers_keepalive_changed(peer);
			sixpn_transmit_keepalive(peer);
		}
		sixpn_transmit_staged(peer);
		cond_resched();
	}
	sixpn_event_device(sx);
out:
	mutex_unlock(&sx->lock);
	return err;
}

static int device_stop(struct net_device *dev)
{
	struct sixpn_device *sx = sixpn_device_of(dev);
	struct sixpn_peer *peer;
	unsigned long id;

	mutex_lock(&sx->lock);
	/* In this order nothing that was stopped is started again: no packets
	 * come, then no handshakes are answered, then timers and sessions go.
	 */
	sixpn_socket_install(sx, NULL);
	sixpn_handshake_device_stop(sx);
	xa_for_each(&sx->peers, id, peer) {
		sixpn_timers_stop(peer);
		sixpn_peer_wipe(peer);
		sixpn_handshake_reset_pace(peer);
		sixpn_transmit_drop_staged(peer);
		cond_resched();
	}
	mutex_unlock(&sx->lock);
	return 0;
}

static int device_init(struct net_device *dev)
{
	struct sixpn_device *sx = sixpn_device_of(dev);
	int err;

	mutex_init(&sx->lock);
	INIT_LIST_HEAD(&sx->list);
	sx->next_peer_id = 1;
	/* A device made again under the same name must not look unchanged. */
	sx->generation = get_random_u32();
	sixpn_allowedips_init(&sx->allowedips, &sx->lock);
	sixpn_noise_identity_init(&sx->identity);
	sixpn_cookie_checker_init(&sx->cookie_checker);

	err = sixpn_ratelimit_get();
	if (err)
		return err;
	err = sixpn_peer_table_init(sx);
	if (err)
		goto err_peers;
	err = sixpn_network_table_init(sx);
	if (err)
		goto err_networks;
	err = sixpn_machine_tables_init(sx);
	if (err)
		goto err_machines;
	err = sixpn_host_tables_init(sx);
	if (err)
		goto err_hosts;
	err = sixpn_index_table_init(&sx->indices);
	if (err)
		goto err_indices;
	err = sixpn_handshake_device_init(sx);
	if (err)
		goto err_handshake;
	err = gro_cells_init(&sx->gro_cells, dev);
	if (err)
		goto err_gro;
	err = -ENOMEM;
	sx->drops = netdev_alloc_pcpu_stats(struct sixpn_drops);
	if (!sx->drops)
		goto err_drops;
	sx->icmp_limits = sixpn_icmp_limits_alloc();
	if (!sx->icmp_limits)
		goto err_icmp;
	err = sixpn_compat_tstats_init(dev);
	if (err)
		goto err_stats;

	mutex_lock(&sixpn_device_list_lock);
	list_add_tail(&sx->list, &sixpn_devices);
	mutex_unlock(&sixpn_device_list_lock);
	return 0;

err_stats:
	sixpn_icmp_limits_free(sx->icmp_limits);
err_icmp:
	free_percpu(sx->drops);
err_drops:
	gro_cells_destroy(&sx->gro_cells);
err_gro:
	sixpn_handshake_device_free(sx);
err_handshake:
	sixpn_index_table_destroy(&sx->indices);
err_indices:
	sixpn_host_tables_destroy(sx);
err_hosts:
	sixpn_machine_tables_destroy(sx);
err_machines:
	sixpn_network_table_destroy(sx);
err_networks:
	sixpn_peer_table_destroy(sx);
err_peers:
	sixpn_ratelimit_put();
	return err;
}

/* The last moment with the RTNL and the name. From here on nobody new finds
 * the device; whoever still holds it finds it dead.
 */
static void device_uninit(struct net_device *dev)
{
	struct sixpn_device *sx = sixpn_device_of(dev);
	LIST_HEAD(kill);

	mutex_lock(&sixpn_device_list_lock);
	list_del_init(&sx->list);
	mutex_unlock(&sixpn_device_list_lock);

	mutex_lock(&sx->lock);
	sx->dead = true;
	sixpn_socket_install(sx, NULL);
	sixpn_handshake_device_stop(sx);
	sixpn_networks_remove_all(sx, &kill);
	sixpn_peers_remove_all(sx);
	mutex_unlock(&sx->lock);
	/* Ports went before, at NETDEV_UNREGISTER. */
	WARN_ON_ONCE(!list_empty(&kill));
}

/* Every reference on the device is gone, and with them every peer: each held
 * one until its last reader was done. Nothing is left that could look into
 * these tables.
 */
static void device_free(struct net_device *dev)
{
	struct sixpn_device *sx = sixpn_device_of(dev);

	gro_cells_destroy(&sx->gro_cells);
	sixpn_handshake_device_free(sx);
	sixpn_index_table_destroy(&sx->indices);
	sixpn_host_tables_destroy(sx);
	sixpn_machine_tables_destroy(sx);
	sixpn_network_table_destroy(sx);
	sixpn_peer_table_destroy(sx);
	sixpn_icmp_limits_free(sx->icmp_limits);
	free_percpu(sx->drops);
	sixpn_compat_tstats_free(dev);
	sixpn_ratelimit_put();
	memzero_explicit(&sx->identity, sizeof(sx->identity));
	memzero_explicit(&sx->cookie_checker, sizeof(sx->cookie_checker));
}

static const struct net_device_ops device_ops = {
	.ndo_init = device_init,
	.ndo_uninit = device_uninit,
	.ndo_open = device_open,
	.ndo_stop = device_stop,
	.ndo_start_xmit = sixpn_transmit,
	.ndo_get_stats64 = dev_get_tstats64,
};

static const struct device_type device_type = { .name = KBUILD_MODNAME };

bool sixpn_device_is(const struct net_device *dev)
{
	return dev->netdev_ops == &device_ops;
}

static void device_setup(struct net_device *dev)
{
	dev->netdev_ops = &device_ops;
	dev->ethtool_ops = &sixpn_drop_ethtool_ops;
	dev->header_ops = &ip_tunnel_header_ops;
	dev->type = ARPHRD_NONE;
	dev->flags = IFF_POINTOPOINT | IFF_NOARP;
	dev->priv_flags |= IFF_NO_QUEUE | IFF_DISABLE_NETPOLL;
	dev->needed_headroom = SIXPN_HEADROOM;
	dev->needed_tailroom = SIXPN_PADDING + SIXPN_TAG_SIZE;
	dev->features |= DEVICE_FEATURES;
	dev->hw_features |= DEVICE_FEATURES;
	dev->hw_enc_features |= DEVICE_FEATURES;
	sixpn_compat_set_lltx(dev);
	dev->min_mtu = 0;
	dev->max_mtu = SIXPN_MTU_MAX;
	dev->mtu = SIXPN_MTU_DEFAULT;
	dev->needs_free_netdev = true;
	dev->priv_destructor = device_free;
	SET_NETDEV_DEVTYPE(dev, &device_type);
	/* A sender's route is what learns a smaller path MTU. */
	netif_keep_dst(dev);
}

static int mesh_newlink(struct net_device *dev,
			struct rtnl_newlink_params *params,
			struct netlink_ext_ack *extack)
{
	struct sixpn_device *sx = sixpn_device_of(dev);

	if (params->data && (params->data[SIXPN_LINK_A_NETWORK] ||
			     params->data[SIXPN_LINK_A_MACHINE_ID])) {
		NL_SET_ERR_MSG(extack,
			       "A network is for a port: name the mesh device too (IFLA_LINK)");
		return -EINVAL;
	}
	sx->dev = dev;
	sx->birth_net = rtnl_newlink_link_net(params);
	return register_netdevice(dev);
}

/* With IFLA_LINK it is a port of that mesh device. */
static int device_newlink(struct net_device *dev,
			  struct rtnl_newlink_params *params,
			  struct netlink_ext_ack *extack)
{
	struct nlattr *link = params->tb[IFLA_LINK];
	struct net_device *lower;

	if (!link)
		return mesh_newlink(dev, params, extack);
	lower = __dev_get_by_index(rtnl_newlink_link_net(params),
				   nla_get_u32(link));
	if (!lower || !sixpn_device_is(lower)) {
		NL_SET_ERR_MSG_ATTR(extack, link,
				    "A port is one of a mesh device, which this link is not");
		return lower ? -EINVAL : -ENODEV;
	}
	return sixpn_port_newlink(dev, lower, params->tb, params->data,
				  extack);
}

SIXPN_COMPAT_NEWLINK(device_newlink)

static void device_dellink(struct net_device *dev, struct list_head *kill)
{
	if (sixpn_port_is(dev))
		sixpn_port_dellink(dev, kill);
	else
		unregister_netdevice_queue(dev, kill);
}

static size_t device_info_size(const struct net_device *dev)
{
	return sixpn_port_is(dev) ? sixpn_port_info_size() : 0;
}

static int device_fill_info(struct sk_buff *skb, const struct net_device *dev)
{
	return sixpn_port_is(dev) ? sixpn_port_fill_info(skb, dev) : 0;
}

static struct net *device_link_net(const struct net_device *dev)
{
	return sixpn_port_is(dev) ? sixpn_port_link_net(dev) : dev_net(dev);
}

struct rtnl_link_ops sixpn_device_link_ops __read_mostly = {
	.kind = KBUILD_MODNAME,
	.priv_size = sizeof(struct sixpn_device),
	.maxtype = SIXPN_LINK_A_MAX,
	.policy = sixpn_port_policy,
	.setup = device_setup,
	.newlink = device_newlink_op,
	.dellink = device_dellink,
	.get_size = device_info_size,
	.fill_info = device_fill_info,
	.get_link_net = device_link_net,
};

void sixpn_device_set_private_key(struct sixpn_device *sx,
				  const u8 private[SIXPN_KEY_SIZE])
{
	struct sixpn_identity *identity = &sx->identity;
	struct sixpn_peer *peer;
	unsigned long id;

	lockdep_assert_held(&sx->lock);
	/* No handshake is between two of its steps while this is held. */
	down_write(&identity->lock);
	sixpn_noise_identity_set(identity, private);
	sixpn_cookie_checker_set_key(&sx->cookie_checker,
				     identity->present ? identity->public :
							 NULL);
	xa_for_each(&sx->peers, id, peer) {
		sixpn_noise_precompute(peer);
		sixpn_noise_handshake_clear(peer);
		sixpn_keypairs_expire_sending(peer);
		sixpn_handshake_reset_pace(peer);
		cond_resched();
	}
	up_write(&identity->lock);
}

/* Key material must not be on disk, nor twice in the world. */
static void wipe_all(void)
{
	struct sixpn_device *sx;
	struct sixpn_peer *peer;
	unsigned long id;

	mutex_lock(&sixpn_device_list_lock);
	list_for_each_entry(sx, &sixpn_devices, list) {
		mutex_lock(&sx->lock);
		xa_for_each(&sx->peers, id, peer) {
			sixpn_peer_wipe(peer);
			sixpn_handshake_reset_pace(peer);
			cond_resched();
		}
		mutex_unlock(&sx->lock);
	}
	mutex_unlock(&sixpn_device_list_lock);
	/* They are freed, and so overwritten, after a grace period. */
	rcu_barrier();
}

static int power_event(struct notifier_block *nb, unsigned long action,
		       void *data)
{
	switch (action) {
	case PM_HIBERNATION_PREPARE:
	case PM_SUSPEND_PREPARE:
		sixpn_handshake_pause();
		wipe_all();
		break;
	case PM_POST_HIBERNATION:
	case PM_POST_SUSPEND:
		sixpn_handshake_resume();
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block power_notifier = { .notifier_call = power_event };

static int vmfork_event(struct notifier_block *nb, unsigned long action,
			void *data)
{
	wipe_all();
	return NOTIFY_DONE;
}

static struct notifier_block vmfork_notifier = {
	.notifier_call = vmfork_event,
};

/* New name, new namespace, created, gone: whoever watches has to know. A move
 * between namespaces is "gone" in the one and "new" in the other.
 */
static int netdev_event(struct notifier_block *nb, unsigned long action,
			void *data)
{
	struct net_device *dev = netdev_notifier_info_to_dev(data);
	struct sixpn_device *sx;

	if (!sixpn_device_is(dev))
		return NOTIFY_DONE;
	sx = sixpn_device_of(dev);
	switch (action) {
	case NETDEV_REGISTER:
	case NETDEV_CHANGENAME:
		mutex_lock(&sx->lock);
		sixpn_event_device(sx);
		mutex_unlock(&sx->lock);
		sx->announced = true;
		break;
	case NETDEV_UNREGISTER:
		/* Not when it only moves to another namespace. */
		if (dev->reg_state == NETREG_UNREGISTERING)
			sixpn_machines_detach_all(sx);
		/* Repeated for as long as somebody holds the device. */
		if (sx->announced)
			sixpn_event_device_gone(sx);
		sx->announced = false;
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block netdev_notifier = {
	.notifier_call = netdev_event,
};

/* Nothing of the dying namespace may stay with us: not the sockets, and not
 * the routes that peers remember (they count on its tables).
 */
static void forget_birth_net(struct sixpn_device *sx)
{
	struct sixpn_endpoint *endpoint;
	struct sixpn_peer *peer;
	unsigned long id;

	mutex_lock(&sx->lock);
	WRITE_ONCE(sx->birth_net, NULL);
	sixpn_socket_install(sx, NULL);
	sixpn_handshake_device_stop(sx);
	/* No sender is left, and without sockets none will come. */
	xa_for_each(&sx->peers, id, peer) {
		rcu_read_lock();
		endpoint = rcu_dereference(peer->endpoint);
		if (endpoint)
			dst_cache_reset_now(&endpoint->cache);
		rcu_read_unlock();
	}
	mutex_unlock(&sx->lock);
}

static void net_pre_exit(struct net *net)
{
	struct sixpn_device *sx;
	bool any = false;

	mutex_lock(&sixpn_device_list_lock);
	list_for_each_entry(sx, &sixpn_devices, list) {
		if (sx->birth_net != net)
			continue;
		forget_birth_net(sx);
		any = true;
	}
	mutex_unlock(&sixpn_device_list_lock);
	if (!any)
		return;
	/* Whoever still has a removed peer in hand lets go of it, and endpoints
	 * that were replaced are freed with their routes.
	 */
	flush_workqueue(sixpn_handshake_wq);
	flush_workqueue(sixpn_peer_wq);
	rcu_barrier();
}

static struct pernet_operations net_ops = { .pre_exit = net_pre_exit };

int sixpn_device_module_init(void)
{
	int err;

	err = register_pernet_device(&net_ops);
	if (err)
		return err;
	err = register_netdevice_notifier(&netdev_notifier);
	if (err)
		goto err_netdev;
	err = register_pm_notifier(&power_notifier);
	if (err)
		goto err_power;
	err = register_random_vmfork_notifier(&vmfork_notifier);
	if (err)
		goto err_vmfork;
	err = rtnl_link_register(&sixpn_device_link_ops);
	if (err)
		goto err_link;
	return 0;

err_link:
	unregister_random_vmfork_notifier(&vmfork_notifier);
err_vmfork:
	unregister_pm_notifier(&power_notifier);
err_power:
	unregister_netdevice_notifier(&netdev_notifier);
err_netdev:
	unregister_pernet_device(&net_ops);
	return err;
}

void sixpn_device_module_exit(void)
{
	/* Takes every device down and waits until the last of each is gone. */
	rtnl_link_unregister(&sixpn_device_link_ops);
	unregister_random_vmfork_notifier(&vmfork_notifier);
	unregister_pm_notifier(&power_notifier);
	unregister_netdevice_notifier(&netdev_notifier);
	unregister_pernet_device(&net_ops);
}
