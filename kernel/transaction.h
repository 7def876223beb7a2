/* SPDX-License-Identifier: GPL-2.0 */
/*
 * DEVICE_SET: all of a request, or nothing of it.
 *
 * Four steps: read it (request.c, no lock); plan what each part comes to on this
 * device, making the peers it needs; prepare the rest of what can be refused;
 * carry it out, which cannot fail.
 */
#ifndef _SIXPN_TRANSACTION_H
#define _SIXPN_TRANSACTION_H

struct genl_info;
struct sixpn_device;

/**
 * sixpn_transaction_run() - carry out a DEVICE_SET request
 * @sx: device, with a reference by the caller
 * @info: the request; its secrets are wiped
 *
 * Return: 0, or -errno and a sentence in the extended ack; then nothing has
 * changed.
 */
int sixpn_transaction_run(struct sixpn_device *sx, struct genl_info *info);

#endif /* _SIXPN_TRANSACTION_H */
