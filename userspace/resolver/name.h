/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The names that the resolver itself answers, sixpn-names(7), taken apart. Whether
 * there is such a thing is not known here.
 */
#ifndef SIXPN_RESOLVER_NAME_H
#define SIXPN_RESOLVER_NAME_H

#include <netinet/in.h>
#include <stdint.h>

#include "text.h"

/* Which of our domains a name is in. */
enum sixpn_name_domain {
	SIXPN_NAME_OUTSIDE,
	SIXPN_NAME_INTERNAL,	/* internal. */
	SIXPN_NAME_FLYCAST,	/* flycast. */
	SIXPN_NAME_REVERSE,	/* a.a.d.f.ip6.arpa. */
};

/* What stands in front of it. */
enum sixpn_name_kind {
	SIXPN_NAME_ABSENT,		/* nothing that there could be */
	SIXPN_NAME_APEX,
	/* internal: of the network */
	SIXPN_NAME_API,			/* _api */
	SIXPN_NAME_APPS,		/* _apps */
	SIXPN_NAME_INSTANCES,		/* _instances */
	SIXPN_NAME_ALL_INSTANCES,	/* all._instances */
	SIXPN_NAME_PEERS,		/* _peer */
	SIXPN_NAME_PEER,		/* LABEL._peer */
	SIXPN_NAME_HOSTS,		/* _host */
	SIXPN_NAME_HOST,		/* LABEL._host */
	SIXPN_NAME_WHOIS,		/* _whois */
	SIXPN_NAME_WHOIS_ADDRESS,	/* LABEL._whois: address */
	/* internal: of an app */
	SIXPN_NAME_APP,			/* APP */
	SIXPN_NAME_GLOBAL,		/* global.APP */
	SIXPN_NAME_REGION,		/* LABEL.APP: what is not one of the others */
	SIXPN_NAME_VMS,			/* vms.APP */
	SIXPN_NAME_ALL_VMS,		/* all.vms.APP */
	SIXPN_NAME_REGIONS,		/* regions.APP */
	SIXPN_NAME_ALL_REGIONS,		/* all.regions.APP */
	SIXPN_NAME_WORD,		/* of.APP, vm.APP, ...: names are below */
	SIXPN_NAME_NEAREST,		/* nearest.of.APP: names are below */
	SIXPN_NAME_TOP,			/* topN.nearest.of.APP: number */
	SIXPN_NAME_MACHINE,		/* LABEL.vm.APP */
	SIXPN_NAME_GROUP,		/* LABEL.process.APP */
	SIXPN_NAME_METADATA,		/* _metadata.APP, kv._metadata.APP */
	SIXPN_NAME_KEY,			/* LABEL.kv._metadata.APP */
	SIXPN_NAME_VALUE,		/* SECOND.LABEL.kv._metadata.APP */
	/* internal and flycast: number: enum sixpn_port_protocol */
	SIXPN_NAME_PROTOCOL,		/* _tcp.APP, _udp.APP */
	SIXPN_NAME_PORT,		/* _PORT._tcp.APP: port */
	/* reverse */
	SIXPN_NAME_ADDRESS,		/* address */
	SIXPN_NAME_ADDRESS_PART,	/* address: its first number digits */
};

/**
 * struct sixpn_name - a name, taken apart; it points into the name
 * @apex: the part of the name that is the domain itself
 */
struct sixpn_name {
	enum sixpn_name_domain domain;
	enum sixpn_name_kind kind;
	const uint8_t *apex;
	struct sixpn_text app, label, second;
	uint32_t number;
	uint16_t port;
	struct in6_addr address;
};

/**
 * sixpn_name_parse() - take a name apart
 * @wire: in lower case, well-formed
 */
void sixpn_name_parse(struct sixpn_name *name, const uint8_t *wire);

#endif
