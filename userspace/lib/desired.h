/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the records of the registry mean for the mesh device of one host: pure
 * functions from records to the model, which add to a device what it should
 * have. sixpn_sync_plan() and the journal make it so.
 */
#ifndef SIXPN_LIB_DESIRED_H
#define SIXPN_LIB_DESIRED_H

#include "model.h"
#include "record.h"

/**
 * sixpn_desired_host() - another host: a peer of kind host
 * @wanted: gets the peer; nothing for @self
 * @self: id of this host
 * @endpoint: which of its endpoints, modulo their number; it has none if the
 *	record has none
 *
 * Return: 0 or -ENOMEM. So do the others.
 */
int sixpn_desired_host(struct sixpn_device *wanted, uint32_t self,
		       const struct sixpn_record_host *host,
		       unsigned int endpoint);

/**
 * sixpn_desired_network() - a network, unless @wanted has it
 */
int sixpn_desired_network(struct sixpn_device *wanted, uint32_t network);

/**
 * sixpn_desired_machine() - a machine, with its network
 *
 * Here it is one with its address and its attachment, or with none if it is
 * stopped. Of one that was here first and has moved, the address is kept and its
 * packets are forwarded. Nothing if it is neither here nor from here.
 */
int sixpn_desired_machine(struct sixpn_device *wanted, uint32_t self,
			  const struct sixpn_record_machine *machine);

/**
 * sixpn_desired_client() - a client of this gateway: its network, its peer and
 *	its machine
 * @idle_expiry: of the peer, seconds; 0: never
 * @now: seconds since 1970: nothing if it has expired
 *
 * Of one that has moved to another gateway, the address is kept and forwarded.
 */
int sixpn_desired_client(struct sixpn_device *wanted, uint32_t self,
			 const struct sixpn_record_client *client,
			 uint32_t idle_expiry, uint64_t now);

/**
 * sixpn_desired_moved() - where to find what is not at its home: a route, unless
 *	this is the one host or the other, or @wanted lacks the network: call it
 *	after the others
 */
int sixpn_desired_moved(struct sixpn_device *wanted, uint32_t self,
			const struct sixpn_record_moved *moved);

#endif
