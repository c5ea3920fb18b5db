/* SPDX-License-Identifier: GPL-2.0 */
/*
 * test_module_sections: a module with an object in each kind of section, and
 * what its source files share.
 */
#ifndef _LIB_TEST_MODULE_SECTIONS_H
#define _LIB_TEST_MODULE_SECTIONS_H

#include <linux/kernel.h>
#include <linux/percpu.h>
#include <linux/types.h>

#define SECTIONS_DATA		0x7e57da7aUL
#define SECTIONS_PERCPU		0x7e57

/* An object of this module and the region that held it in init. */
struct sections_object {
	const char *name;
	unsigned long addr;
	const char *at_init;
};

#define SECTIONS_MAX_OBJECTS	16
#define SECTIONS_TRACE_DEPTH	16

struct sections_trace {
	unsigned int nr;
	unsigned long entries[SECTIONS_TRACE_DEPTH];
};

/*
 * What was tried in init, from init text: 0 or an errno for accesses, and what
 * a patched branch or call did. Only init may write here.
 */
struct sections_init {
	int fault;
	int store_text;
	int store_rodata;
	int store_ro_after_init;
	int store_init_data;
	int store_init_text;
	int store_init_rodata;
	int branch_off;
	int branch_on;
	int call_first;
	int call_second;
	unsigned int extable_entries;
	bool extable_init;
};

/* sections_main.c */
extern struct sections_object sections_objects[SECTIONS_MAX_OBJECTS];
extern unsigned int sections_nr_objects;
extern struct sections_init sections_init;
extern const char *sections_init_trace;
extern unsigned long sections_unmapped;
extern unsigned int sections_param;
DECLARE_PER_CPU(unsigned long, sections_percpu);

const char *sections_region(unsigned long addr);
const struct sections_object *sections_find(const char *name);

/* sections_code.c */
int sections_load(unsigned long addr);
int sections_store(unsigned long addr);
int sections_branch(void);
int sections_branch_ro(void);
void sections_branch_set(bool on);
int sections_call(void);
void sections_call_set(bool second);
void sections_backtrace(struct sections_trace *trace);
void sections_event(u64 value);
unsigned int sections_extable_entries(void);

void sections_code_init(void);
void sections_backtrace_init(struct sections_trace *trace);

/* sections_debugfs.c */
int sections_debugfs_init(void);
void sections_debugfs_exit(void);

#endif /* _LIB_TEST_MODULE_SECTIONS_H */
