// SPDX-License-Identifier: GPL-2.0
/*
 * Reads /proc/kcore, again and again.
 *
 *	kcore SECONDS [code]
 *
 * All of each segment is read, but for those that are larger than any memory:
 * of these, what /proc/vmallocinfo says is in use, and what is around it. With
 * "code", what debugfs says is text has to read as something, everywhere, which
 * asks for users that stay. Exits with 1 if anything cannot be read. Needs
 * kptr_restrict=1.
 */
#include <elf.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CHUNK		(1UL << 20)
#define LARGE		(8UL << 30)
#define AROUND		(64UL << 10)
#define MAX_SEGMENTS	64
#define ALLOCATIONS	"/sys/kernel/debug/execmem/allocations"

typedef unsigned long long u64;

static Elf64_Phdr segments[MAX_SEGMENTS];
static unsigned int nr_segments;
static unsigned char buf[CHUNK];
static u64 bytes, errors;
static int kcore;

static void read_header(void)
{
	Elf64_Ehdr ehdr;
	ssize_t len;

	if (pread(kcore, &ehdr, sizeof(ehdr), 0) != sizeof(ehdr) ||
	    memcmp(ehdr.e_ident, ELFMAG, SELFMAG))
		errx(1, "/proc/kcore has no ELF header");
	if (ehdr.e_phnum > MAX_SEGMENTS)
		errx(1, "more than %d segments", MAX_SEGMENTS);
	nr_segments = ehdr.e_phnum;
	len = nr_segments * sizeof(segments[0]);
	if (pread(kcore, segments, len, ehdr.e_phoff) != len)
		errx(1, "/proc/kcore has no segments");
}

static const Elf64_Phdr *find_segment(u64 addr)
{
	unsigned int i;

	for (i = 0; i < nr_segments; i++) {
		const Elf64_Phdr *s = &segments[i];

		if (s->p_type == PT_LOAD && addr >= s->p_vaddr &&
		    addr - s->p_vaddr < s->p_memsz)
			return s;
	}
	return NULL;
}

static void read_span(const Elf64_Phdr *s, u64 start, u64 end)
{
	while (start < end) {
		size_t len = end - start < CHUNK ? end - start : CHUNK;
		ssize_t got = pread(kcore, buf, len,
				    s->p_offset + (start - s->p_vaddr));

		if (got != (ssize_t)len && !errors++)
			printf("# %#llx: %zd of %zu bytes, %s\n", start, got,
			       len, strerror(errno));
		bytes += len;
		start += len;
	}
}

/* Areas come and go while the file is read: what is not there reads as zeros. */
static void read_areas(void)
{
	FILE *f = fopen("/proc/vmallocinfo", "r");
	u64 start, end, last = 0;
	const Elf64_Phdr *s;
	char line[512];

	if (!f)
		err(1, "/proc/vmallocinfo");
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "0x%llx-0x%llx", &start, &end) != 2)
			continue;
		s = find_segment(start);
		if (!s || s->p_memsz <= LARGE)
			continue;
		start -= AROUND;
		end += AROUND;
		if (start < last)
			start = last;
		if (start < s->p_vaddr)
			start = s->p_vaddr;
		if (start < end)
			read_span(s, start, end);
		last = end;
	}
	fclose(f);
}

static void read_all(void)
{
	unsigned int i;

	for (i = 0; i < nr_segments; i++) {
		const Elf64_Phdr *s = &segments[i];

		if (s->p_type == PT_LOAD && s->p_memsz <= LARGE)
			read_span(s, s->p_vaddr, s->p_vaddr + s->p_memsz);
	}
	read_areas();
}

static bool all_zero(size_t len)
{
	return !buf[0] && !memcmp(buf, buf + 1, len - 1);
}

/* Code is not all zeros, and what is no code yet is trapping instructions. */
static int check_code(void)
{
	FILE *f = fopen(ALLOCATIONS, "r");
	unsigned int texts = 0, bad = 0;
	char line[512], pool[16];
	const Elf64_Phdr *s;
	u64 start, end;

	if (!f)
		err(1, ALLOCATIONS);
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "0x%llx-0x%llx %*s %*u %*s %15s", &start, &end,
			   pool) != 3 || strcmp(pool, "text"))
			continue;
		s = find_segment(start);
		if (!s)
			errx(1, "%#llx is in no segment", start);
		if (end - start > CHUNK)
			end = start + CHUNK;
		texts++;
		read_span(s, start, end);
		if (all_zero(end - start) && !bad++)
			printf("# %#llx-%#llx reads as zeros\n", start, end);
	}
	fclose(f);
	printf("# %u allocations of text, %u of them read as zeros\n", texts,
	       bad);
	return !texts || bad;
}

int main(int argc, char **argv)
{
	unsigned int rounds = 0;
	int bad = 0;
	time_t end;

	if (argc < 2)
		errx(1, "usage: kcore SECONDS [code]");
	kcore = open("/proc/kcore", O_RDONLY);
	if (kcore < 0)
		err(1, "/proc/kcore");
	end = time(NULL) + atoi(argv[1]);
	do {
		read_header();
		read_all();
		rounds++;
	} while (time(NULL) < end);
	if (argc > 2)
		bad = check_code();
	printf("# %u times, %llu MiB, %llu errors\n", rounds, bytes >> 20,
	       errors);
	return errors || bad ? 1 : 0;
}
