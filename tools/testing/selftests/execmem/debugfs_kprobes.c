// SPDX-License-Identifier: GPL-2.0
/*
 * kprobes, by way of an event of ftrace: slots that are in use while debugfs
 * is compared.
 */
#define _GNU_SOURCE
#include <ctype.h>

#include "debugfs.h"
#include "probes.h"

#define EVENTS		"execmem_selftest"

#define MAX_PROBES	8
#define MAX_OFFSET	128

static int add_probe(int nr, int offset)
{
	char text[128];

	snprintf(text, sizeof(text), "p:" EVENTS "/p%d " PROBED "+%d\n", nr,
		 offset);
	return tracefs_write("kprobe_events", text);
}

/*
 * Not at the entry, where ftrace may do without a slot. Not all instructions
 * need one on all architectures; some offsets are in the middle of one, and
 * are refused.
 */
static int add_probes(int step)
{
	int offset, nr = 0;

	for (offset = step; offset < MAX_OFFSET && nr < MAX_PROBES;
	     offset += step)
		if (!add_probe(nr, offset))
			nr++;
	return nr;
}

/* Removing an event that was in use may have to wait for its last user. */
static int remove_probes(int nr)
{
	char text[128];
	int ms, ret;

	while (nr--) {
		snprintf(text, sizeof(text), "-:" EVENTS "/p%d\n", nr);
		ret = tracefs_write("kprobe_events", text);
		for (ms = 0; ret && ms < MODTEST_SETTLE_MS; ms += 100) {
			modtest_sleep_ms(100);
			ret = tracefs_write("kprobe_events", text);
		}
		if (ret)
			return modtest_fail("cannot remove probe %d: %s", nr,
					    strerror(-ret));
	}
	return KSFT_PASS;
}

static unsigned long long probe_hits(void)
{
	char *text = modtest_slurp(TRACEFS "kprobe_profile"), *line, *save;
	unsigned long long hits, sum = 0;
	char name[128];

	if (!text)
		return 0;

	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		if (sscanf(line, "%127s %llu", name, &hits) == 2 &&
		    name[0] == 'p' && name[1] >= '0' && name[1] <= '9')
			sum += hits;
	free(text);
	return sum;
}

static int hit_probes(void)
{
	unsigned long long hits;
	int i;

	if (tracefs_write("events/" EVENTS "/enable", "1"))
		return modtest_fail("cannot enable the probes");

	for (i = 0; i < 10; i++) {
		probe_fork();
		/* Some are optimised meanwhile, to jumps to other slots. */
		modtest_sleep_ms(50);
	}
	hits = probe_hits();
	return hits >= 10 ? KSFT_PASS :
		modtest_fail("%llu hits of " PROBED "()", hits);
}

/* Slots are of a function of the kernel; a module would be in brackets. */
static int check_slot_page(const struct execmem_area *area)
{
	if (strcmp(area->state, "live") || strcmp(area->pool, "text"))
		return modtest_fail("slots at %#llx are %s and %s",
				    area->span.start, area->state, area->pool);
	if (area->owner[0] != '_' && !isalpha(area->owner[0]))
		return modtest_fail("slots at %#llx are of %s",
				    area->span.start, area->owner);
	return KSFT_PASS;
}

static int check_slots(void)
{
	struct execmem_list list;
	int ret = read_list(&list), nr = 0;
	size_t i;

	if (ret)
		return ret;

	for (i = 0; i < list.nr; i++) {
		if (strcmp(list.areas[i].name, "kprobes"))
			continue;
		nr++;
		ret |= check_slot_page(&list.areas[i]);
	}
	execmem_free(&list);
	return nr ? ret : modtest_fail("no slots are listed");
}

static int use_probes(int step)
{
	int nr = add_probes(step), ret;

	ksft_print_msg("%d probes in " PROBED "()\n", nr);
	if (!nr)
		return modtest_fail("no probe is accepted");

	ret = hit_probes();
	ret |= check_slots();
	ret |= check_all(NULL);
	if (!ret && sections_strict_rwx())
		ret = compare_page_tables();
	/* What cannot be compared has been told of already. */
	if (ret == KSFT_SKIP)
		ret = KSFT_PASS;
	tracefs_write("events/" EVENTS "/enable", "0");
	ret |= remove_probes(nr);
	return ret;
}

/* The last page of slots is kept: only the second time leaves it as it was. */
int kprobes_twice(void)
{
	struct execmem_type before[EXECMEM_NR_TYPES];
	int step = probe_step(), ret = use_probes(step);

	if (!ret)
		ret = read_types(before);
	if (!ret)
		ret = use_probes(step);
	return ret ? ret : check_totals(before);
}

int kprobes_usable(void)
{
	if (!tracefs_has("kprobe_events")) {
		if (!access(DEBUGFS "/kprobes", F_OK))
			return modtest_fail("no " TRACEFS "kprobe_events");
		ksft_print_msg("CONFIG_KPROBES=n\n");
		return KSFT_SKIP;
	}

	if (!probe_step()) {
		ksft_print_msg("no way to tell where instructions begin\n");
		return KSFT_SKIP;
	}
	return KSFT_PASS;
}
