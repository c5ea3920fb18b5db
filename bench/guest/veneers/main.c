// SPDX-License-Identifier: GPL-2.0
/* Tells how many bytes of veneers each module has that is loaded after this. */
#include <linux/init.h>
#include <linux/module.h>
#include <linux/notifier.h>

#include "plts.h"

static int coming(struct notifier_block *nb, unsigned long state, void *data)
{
	struct module *mod = data;

	if (state == MODULE_STATE_COMING)
		pr_emerg("plts %s %u\n", mod->name, plts_reserved(mod));
	return NOTIFY_DONE;
}

static struct notifier_block plts_nb = { .notifier_call = coming };

static int __init plts_init(void)
{
	return register_module_notifier(&plts_nb);
}
module_init(plts_init);

MODULE_DESCRIPTION("Tells what modules reserve for veneers");
MODULE_LICENSE("GPL");
