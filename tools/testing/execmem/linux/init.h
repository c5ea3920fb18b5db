/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TEST_LINUX_INIT_H
#define _TEST_LINUX_INIT_H

#define __init

#endif
