/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The mesh device: one identity, one UDP port, many peers.
 *
 * Lock order: RTNL > sixpn_device_list_lock > sx->lock > identity.lock >
 * handshake.lock > spinlocks.
 */
#ifndef _SIXPN_DEVICE_H
#define _SIXPN_DEVICE_H

#include "allowedips.h"
#include "claim.h"
#include "cookie.h"
#include "noise.h"
#include "parked.h"

#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/rhashtable.h>
#include <linux/types.h>
#include <linux/udp.h>
#include <linux/xarray.h>
#include <net/gro_cells.h>
#include <net/ip.h>
#include <net/ipv6.h>

struct rtnl_link_ops;
struct sixpn_drops;
struct sixpn_handshake_worker;
struct sixpn_icmp_limits;

#define SIXPN_MTU_DEFAULT	1420
/* What an inner packet grows by at most: outer IPv6, UDP, our header and tag. */
#define SIXPN_OVERHEAD_MAX (sizeof(struct ipv6hdr) + sizeof(struct udphdr) + \
			    SIXPN_DATA_OVERHEAD)
#define SIXPN_MTU_MAX round_down(IP_MAX_MTU - SIXPN_OVERHEAD_MAX, SIXPN_PADDING)

struct sixpn_device {
	struct net_device *dev;
	struct sock __rcu *sock4; /* RCU; written under lock */
	struct sock __rcu *sock6; /* RCU; written under lock */
	struct rhashtable indices; /* struct sixpn_index */
	struct sixpn_allowedips allowedips;
	u32 host_id; /* 0: none yet; READ_ONCE; written under lock */
	struct rhashtable networks_by_id; /* struct sixpn_network */
	struct rhashtable machines; /* struct sixpn_machine.node */
	struct rhashtable hosts; /* struct sixpn_host: peers of kind host */
	struct rhashtable routes; /* struct sixpn_route */
	struct gro_cells gro_cells;
	struct sixpn_drops __percpu *drops;
	struct sixpn_icmp_limits *icmp_limits;
	u32 fwmark; /* READ/WRITE_ONCE */

	struct sixpn_identity identity;
	struct sixpn_cookie_checker cookie_checker;
	struct sk_buff_head handshakes; /* received, waiting; own lock */
	struct sk_buff_head admitted; /* of former strangers; own lock */
	struct sixpn_parked parked; /* of strangers; own lock */
	struct sixpn_handshake_worker *workers; /* one per possible CPU */
	unsigned int next_worker; /* READ/WRITE_ONCE; any value will do */
	unsigned long under_load_until; /* jiffies; READ/WRITE_ONCE */

	/* Configuration. */
	struct mutex lock; /* protects all below, and every change above */
	struct net *birth_net; /* where the sockets live, not referenced;
				* NULL once it is gone
				*/
	u16 listen_port; /* asked for, or the one chosen */
	u32 generation; /* counts changes, for dumps and compare-and-set */
	bool dead; /* uninitialised: refuse every request */
	bool announced; /* listeners know of it; RTNL */
	struct rhashtable peers_by_key; /* struct sixpn_peer.key_node */
	struct xarray peers; /* by id; published and reserved ones */
	u32 next_peer_id;
	u32 peer_count; /* live peers */
	bool host_id_set; /* by hand; follows from the key otherwise */
	struct xarray networks; /* by network id, order of dumps */
	u32 network_count; /* READ/WRITE_ONCE */
	struct rhashtable machines_by_name;
	struct xarray machines_by_serial; /* live and reserved ones */
	u32 next_machine_serial;
	u32 machine_count; /* live and reserved, without machines 0 */
	struct list_head attached; /* machines with a netdev */
	struct sixpn_claims claims; /* ids of machines, and former ones */
	struct xarray routes_by_serial;
	u32 next_route_serial;
	u32 route_count;

	struct list_head list; /* all devices; sixpn_device_list_lock */
};

/* The link kind: mesh devices and their ports. */
extern struct rtnl_link_ops sixpn_device_link_ops;

int sixpn_device_module_init(void);
void sixpn_device_module_exit(void);

bool sixpn_device_is(const struct net_device *dev);

static inline struct sixpn_device *sixpn_device_of(const struct net_device *dev)
{
	return netdev_priv(dev);
}

/* Has the configuration changed? Called under sx->lock after each change. */
static inline void sixpn_device_touch(struct sixpn_device *sx)
{
	lockdep_assert_held(&sx->lock);
	sx->generation++;
}

/* Are the device and its sockets in use? Context: any. */
static inline bool sixpn_device_is_up(const struct sixpn_device *sx)
{
	return netif_running(sx->dev);
}

/**
 * sixpn_device_set_private_key() - change who we are
 * @sx: device; its lock is held
 * @private: 32 bytes; all zero = forget
 *
 * Nothing more is sent in a session of the old key; packets that are under way
 * may still arrive in it. The caller has checked that no peer has the new
 * public key, and sends what is staged afterwards. Cannot fail.
 */
void sixpn_device_set_private_key(struct sixpn_device *sx,
				  const u8 private[SIXPN_KEY_SIZE]);

#endif /* _SIXPN_DEVICE_H */
