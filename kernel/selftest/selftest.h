/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the self-tests share. Built only with SIXPN_SELFTEST=1; each runs once
 * when the module is loaded, and one that fails keeps it from loading.
 */
#ifndef _SIXPN_SELFTEST_H
#define _SIXPN_SELFTEST_H

#include <linux/printk.h>
#include <linux/types.h>

/* Print the one line of a test's result; @why is NULL if it passed. Return:
 * whether it passed.
 */
static inline bool sixpn_selftest_report(const char *name, const char *why)
{
	if (why)
		pr_err("sixpn: selftest %s: FAILED: %s\n", name, why);
	else
		pr_info("sixpn: selftest %s: ok\n", name);
	return !why;
}

#endif /* _SIXPN_SELFTEST_H */
