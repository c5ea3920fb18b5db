/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the KUnit test of veneers asks an architecture for: to relocate a call,
 * and to say where instructions go. That is read from the instructions bit by
 * bit, and not with what wrote them.
 */
#ifndef _VENEER_KUNIT_H
#define _VENEER_KUNIT_H

#include <linux/module.h>

/* How far a direct call goes, in bytes from its own address */
extern const long veneer_test_first;
extern const long veneer_test_last;

/* Functions are at addresses with these bits. */
extern const unsigned long veneer_test_state;

/* Relocate a call at @place to a function at @target. */
int veneer_test_relocate(struct module *mod, void *place, unsigned long target);

/* Where does the call at @place go? */
unsigned long veneer_test_call(const void *place);

/* Where does a veneer go? 0 if it is none. */
unsigned long veneer_test_target(const void *veneer);

#endif /* _VENEER_KUNIT_H */
