// SPDX-License-Identifier: GPL-2.0
#include <linux/module.h>

#include "plts.h"

unsigned int plts_reserved(const struct module *mod)
{
	return mod->arch.core.plt->sh_size + mod->arch.init.plt->sh_size;
}
