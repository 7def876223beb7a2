/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIXPN_HOST_H
#define SIXPN_HOST_H

#include "noun.h"

int sixpn_host_leave(struct sixpn_run *run);

#endif
