/* SPDX-License-Identifier: GPL-2.0 */
/*
 * BPF programs and trampolines by the system call alone: a socket filter that
 * returns the number it was made for, and a program that counts how often a
 * filter was entered or left, which is a trampoline.
 *
 * A program may be attached to another one if that has types (BTF), which are
 * made here: the kernel itself needs none.
 *
 * Functions return 0, a file descriptor, or a negative errno.
 */
#ifndef __SELFTEST_EXECMEM_BPF_RAW_H
#define __SELFTEST_EXECMEM_BPF_RAW_H

#include <errno.h>
#include <linux/bpf.h>
#include <linux/btf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../kselftest.h"

/* What an architecture without trampolines says; not known to user space. */
#define BPF_ENOTSUPP	524

/* Room for a filter that returns a number up to this. */
#define BPF_MAX_VALUE	4000

#define BPF_INSN(_code, _dst, _src, _off, _imm)				\
	((struct bpf_insn) { .code = (_code), .dst_reg = (_dst),	\
			     .src_reg = (_src), .off = (_off),		\
			     .imm = (_imm) })

#define BPF_MOV_K(dst, imm) \
	BPF_INSN(BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, imm)
#define BPF_ADD_K(dst, imm) \
	BPF_INSN(BPF_ALU64 | BPF_ADD | BPF_K, dst, 0, 0, imm)
#define BPF_RETURN() \
	BPF_INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

static inline int bpf_call(int cmd, union bpf_attr *attr)
{
	int ret = syscall(__NR_bpf, cmd, attr, sizeof(*attr));

	return ret < 0 ? -errno : ret;
}

static inline unsigned long long bpf_ptr(const void *p)
{
	return (unsigned long)p;
}

/* int filter(int ctx): what a trampoline has to know of its target. */
enum {
	BPF_BTF_INT = 1,
	BPF_BTF_PROTO,
	BPF_BTF_FUNC,
};

struct bpf_btf {
	struct btf_header header;
	struct btf_type int_type;
	unsigned int int_data;
	struct btf_type proto;
	struct btf_param param;
	struct btf_type func;
	char strings[16];
};

static inline int bpf_load_btf(void)
{
	static const char strings[16] = "\0int\0ctx\0filter";
	struct bpf_btf btf = {
		.header = {
			.magic = BTF_MAGIC,
			.version = BTF_VERSION,
			.hdr_len = sizeof(btf.header),
			.type_len = offsetof(struct bpf_btf, strings) -
				    sizeof(btf.header),
			.str_off = offsetof(struct bpf_btf, strings) -
				   sizeof(btf.header),
			.str_len = sizeof(strings),
		},
		.int_type = {
			.name_off = 1,
			.info = BTF_KIND_INT << 24,
			.size = sizeof(int),
		},
		.int_data = BTF_INT_SIGNED << 24 | 8 * sizeof(int),
		.proto = {
			.info = BTF_KIND_FUNC_PROTO << 24 | 1,
			.type = BPF_BTF_INT,
		},
		.param = { .name_off = 5, .type = BPF_BTF_INT },
		.func = {
			.name_off = 9,
			.info = BTF_KIND_FUNC << 24 | BTF_FUNC_STATIC,
			.type = BPF_BTF_PROTO,
		},
	};
	union bpf_attr attr = {
		.btf = bpf_ptr(&btf),
		.btf_size = sizeof(btf),
	};

	memcpy(btf.strings, strings, sizeof(strings));
	return bpf_call(BPF_BTF_LOAD, &attr);
}

/* A filter that returns @value; @btf is its types, or -1. */
static inline int bpf_load_filter(unsigned int value, int btf)
{
	static const struct bpf_func_info info = { .type_id = BPF_BTF_FUNC };
	struct bpf_insn *insns = calloc(value + 2, sizeof(*insns));
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
		.insns = bpf_ptr(insns),
		.insn_cnt = value + 2,
		.license = bpf_ptr("GPL"),
	};
	unsigned int i;
	int ret;

	if (!insns)
		return -ENOMEM;

	/* As long as it is large: so that there are programs of all sizes. */
	insns[0] = BPF_MOV_K(BPF_REG_0, 0);
	for (i = 1; i <= value; i++)
		insns[i] = BPF_ADD_K(BPF_REG_0, 1);
	insns[i] = BPF_RETURN();

	if (btf >= 0) {
		attr.prog_btf_fd = btf;
		attr.func_info = bpf_ptr(&info);
		attr.func_info_rec_size = sizeof(info);
		attr.func_info_cnt = 1;
	}
	ret = bpf_call(BPF_PROG_LOAD, &attr);
	free(insns);
	return ret;
}

/* Runs a filter @times times; what it returned, or a negative errno. */
static inline int bpf_run(int prog, unsigned int times)
{
	static const char packet[64];
	union bpf_attr attr = {
		.test = {
			.prog_fd = prog,
			.data_in = bpf_ptr(packet),
			.data_size_in = sizeof(packet),
			.repeat = times,
		},
	};
	int ret = bpf_call(BPF_PROG_TEST_RUN, &attr);

	return ret ? ret : (int)attr.test.retval;
}

