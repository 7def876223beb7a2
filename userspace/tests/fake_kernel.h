/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel of one device, for tests of what is asked of it: applies requests to
 * a model as the netlink contract says.
 */
#ifndef SIXPN_FAKE_KERNEL_H
#define SIXPN_FAKE_KERNEL_H

#include "model.h"

/* Counts the refusals that a right plan never meets. Its host id is 7. */
struct fake_kernel {
	struct sixpn_device state;
	unsigned int refusals, deaths;
};

struct sixpn_peer *fake_peer_find(struct sixpn_device *device,
				  const uint8_t key[SIXPN_KEY_LEN]);
void fake_allowedip_add(struct sixpn_device *device, struct sixpn_peer *peer,
			const struct sixpn_allowedip *prefix);
void fake_device_set(struct sixpn_device *device,
		     const struct sixpn_device *change);

/* Device and peers agree, whatever the order. */
bool fake_same_state(struct sixpn_device *a, struct sixpn_device *b);

struct sixpn_network *fake_network_find(struct sixpn_device *device,
					uint32_t id);
struct sixpn_machine *fake_machine_find(struct sixpn_device *device,
					const struct sixpn_machine *named);
struct sixpn_route *fake_route_find(struct sixpn_device *device,
				    const struct in6_addr *address);
void fake_network_make(struct fake_kernel *kernel, uint32_t id);
void fake_network_remove(struct fake_kernel *kernel, uint32_t id);
void fake_machine_apply(struct fake_kernel *kernel,
			const struct sixpn_machine *wanted);
void fake_route_apply(struct fake_kernel *kernel,
		      const struct sixpn_route *wanted);

#endif
