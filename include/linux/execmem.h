/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Executable memory: the one place that hands it out.
 *
 * Modules, BPF, kprobes, ftrace and mitigation thunks all need memory that
 * becomes code. They get it here, each from the addresses that its code can
 * reach the kernel from, and all follow the same life:
 *
 *	execmem_alloc()
 *	      |
 *	      v
 *	   WRITING ------ execmem_finish() -----> LIVE
 *	      |  \                                  |
 *	      |   `-- execmem_finish() fails --> FAILED
 *	      |                                     |
 *	      `------------ execmem_free() --------'
 *
 *	mem = execmem_alloc(EXECMEM_FTRACE, size);
 *	if (IS_ERR(mem))
 *		return PTR_ERR(mem);
 *	err = execmem_write(mem, buf, len);
 *	if (!err)
 *		err = execmem_finish(mem);
 *	if (err)
 *		execmem_free(mem);
 *
 * What is being written is computed for its final address, @mem, and is
 * branched to only when execmem_finish() has returned 0. Depending on the type
 * and the architecture, @mem is either writable and not executable until then,
 * or executable and read-only from the start. Two ways of writing work for
 * both:
 *
 *  - execmem_write() transfers what was built in a buffer. For small code.
 *  - execmem_writable() tells where to store what is to appear at an address.
 *    For module text, which is relocated and patched in place: code is read,
 *    and displacements are computed, at the final address; only the store goes
 *    elsewhere. No lock, a few instructions, the identity where memory is
 *    simply writable. Stores that come after execmem_finish() fault, where
 *    text becomes read-only.
 *
 * After execmem_finish(), live code is changed by text patching
 * (text_poke*(), aarch64_insn_patch_text*() and the like) and by nothing else.
 *
 * None of this is exported: modules do not get to allocate text.
 */
#ifndef _LINUX_EXECMEM_H
#define _LINUX_EXECMEM_H

#include <linux/bits.h>
#include <linux/err.h>
#include <linux/mm_types.h>
#include <linux/types.h>

/**
 * enum execmem_type - who needs the memory
 * @EXECMEM_MODULE_TEXT: text of a module, core or init
 * @EXECMEM_MODULE_RODATA: data of a module that becomes read-only
 * @EXECMEM_MODULE_DATA: data of a module that stays writable
 * @EXECMEM_KPROBES: instruction slots of kprobes and optimised kprobes
 * @EXECMEM_FTRACE: trampolines of ftrace
 * @EXECMEM_BPF: BPF programs, trampolines and dispatchers
 * @EXECMEM_THUNKS: thunks that mitigations of the CPU need
 * @EXECMEM_NR_TYPES: number of types
 *
 * A type says from which addresses memory comes and how it is protected, see
 * &struct execmem_range. The types of data are here because module data must
 * be within reach of module text on most architectures.
 */
enum execmem_type {
	EXECMEM_MODULE_TEXT,
	EXECMEM_MODULE_RODATA,
	EXECMEM_MODULE_DATA,
	EXECMEM_KPROBES,
	EXECMEM_FTRACE,
	EXECMEM_BPF,
	EXECMEM_THUNKS,
	EXECMEM_NR_TYPES,
};

/**
 * enum execmem_pool - what a type is mapped as, once finished
 * @EXECMEM_POOL_NONE: no such memory on this architecture
 * @EXECMEM_POOL_TEXT: read-only and executable
 * @EXECMEM_POOL_RODATA: read-only
 * @EXECMEM_POOL_DATA: writable
 */
enum execmem_pool {
	EXECMEM_POOL_NONE,
	EXECMEM_POOL_TEXT,
	EXECMEM_POOL_RODATA,
	EXECMEM_POOL_DATA,
};

/**
 * enum execmem_flags - what an architecture asks for in a range
 * @EXECMEM_ROX: read-only and executable from the first mapping on, written
 *	through a second one; the architecture has execmem_arch_write()
 * @EXECMEM_KASAN_SHADOW: allocate shadow memory; for ranges outside vmalloc's,
 *	ignored without KASAN or with KASAN_VMALLOC
 * @EXECMEM_RANDOM: with %EXECMEM_ROX, start at a random page, and put what is
 *	written through at a random place
 */
enum execmem_flags {
	EXECMEM_ROX		= BIT(0),
	EXECMEM_KASAN_SHADOW	= BIT(1),
	EXECMEM_RANDOM		= BIT(2),
};