/* The address of the first instruction of a program, 0 if that is secret. */
static inline unsigned long long bpf_address(int prog)
{
	unsigned long long ksym = 0;
	struct bpf_prog_info info = {
		.jited_ksyms = bpf_ptr(&ksym),
		.nr_jited_ksyms = 1,
	};
	union bpf_attr attr = {
		.info = {
			.bpf_fd = prog,
			.info_len = sizeof(info),
			.info = bpf_ptr(&info),
		},
	};

	return bpf_call(BPF_OBJ_GET_INFO_BY_FD, &attr) ? 0 : ksym;
}

/* A filter, and a program that a trampoline calls with it. */
struct bpf_tramp {
	int btf;
	int filter;
	int map;
	int prog;
	int link;
};

#define BPF_TRAMP_NONE	((struct bpf_tramp) { -1, -1, -1, -1, -1 })

static inline int bpf_create_counter(void)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = sizeof(unsigned int),
		.value_size = sizeof(unsigned long long),
		.max_entries = 1,
	};

	return bpf_call(BPF_MAP_CREATE, &attr);
}

static inline int bpf_read_counter(int map, unsigned long long *count)
{
	unsigned int key = 0;
	union bpf_attr attr = {
		.map_fd = map,
		.key = bpf_ptr(&key),
		.value = bpf_ptr(count),
	};

	return bpf_call(BPF_MAP_LOOKUP_ELEM, &attr);
}

/* Adds one to the counter each time that @filter is entered, or left. */
static inline int bpf_load_tracer(int filter, int map, bool at_exit)
{
	const struct bpf_insn insns[] = {
		BPF_INSN(BPF_LD | BPF_DW | BPF_IMM, BPF_REG_1,
			 BPF_PSEUDO_MAP_VALUE, 0, map),
		BPF_INSN(0, 0, 0, 0, 0),
		BPF_MOV_K(BPF_REG_2, 1),
		BPF_INSN(BPF_STX | BPF_DW | BPF_ATOMIC, BPF_REG_1, BPF_REG_2,
			 0, BPF_ADD),
		BPF_MOV_K(BPF_REG_0, 0),
		BPF_RETURN(),
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_TRACING,
		.expected_attach_type = at_exit ? BPF_TRACE_FEXIT :
						  BPF_TRACE_FENTRY,
		.attach_prog_fd = filter,
		.attach_btf_id = BPF_BTF_FUNC,
		.insns = bpf_ptr(insns),
		.insn_cnt = ARRAY_SIZE(insns),
		.license = bpf_ptr("GPL"),
	};

	return bpf_call(BPF_PROG_LOAD, &attr);
}

/* This makes the trampoline; its descriptor keeps it. */
static inline int bpf_attach(int prog)
{
	union bpf_attr attr = { .raw_tracepoint = { .prog_fd = prog } };

	return bpf_call(BPF_RAW_TRACEPOINT_OPEN, &attr);
}

static inline void bpf_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static inline void bpf_tramp_free(struct bpf_tramp *tramp)
{
	bpf_close(&tramp->link);
	bpf_close(&tramp->prog);
	bpf_close(&tramp->map);
	bpf_close(&tramp->filter);
	bpf_close(&tramp->btf);
}

/* All but the trampoline; to be paired with bpf_tramp_free(), always. */
static inline int bpf_tramp_prepare(struct bpf_tramp *tramp,
				    unsigned int value, bool at_exit)
{
	*tramp = BPF_TRAMP_NONE;
	tramp->btf = bpf_load_btf();
	if (tramp->btf < 0)
		return tramp->btf;
	tramp->filter = bpf_load_filter(value, tramp->btf);
	if (tramp->filter < 0)
		return tramp->filter;
	tramp->map = bpf_create_counter();
	if (tramp->map < 0)
		return tramp->map;
	tramp->prog = bpf_load_tracer(tramp->filter, tramp->map, at_exit);
	return tramp->prog < 0 ? tramp->prog : 0;
}

static inline int bpf_tramp_attach(struct bpf_tramp *tramp)
{
	tramp->link = bpf_attach(tramp->prog);
	return tramp->link < 0 ? tramp->link : 0;
}

/* Runs the filter: it must return @value, and be counted each time. */
static inline int bpf_tramp_check(const struct bpf_tramp *tramp,
				  unsigned int value, unsigned int times)
{
	unsigned long long before, after;
	int ret = bpf_read_counter(tramp->map, &before);

	if (ret)
		return ret;
	ret = bpf_run(tramp->filter, times);
	if (ret != (int)value)
		return ret < 0 ? ret : -EINVAL;
	ret = bpf_read_counter(tramp->map, &after);
	if (ret)
		return ret;
	return after - before == times ? 0 : -ERANGE;
}

#endif /* __SELFTEST_EXECMEM_BPF_RAW_H */
