/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Dumps: any number of objects over any number of recv() calls. Between two
 * calls nothing is locked or referenced; the cursor is made of numbers.
 */
#ifndef _SIXPN_DUMP_H
#define _SIXPN_DUMP_H

struct netlink_callback;
struct sk_buff;

int sixpn_dump_devices(struct sk_buff *skb, struct netlink_callback *cb);
int sixpn_dump_peers(struct sk_buff *skb, struct netlink_callback *cb);
int sixpn_dump_networks(struct sk_buff *skb, struct netlink_callback *cb);
int sixpn_dump_machines(struct sk_buff *skb, struct netlink_callback *cb);
int sixpn_dump_routes(struct sk_buff *skb, struct netlink_callback *cb);

#endif /* _SIXPN_DUMP_H */
