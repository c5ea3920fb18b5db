/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _PLTS_H
#define _PLTS_H

struct module;

/* How many bytes of veneers stock reserves for a module that is being loaded */
unsigned int plts_reserved(const struct module *mod);

#endif /* _PLTS_H */
