// SPDX-License-Identifier: GPL-2.0
/*
 * Writing to executable memory that is read-only at its own address.
 *
 * What text_poke() does for live code, for code that nobody runs yet: of any
 * length, and with a lock that is taken with or without text_mutex held.
 */

#define pr_fmt(fmt) "execmem: " fmt

#include <linux/execmem.h>
#include <linux/init.h>
#include <linux/kasan.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/pgtable.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <asm/temporary_mm.h>
#include <asm/text-patching.h>
#include <asm/tlbflush.h>

#include "mm_internal.h"

/* As many pages are mapped at once as poking_mm_alloc() has made room for. */
#define CHUNK_PAGES	2

/*
 * Protects the page table entries of write_mm. A leaf: taken below every lock
 * of a caller, and nothing is taken below it (I4).
 */
static DEFINE_MUTEX(write_lock);

static struct mm_struct *write_mm __ro_after_init;
static unsigned long write_addr __ro_after_init;
/* Of the first page. Nobody else uses that mm, and its tables stay. */
static pte_t *write_ptep __ro_after_init;

static pte_t *__init first_entry(void)
{
	spinlock_t *ptl;	/* not kept: nobody else uses that mm */
	pte_t *ptep = get_locked_pte(write_mm, write_addr, &ptl);

	if (ptep)
		pte_unmap_unlock(ptep, ptl);
	return ptep;
}

void __init execmem_write_init(void)
{
	write_mm = poking_mm_alloc(&write_addr);
	if (write_mm)
		write_ptep = first_entry();
	if (!write_ptep)
		pr_err("nothing can be written (err %d)\n", -ENOMEM);
}

/* The pages that contain @len bytes at @addr; their number, or an error. */
static int find_pages(const void *addr, size_t len, struct page **pages)
{
	int i, nr = PFN_UP(offset_in_page(addr) + len);

	for (i = 0; i < nr; i++) {
		pages[i] = vmalloc_to_page(addr + i * PAGE_SIZE);
		if (WARN_ON_ONCE(!pages[i]))
			return -EFAULT;
	}
	return nr;
}

/* Not global: other address spaces must not find it. */
static pgprot_t write_prot(void)
{
	return __pgprot(pgprot_val(PAGE_KERNEL) & ~_PAGE_GLOBAL);
}

static void map_pages(struct page *const *pages, int nr)
{
	int i;

	for (i = 0; i < nr; i++)
		set_pte_at(write_mm, write_addr + i * PAGE_SIZE, write_ptep + i,
			   mk_pte(pages[i], write_prot()));
}

/* No other CPU can have seen the entries: there is nobody to be told. */
static void unmap_pages(int nr)
{
	unsigned long addr = write_addr;
	int i;

	for (i = 0; i < nr; i++, addr += PAGE_SIZE) {
		pte_clear(write_mm, addr, write_ptep + i);
		flush_tlb_one_user(addr);
	}
}

/* Eight at a time, as it is filled */
static void copy(void *dst, const void *src, size_t len)
{
	size_t words = len / sizeof(u64);

	asm volatile("rep movsq"
		     : "+D" (dst), "+S" (src), "+c" (words)
		     : : "memory");
	memcpy(dst, src, len % sizeof(u64));
}

/* I1: for this CPU and with interrupts off only, and never executable. */
static void write_pages(struct page *const *pages, int nr, size_t offset,
			const void *src, size_t len)
{
	struct temp_mm_state prev;

	map_pages(pages, nr);
	/* Loading the other mm, and this one again, orders the entries. */
	prev = use_temporary_mm(write_mm);

	/* There is no shadow memory behind addresses of user space. */
	kasan_disable_current();
	if (src)
		copy((void *)write_addr + offset, src, len);
	else
		execmem_arch_fill((void *)write_addr + offset, len);
	kasan_enable_current();

	unmap_pages(nr);
	unuse_temporary_mm(prev);
}

static int write_chunk(void *dst, const void *src, size_t len)
{
	struct page *pages[CHUNK_PAGES];
	unsigned long flags;
	int nr = find_pages(dst, len, pages);

	if (nr < 0)
		return nr;

	local_irq_save(flags);
	write_pages(pages, nr, offset_in_page(dst), src, len);
	local_irq_restore(flags);
	return 0;
}

int execmem_arch_write(void *dst, const void *src, size_t len)
{
	size_t done, chunk;
	int err = 0;

	if (!write_ptep)
		return -EAGAIN;

	mutex_lock(&write_lock);
	for (done = 0; done < len && !err; done += chunk) {
		chunk = min(len - done, CHUNK_PAGES * PAGE_SIZE -
			    offset_in_page(dst + done));
		err = write_chunk(dst + done, src ? src + done : NULL, chunk);
	}
	mutex_unlock(&write_lock);
	return err;
}

/* Eight at a time: most of what is filled is large, and a multiple of that. */
void execmem_arch_fill(void *dst, size_t len)
{
	size_t words = len / sizeof(u64);

	memset64(dst, INT3_INSN_OPCODE * 0x0101010101010101ULL, words);
	memset(dst + words * sizeof(u64), INT3_INSN_OPCODE,
	       len % sizeof(u64));
}

void execmem_arch_sync(void)
{
	text_poke_sync();
}
