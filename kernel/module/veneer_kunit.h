/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the KUnit tests of veneers ask an architecture for: its relocations, to
 * relocate a branch, and to say where instructions go. That is read from the
 * instructions bit by bit, and not with what wrote them.
 */
#ifndef _VENEER_KUNIT_H
#define _VENEER_KUNIT_H

#include <linux/module.h>
#include <linux/moduleloader.h>
#include <asm/module_veneer.h>

/**
 * struct veneer_test_branch - a branch instruction that has a relocation
 * @name: for messages
 * @type: of the relocation
 * @insn: the instruction, as a compiler writes it
 * @bias: bytes from its own address to where it counts from
 * @reach: bytes that it goes from there, forwards up to one step before
 * @step: bytes from one target to the next one
 * @state: addresses of functions that it goes to have these bits
 * @label: it goes to what is no function, and has none of these bits
 * @veneer: it may go through a veneer
 * @traced: the tracer writes such branches, too
 */
struct veneer_test_branch {
	const char	*name;
	unsigned int	type;
	u32		insn;
	long		bias;
	long		reach;
	long		step;
	unsigned long	state;
	bool		label;
	bool		veneer;
	bool		traced;
};

/* How far a branch goes, in bytes from its own address */
static inline long veneer_test_first(const struct veneer_test_branch *branch)
{
	return branch->bias - branch->reach;
}

static inline long veneer_test_last(const struct veneer_test_branch *branch)
{
	return branch->bias + branch->reach - branch->step;
}

static inline bool veneer_test_reaches(const struct veneer_test_branch *branch,
				       s64 distance)
{
	return distance >= veneer_test_first(branch) &&
	       distance <= veneer_test_last(branch);
}

extern const struct veneer_test_branch veneer_test_branches[];
extern const unsigned int veneer_test_nr_branches;

/* Any branch that may go through a veneer */
static inline const struct veneer_test_branch *veneer_test_any(void)
{
	const struct veneer_test_branch *branch = veneer_test_branches;

	while (!branch->veneer)
		branch++;
	return branch;
}

/* Types of other relocations, some of them of no instruction */
extern const unsigned int veneer_test_others[];
extern const unsigned int veneer_test_nr_others;

/* Functions are at addresses with these bits. */
extern const unsigned long veneer_test_state;

/* Relocate a branch at @place, to a symbol at @target. */
int veneer_test_relocate(struct module *mod, void *place,
			 const struct veneer_test_branch *branch,
			 unsigned long target);

/* Where does the branch at @place go? 0 if there is another instruction. */
unsigned long veneer_test_dest(const void *place,
			       const struct veneer_test_branch *branch);

/* Does the tracer find that a call at @place reaches @target? */
bool veneer_test_traceable(const void *place, unsigned long target);

/* Where does a veneer go? 0 if it is none. */
unsigned long veneer_test_target(const void *veneer);

/* Write a branch that is to be relocated, and return the addend that it got. */
s64 veneer_test_addend(MODULE_RELOC *rel, void *place,
		       const struct veneer_test_branch *branch, s64 addend);

/*
 * May a relocation need a veneer of its own, at that offset of a section which
 * is aligned that way, and placed anywhere?
 */
bool veneer_test_erratum(unsigned int type, u64 offset, u64 align);

#endif /* _VENEER_KUNIT_H */
