// SPDX-License-Identifier: GPL-2.0
/*
 * Calls a function of dm_mod with a kprobe on the way, whose BPF program prints
 * into the trace: with the option stacktrace, that tells who has called whom.
 *
 *	backtrace FUNCTION OFFSET COMMAND
 *
 * COMMAND is for the shell, and runs while the program is there: the trace has
 * addresses, which become names when it is read.
 */
#include <err.h>
#include <linux/dm-ioctl.h>

#include "codeuse.h"

#define CONTROL	"/dev/mapper/control"

#define INSN(c, d, s, o, i)						\
	((struct bpf_insn) { .code = (c), .dst_reg = (d),		\
			     .src_reg = (s), .off = (o), .imm = (i) })

/* trace_printk("backtr", 7) */
static int load_program(void)
{
	const struct bpf_insn insns[] = {
		INSN(BPF_LD | BPF_DW | BPF_IMM, BPF_REG_1, 0, 0, 0x6b636162),
		INSN(0, 0, 0, 0, 0x00007274),
		INSN(BPF_STX | BPF_MEM | BPF_DW, BPF_REG_10, BPF_REG_1, -8, 0),
		INSN(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_1, BPF_REG_10, 0, 0),
		INSN(BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_1, 0, 0, -8),
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_2, 0, 0, 7),
		INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_trace_printk),
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0),
		INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
	};
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_KPROBE;
	attr.insns = (unsigned long)insns;
	attr.insn_cnt = sizeof(insns) / sizeof(insns[0]);
	attr.license = (unsigned long)"GPL";
	return bpf(BPF_PROG_LOAD, &attr);
}

static void ask_version(void)
{
	struct dm_ioctl io;
	int fd = open(CONTROL, O_RDWR);

	if (fd < 0)
		err(1, CONTROL);
	memset(&io, 0, sizeof(io));
	io.version[0] = DM_VERSION_MAJOR;
	io.data_size = sizeof(io);
	if (ioctl(fd, DM_VERSION, &io))
		err(1, "DM_VERSION");
	close(fd);
}

int main(int argc, char **argv)
{
	int probe, program, status;

	if (argc != 4)
		errx(1, "usage: backtrace FUNCTION OFFSET COMMAND");
	program = load_program();
	if (program < 0)
		errx(1, "BPF program: %s", strerror(-program));
	probe = kprobe_open_at(argv[1], atoi(argv[2]), 0, -1);
	if (probe < 0)
		errx(1, "kprobe on %s+%s: %s", argv[1], argv[2],
		     strerror(-probe));
	if (ioctl(probe, PERF_EVENT_IOC_SET_BPF, program))
		err(1, "PERF_EVENT_IOC_SET_BPF");
	ask_version();
	status = system(argv[3]);
	close(probe);
	close(program);
	return status ? 1 : 0;
}