/**
 * struct execmem_range - where the memory of one type comes from
 * @pool: what it is mapped as
 * @start: first address
 * @end: address after the last one; @start == @end is "none"
 * @fallback_start: first address of the range for when the first one is full,
 *	for types whose code reaches the kernel from there by veneers
 * @fallback_end: address after the last one
 * @pgprot: protection while being written; for %EXECMEM_ROX, for ever
 * @alignment: of an allocation, in bytes, a power of two; 0 is PAGE_SIZE
 * @flags: &enum execmem_flags
 */
struct execmem_range {
	enum execmem_pool	pool;
	unsigned long		start;
	unsigned long		end;
	unsigned long		fallback_start;
	unsigned long		fallback_end;
	pgprot_t		pgprot;
	unsigned int		alignment;
	unsigned int		flags;
};

/**
 * struct execmem_info - the ranges of all types
 * @ranges: one per type; what is left zero takes what EXECMEM_MODULE_TEXT has
 *	(types of code) or what EXECMEM_MODULE_DATA has (types of data), which
 *	itself takes the addresses of EXECMEM_MODULE_TEXT with PAGE_KERNEL; what
 *	is bad is named on the console, and that type is not to be had
 */
struct execmem_info {
	struct execmem_range	ranges[EXECMEM_NR_TYPES];
};

/**
 * execmem_arch_setup() - tell the ranges of this architecture
 *
 * Description: Called once, when slab and vmalloc are up and before the first
 * initcall. Without one, all types come from vmalloc's addresses.
 *
 * The table stays the architecture's. Where a seed comes late, an initcall
 * before rootfs_initcall() may still move the ranges of modules, and call
 * execmem_ranges_moved() then: nothing can load one until then.
 *
 * Context: init, single-threaded.
 * Return: the ranges; NULL if there can be no executable memory.
 */
struct execmem_info * __init execmem_arch_setup(void);

/**
 * execmem_arch_write() - write to memory that is read-only
 * @dst: where to, whole in one allocation of %EXECMEM_ROX
 * @src: what, or NULL to fill it with trapping instructions
 * @len: bytes
 *
 * From architectures with CONFIG_ARCH_HAS_EXECMEM_ROX. The memory is not
 * writable at @dst meanwhile either, and writable for this CPU only.
 *
 * Context: Process context, may sleep. Any lock of a caller is fine, text_mutex
 * too.
 * Return: 0, -EAGAIN before there is a way to write, -EFAULT if no page is
 * mapped, -ENOMEM.
 */
int execmem_arch_write(void *dst, const void *src, size_t len);

/**
 * execmem_arch_fill() - fill writable memory with trapping instructions
 * @dst: where to
 * @len: bytes
 *
 * From architectures with CONFIG_ARCH_HAS_EXECMEM_ROX.
 *
 * Context: Any.
 */
void execmem_arch_fill(void *dst, size_t len);

/**
 * execmem_arch_sync() - make all CPUs see what was written to text
 *
 * Description: From architectures with CONFIG_ARCH_HAS_EXECMEM_ROX. No CPU
 * executes after this what it has prefetched before.
 *
 * Context: Process context, interrupts enabled or early boot.
 */
void execmem_arch_sync(void);

#ifdef CONFIG_EXECMEM

/**
 * execmem_init() - take the table of the architecture
 *
 * Context: init, single-threaded.
 */
void __init execmem_init(void);

/**
 * execmem_ranges_moved() - check the table again
 *
 * Description: For an initcall that has changed rows of it. Before
 * execmem_init() there is nothing to do.
 *
 * Context: init, before anything can load a module.
 */
void __init execmem_ranges_moved(void);

/**
 * execmem_alloc() - allocate memory for code or for a module
 * @type: who needs it
 * @size: bytes, rounded up to whole pages, or to 64 with %EXECMEM_ROX
 *
 * Text that is never written becomes executable with the rest, and must not be
 * what the pages held before. So memory for code comes zeroed, or full of
 * trapping instructions where the architecture has execmem_arch_fill(), as it
 * must for %EXECMEM_ROX. Memory for data is not cleared.
 *
 * Context: Process context, may sleep. Any lock of a caller is fine, text_mutex
 * too.
 * Return: memory aligned to what its range asks for, or to 64 bytes with
 * %EXECMEM_ROX if it is not for a module, to be freed by execmem_free(), or
 * ERR_PTR(): -EINVAL for a size of zero or one that wraps, -ENODEV if there is
 * no memory of this type, -EAGAIN before execmem_init() or if that found none
 * at all, -ENOMEM.
 */
void *execmem_alloc(enum execmem_type type, size_t size);

/**
 * execmem_is_rox() - is memory executable from the start?
 * @type: of the memory
 *
 * For who fills memory with traps of his own before he writes to it.
 *
 * Context: Any.
 * Return: true if execmem_alloc() hands out memory of @type that is read-only
 * and full of trapping instructions; false if it is writable until
 * execmem_finish().
 */
