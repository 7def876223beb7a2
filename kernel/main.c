// SPDX-License-Identifier: GPL-2.0
#include "allowedips.h"
#include "batch.h"
#include "bind.h"
#include "claim.h"
#include "cookie.h"
#include "derive.h"
#include "device.h"
#include "handshake.h"
#include "keypair.h"
#include "netlink.h"
#include "noise.h"
#include "parked.h"
#include "peer.h"
#include "ratelimit.h"
#include "replay.h"

#include <linux/module.h>
#include <net/rtnetlink.h>
#include <uapi/linux/sixpn.h>

#ifdef SIXPN_SELFTEST
static bool selftests_pass(void)
{
	bool pass = true;

	pass &= sixpn_replay_selftest();
	pass &= sixpn_allowedips_selftest();
	pass &= sixpn_ratelimit_selftest();
	pass &= sixpn_noise_selftest();
	pass &= sixpn_cookie_selftest();
	pass &= sixpn_addr_selftest();
	pass &= sixpn_derive_selftest();
	pass &= sixpn_claim_selftest();
	pass &= sixpn_keypair_selftest();
	pass &= sixpn_parked_selftest();
	return pass;
}
#else
static bool selftests_pass(void)
{
	return true;
}
#endif

static int __init sixpn_init(void)
{
	int err;

	err = sixpn_allowedips_module_init();
	if (err)
		return err;
	sixpn_noise_module_init();
	err = -ENOTRECOVERABLE;
	if (!selftests_pass())
		goto err_peer;
	err = sixpn_peer_module_init();
	if (err)
		goto err_peer;
	err = sixpn_batch_module_init();
	if (err)
		goto err_batch;
	err = sixpn_handshake_module_init();
	if (err)
		goto err_handshake;
	err = sixpn_netlink_module_init();
	if (err)
		goto err_netlink;
	err = sixpn_bind_module_init();
	if (err)
		goto err_bind;
	/* Last: from here on there can be devices. */
	err = sixpn_device_module_init();
	if (err)
		goto err_device;
	pr_info("sixpn " SIXPN_VERSION " loaded\n");
	return 0;

err_device:
	sixpn_bind_module_exit();
err_bind:
	sixpn_netlink_module_exit();
err_netlink:
	sixpn_handshake_module_exit();
err_handshake:
	sixpn_batch_module_exit();
err_batch:
	sixpn_peer_module_exit();
err_peer:
	sixpn_allowedips_module_exit();
	return err;
}

/* Devices first, and with them every user of what follows; then what waits for
 * grace periods; then the memory they give back.
 */
static void __exit sixpn_exit(void)
{
	sixpn_device_module_exit(); /* its end is still announced */
	sixpn_bind_module_exit();
	sixpn_netlink_module_exit();
	sixpn_handshake_module_exit();
	sixpn_peer_module_exit();
	sixpn_batch_module_exit();
	sixpn_allowedips_module_exit();
}

module_init(sixpn_init);
module_exit(sixpn_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("sixpn: encrypted private networks for many tenants");
MODULE_VERSION(SIXPN_VERSION);
MODULE_ALIAS_RTNL_LINK(KBUILD_MODNAME);
MODULE_ALIAS_GENL_FAMILY(SIXPN_GENL_NAME);
