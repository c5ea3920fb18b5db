// SPDX-License-Identifier: GPL-2.0
/* /proc/kcore: an ELF core file with a segment for each range of addresses. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/elf.h>
#include <stdlib.h>
#include <unistd.h>

#include "kcore.h"

#if __SIZEOF_LONG__ == 8
#define elf_hdr		elf64_hdr
#define elf_phdr	elf64_phdr
#else
#define elf_hdr		elf32_hdr
#define elf_phdr	elf32_phdr
#endif

#define INT3	0xcc

static struct elf_phdr *all_segments;
static unsigned int nr_segments;
static int kcore = -1;

static int read_segments(int fd)
{
	struct elf_phdr *segments;
	struct elf_hdr ehdr;
	ssize_t size;

	if (pread(fd, &ehdr, sizeof(ehdr), 0) != sizeof(ehdr) ||
	    ehdr.e_phentsize != sizeof(*segments))
		return -EIO;

	size = ehdr.e_phnum * sizeof(*segments);
	segments = malloc(size);
	if (!segments)
		return -ENOMEM;
	if (pread(fd, segments, size, ehdr.e_phoff) != size) {
		free(segments);
		return -EIO;
	}
	all_segments = segments;
	nr_segments = ehdr.e_phnum;
	return 0;
}

int kcore_open(void)
{
	int fd, ret;

	if (kcore >= 0)
		return 0;

	fd = open("/proc/kcore", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = read_segments(fd);
	if (ret)
		close(fd);
	else
		kcore = fd;
	return ret;
}

int kcore_peek(unsigned long long addr, void *buf, size_t len)
{
	const struct elf_phdr *seg = all_segments;
	unsigned long long off;
	ssize_t got;

	for (; seg < all_segments + nr_segments; seg++) {
		off = addr - seg->p_vaddr;
		if (seg->p_type != PT_LOAD || addr < seg->p_vaddr ||
		    off >= seg->p_memsz || len > seg->p_memsz - off)
			continue;

		got = pread(kcore, buf, len, seg->p_offset + off);
		return got == (ssize_t)len ? 0 : -EIO;
	}
	return -EFAULT;
}

long long kcore_count_code(unsigned long long addr, unsigned long long len,
			   unsigned long long *first)
{
	unsigned long long done = 0;
	unsigned char buf[4096];
	long long code = 0;
	size_t i, n;
	int ret;

	for (; done < len; done += n) {
		n = len - done < sizeof(buf) ? len - done : sizeof(buf);
		ret = kcore_peek(addr + done, buf, n);
		if (ret)
			return ret;
		for (i = 0; i < n; i++)
			if (buf[i] != INT3 && !code++)
				*first = addr + done + i;
	}
	return code;
}
