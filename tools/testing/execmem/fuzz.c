// SPDX-License-Identifier: GPL-2.0
/*
 * usage: PROGRAM [SEED [ROUNDS]]
 */

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/printk.h>
#include "fuzz.h"

char fuzz_printed[512];
unsigned int fuzz_lines;

static unsigned long seed = 1, rounds = 200000, at;
static uint64_t state;

void fuzz_fail(const char *fmt, ...)
{
	va_list args;

	fflush(stdout);
	fprintf(stderr, "%s: FAILED in round %lu of seed %lu\n", fuzz_name, at,
		seed);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fprintf(stderr, "\n");
	exit(1);
}

/* A counter that is mixed well: each seed, and each step, is as good. */
unsigned long fuzz_random(void)
{
	uint64_t x = state += 0x9e3779b97f4a7c15u;

	x = (x ^ x >> 32) * 0xd6e8feb86659fd93u;
	x = (x ^ x >> 32) * 0xd6e8feb86659fd93u;
	return x ^ x >> 32;
}

unsigned long fuzz_below(unsigned long limit)
{
	return fuzz_random() % limit;
}

bool fuzz_once_in(unsigned long times)
{
	return !fuzz_below(times);
}

unsigned long fuzz_number(void)
{
	unsigned long power = 1UL << fuzz_below(8 * sizeof(long));

	switch (fuzz_below(8)) {
	case 0:
		return 0;
	case 1:
		return fuzz_random();
	case 2:
		return -power;
	case 3:
		return power + fuzz_below(3) - 1;
	case 4:
		return -(fuzz_below(3) * 4096 + fuzz_below(3));
	default:
		return fuzz_random() % power;
	}
}

void fuzz_printk(const char *fmt, ...)
{
	va_list args;

	fuzz_lines++;
	va_start(args, fmt);
	vsnprintf(fuzz_printed, sizeof(fuzz_printed), fmt, args);
	va_end(args);
}

void fuzz_quiet(void)
{
	fuzz_lines = 0;
	fuzz_printed[0] = '\0';
}

static unsigned long number(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 0);

	if (!*text || *end) {
		fprintf(stderr, "usage: %s [SEED [ROUNDS]]\n", fuzz_name);
		exit(2);
	}
	return n;
}

int main(int argc, char **argv)
{
	if (argc > 1)
		seed = number(argv[1]);
	if (argc > 2)
		rounds = number(argv[2]);

	printf("%s: seed %lu, %lu rounds\n", fuzz_name, seed, rounds);
	state = seed;
	for (at = 0; at < rounds; at++)
		fuzz_round();
	fuzz_end();
	printf("%s: passed\n", fuzz_name);
	return 0;
}
