# SPDX-License-Identifier: GPL-2.0
#
# Included by the root Kbuild. Finds out what the kernel being built against
# has by looking into its headers, never at its version: distributions
# backport. Results are the SIXPN_HAVE_* macros that compat.h goes by.
#
# The directories searched: a distribution may split the headers into a
# common package (srctree) and a generated one (objtree).

sixpn-compat-include := $(srctree)/include $(objtree)/include

# $(call sixpn-have,NAME,HEADER,PATTERN): SIXPN_HAVE_NAME if the extended
# regular expression PATTERN matches a line of HEADER. PATTERN has no commas and
# no parentheses: make would take them for its own.
sixpn-have = $(if $(shell grep -qsE '$(strip $(3))' \
	$(addsuffix /$(strip $(2)),$(sixpn-compat-include)) && \
	echo y),-DSIXPN_HAVE_$(strip $(1)))

# Comes after the kernel's own include directories, so that a header below
# compat/include is used only where the kernel does not have it.
ccflags-y += -I$(src)/kernel/compat/include

ccflags-y += $(call sixpn-have,BLAKE2S_CTX,crypto/blake2s.h,^struct blake2s_ctx)
ccflags-y += $(call sixpn-have,TIMER_DELETE,linux/timer.h,int timer_delete\>)
ccflags-y += $(call sixpn-have,TIMER_SHUTDOWN,linux/timer.h,int timer_shutdown_sync\>)
ccflags-y += $(call sixpn-have,RANDOM_BELOW,linux/random.h,get_random_u32_below\>)
ccflags-y += $(call sixpn-have,WQ_PERCPU,linux/workqueue.h,WQ_PERCPU[[:space:]]*=)

ccflags-y += $(call sixpn-have,DEV_LLTX,linux/netdevice.h,[[:space:]]lltx:1)
ccflags-y += $(call sixpn-have,PCPU_STAT_TYPE,linux/netdevice.h,[[:space:]]pcpu_stat_type)
ccflags-y += $(call sixpn-have,NEWLINK_PARAMS,net/rtnetlink.h,^struct rtnl_newlink_params)
ccflags-y += $(call sixpn-have,DST_DEV,net/dst.h,skb_dst_dev\>)

ccflags-y += $(call sixpn-have,PERNET_EXIT_RTNL,net/net_namespace.h,[*]exit_rtnl\>)

ccflags-y += $(call sixpn-have,GENL_INFO_USERHDR,net/genetlink.h,genl_info_userhdr\>)
ccflags-y += $(call sixpn-have,GENL_INFO_DUMP,net/genetlink.h,genl_info_dump\>)

ccflags-y += $(call sixpn-have,IPV6_STUB,net/ipv6_stubs.h,^struct ipv6_stub)
# The flags argument is on a later line of the prototype, but the name of its
# values is nowhere else in this header.
ccflags-y += $(call sixpn-have,UDP_TUNNEL_XMIT_FLAGS,net/udp_tunnel.h,ip6?cb_flags)
ccflags-y += $(call sixpn-have,UDP_TUNNEL_SOCK,net/udp_tunnel.h,setup_udp_tunnel_sock.*struct sock [*])
