// SPDX-License-Identifier: GPL-2.0
#include <linux/module.h>

#include "plts.h"

/* Of each section there is one entry more than it says. */
unsigned int plts_reserved(const struct module *mod)
{
	unsigned int nr = mod->arch.core.plt_max_entries + 1 +
			  mod->arch.init.plt_max_entries + 1;

	/* Two for the tracer, if the module can be traced */
	if (mod->arch.ftrace_trampolines)
		nr += 2;
	return nr * sizeof(struct plt_entry);
}
