/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The netlink commands about networks, machines and exception routes. Each
 * checks all of a request, then carries it out.
 */
#ifndef _SIXPN_COMMAND_H
#define _SIXPN_COMMAND_H

struct genl_info;
struct sk_buff;

/* doit of the family's operations. Return: 0, or -errno and a sentence in the
 * extended ack; then nothing has changed.
 */
int sixpn_command_network_new(struct sk_buff *skb, struct genl_info *info);
int sixpn_command_network_del(struct sk_buff *skb, struct genl_info *info);
int sixpn_command_network_get(struct sk_buff *skb, struct genl_info *info);
int sixpn_command_route_new(struct sk_buff *skb, struct genl_info *info);
int sixpn_command_route_del(struct sk_buff *skb, struct genl_info *info);
int sixpn_command_route_get(struct sk_buff *skb, struct genl_info *info);
int sixpn_command_machine_new(struct sk_buff *skb, struct genl_info *info);
int sixpn_command_machine_set(struct sk_buff *skb, struct genl_info *info);
int sixpn_command_machine_del(struct sk_buff *skb, struct genl_info *info);
int sixpn_command_machine_get(struct sk_buff *skb, struct genl_info *info);

#endif /* _SIXPN_COMMAND_H */
