/* SPDX-License-Identifier: GPL-2.0 */
/* The generic netlink family: see include/uapi/linux/sixpn.h. */
#ifndef _SIXPN_NETLINK_H
#define _SIXPN_NETLINK_H

int sixpn_netlink_module_init(void);
void sixpn_netlink_module_exit(void);

#endif /* _SIXPN_NETLINK_H */
