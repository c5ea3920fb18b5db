// SPDX-License-Identifier: GPL-2.0
/*
 * Instructions for each call that test_module_far_user makes to another module,
 * from two numbers of calls: callbench NAME prints "call NAME <instructions>".
 */
#include "count.h"

#define LOOPS	"/sys/module/test_module_far_user/parameters/loops"
#define FEW	1000
#define MANY	101000
#define TRIES	5

static u64 count_once(unsigned int loops)
{
	u64 before;
	FILE *f = fopen(LOOPS, "w");

	if (!f)
		err(1, LOOPS);
	setbuf(f, NULL);
	before = own_cpu();
	if (fprintf(f, "%u", loops) < 0)
		err(1, "%u calls", loops);
	before = own_cpu() - before;
	fclose(f);
	return before;
}

static int compare(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

/*
 * Threads that still work for the last load would interrupt the first ones, and
 * the tick loses part of what it interrupts: most have neither.
 */
static u64 count(unsigned int loops)
{
	u64 n[TRIES], ignored;
	unsigned int i, looks;

	quiesce(&looks, &ignored);
	for (i = 0; i < TRIES; i++)
		n[i] = count_once(loops);
	qsort(n, TRIES, sizeof(n[0]), compare);
	return n[TRIES / 2];
}

int main(int argc, char **argv)
{
	u64 few, many;

	if (argc != 2)
		errx(2, "usage: callbench NAME");
	few = count(FEW);
	many = count(MANY);
	printf("call %s %.3f\n", argv[1], (many - few) / (double)(MANY - FEW));
	return 0;
}