bool execmem_is_rox(enum execmem_type type);

/**
 * execmem_write() - transfer code to its final address
 * @dst: where to, anywhere in an allocation that is not finished
 * @src: the code
 * @len: bytes
 *
 * Context: Process context, may sleep. Any lock of a caller is fine, text_mutex
 * too.
 * Return: 0, -EINVAL if @dst to @dst + @len is not inside one allocation or
 * that is finished, -ENOMEM, or what execmem_arch_write() failed with. A part
 * may be written then: the memory can be written again, or freed.
 */
int __must_check execmem_write(void *dst, const void *src, size_t len);

/**
 * execmem_finish() - the code is complete
 * @ptr: what execmem_alloc() returned
 *
 * Gives the memory the protection of its type, and makes the code visible to
 * all CPUs. Memory of %EXECMEM_POOL_DATA stays writable.
 *
 * Context: Process context, may sleep, interrupts enabled.
 * Return: 0, -EINVAL if this is no allocation or is finished already, or what
 * changing the protection failed with, usually -ENOMEM; the memory can only be
 * freed then.
 */
int __must_check execmem_finish(void *ptr);

#define EXECMEM_FINISH_MAX	8

/**
 * execmem_finish_all() - execmem_finish() several allocations
 * @ptrs: what execmem_alloc() returned
 * @nr: how many, at most %EXECMEM_FINISH_MAX
 *
 * The TLBs and pipelines of other CPUs are flushed once for all of those that
 * are %EXECMEM_ROX or data out of blocks.
 *
 * Context: As execmem_finish().
 * Return: 0, -EINVAL for too many, or what the first one failed with; all are
 * tried.
 */
int __must_check execmem_finish_all(void *const *ptrs, unsigned int nr);

/**
 * execmem_shrink() - give back what is not needed at the end
 * @ptr: what execmem_alloc() returned, not finished
 * @size: bytes that are needed, at least one
 *
 * Whole pages behind @size are returned to the system. With %EXECMEM_ROX, what
 * is behind @size is there for others once @ptr is finished. Data out of blocks
 * keeps its pages until it is freed.
 *
 * Context: Process context, may sleep.
 * Return: 0, -EINVAL if this is no allocation, is finished, or is smaller.
 */
int execmem_shrink(void *ptr, size_t size);

/**
 * execmem_was_used() - may a branch predictor know code that was there before?
 * @ptr: what execmem_alloc() returned
 *
 * Context: Process context, does not sleep.
 * Return: false if no memory that @ptr is a part of has been freed since
 * execmem_forget_uses(), or was new since; true otherwise, and for memory
 * that is not out of blocks.
 */
bool execmem_was_used(const void *ptr);

/**
 * execmem_forget_uses() - the predictors of all CPUs are about to be flushed
 *
 * Description: Call it before the flush, as what is freed meanwhile counts as
 * used.
 *
 * Context: Process context, does not sleep.
 */
void execmem_forget_uses(void);

/**
 * execmem_free() - free memory of execmem_alloc()
 * @ptr: what execmem_alloc() returned, or NULL
 *
 * Cannot fail and allocates nothing (I4). Nothing may run in or refer to the
 * memory any more: grace periods are up to the caller.
 *
 * Context: Process context, may sleep. Any lock of a caller is fine, text_mutex
 * too.
 */
void execmem_free(void *ptr);

#else /* !CONFIG_EXECMEM */

static inline void execmem_init(void) { }

#endif /* CONFIG_EXECMEM */

/**
 * execmem_writable() - where to store what is to appear at an address
 * @ptr: address in memory of execmem_alloc() or anywhere else
 *
 * Context: Any.
 * Return: the address for stores; @ptr itself where it is writable, or not
 * memory of execmem_alloc() at all.
 */
#if defined(CONFIG_EXECMEM) && defined(CONFIG_ARCH_HAS_EXECMEM_ROX)
void *execmem_writable(void *ptr);

/**
 * execmem_allows_rox() - may an architecture ask for %EXECMEM_ROX?
 *
 * Context: Any, also execmem_arch_setup().
 * Return: false with the boot parameter execmem.rox=0, and without
 * CONFIG_ARCH_HAS_EXECMEM_ROX.
 */
bool execmem_allows_rox(void);
#else
static inline void *execmem_writable(void *ptr)
{
	return ptr;
}

static inline bool execmem_allows_rox(void)
{
	return false;
}
#endif

#endif /* _LINUX_EXECMEM_H */
