/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Makes the kernel generate code at run time: BPF programs, kprobes that are
 * not at the entry of a function, and function tracers. By system calls and
 * tracefs alone. What returns an int returns a negative errno if it fails.
 */
#ifndef _CODEUSE_H
#define _CODEUSE_H

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define TRACEFS		"/sys/kernel/tracing/"
#define KPROBE_PMU	"/sys/bus/event_source/devices/kprobe/type"

/* Everybody has it, and read_zero() below calls it. */
#define CODEUSE_FUNCTION	"vfs_read"
#define CODEUSE_MAX_INSNS	4000

static inline int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		ret = -errno;
	close(fd);
	return ret;
}

static inline int read_zero(void)
{
	int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC), ret = 0;
	char byte;

	if (fd < 0)
		return -errno;
	if (read(fd, &byte, 1) != 1)
		ret = -errno;
	close(fd);
	return ret;
}

/* BPF: a socket filter that adds up @count ones and returns their sum */

static inline int bpf(int cmd, union bpf_attr *attr)
{
	int ret = syscall(__NR_bpf, cmd, attr, sizeof(*attr));

	return ret < 0 ? -errno : ret;
}

static inline int bpf_load(unsigned int count)
{
	static struct bpf_insn insns[CODEUSE_MAX_INSNS + 2];
	union bpf_attr attr;
	unsigned int i;

	if (count > CODEUSE_MAX_INSNS)
		return -E2BIG;
	memset(insns, 0, sizeof(insns));
	insns[0].code = BPF_ALU64 | BPF_MOV | BPF_K;
	for (i = 1; i <= count; i++) {
		insns[i].code = BPF_ALU64 | BPF_ADD | BPF_K;
		insns[i].imm = 1;
	}
	insns[i].code = BPF_JMP | BPF_EXIT;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
	attr.insns = (unsigned long)insns;
	attr.insn_cnt = count + 2;
	attr.license = (unsigned long)"GPL";
	return bpf(BPF_PROG_LOAD, &attr);
}

static inline bool bpf_jited(int fd)
{
	struct bpf_prog_info info;
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	memset(&info, 0, sizeof(info));
	attr.info.bpf_fd = fd;
	attr.info.info_len = sizeof(info);
	attr.info.info = (unsigned long)&info;
	return !bpf(BPF_OBJ_GET_INFO_BY_FD, &attr) && info.jited_prog_len;
}

/* What the program returns for an empty frame */
static inline int bpf_run(int fd)
{
	static char frame[64];
	union bpf_attr attr;
	int ret;

	memset(&attr, 0, sizeof(attr));
	attr.test.prog_fd = fd;
	attr.test.data_in = (unsigned long)frame;
	attr.test.data_size_in = sizeof(frame);
	ret = bpf(BPF_PROG_TEST_RUN, &attr);
	return ret ? ret : (int)attr.test.retval;
}

/* Kprobes: as events of perf, which are gone when they are closed */

static inline int perf_open(struct perf_event_attr *attr, int pid, int cpu)
{
	int fd;

	attr->size = sizeof(*attr);
	fd = syscall(__NR_perf_event_open, attr, pid, cpu, -1,
		     PERF_FLAG_FD_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static inline int kprobe_pmu(void)
{
	static int type;
	FILE *f;

	if (type)
		return type;
	f = fopen(KPROBE_PMU, "r");
	if (!f)
		return -errno;
	if (fscanf(f, "%d", &type) != 1)
		type = 0;
	fclose(f);
	return type ? type : -EINVAL;
}

/* Without a function, at an address */
static inline int kprobe_open_at(const char *function, unsigned long offset,
				 int pid, int cpu)
{
	struct perf_event_attr attr;
	int type = kprobe_pmu();

	if (type < 0)
		return type;
	memset(&attr, 0, sizeof(attr));
	attr.type = type;
	attr.config1 = (unsigned long)function;
	attr.config2 = offset;
	return perf_open(&attr, pid, cpu);
}

/*
 * At the entry there may be a call to ftrace, which needs no slot. What comes
 * next is some bytes further, and the kernel refuses what is no instruction.
 * Counts hits of this thread.
 */
static inline int kprobe_open(const char *function, unsigned int *at)
{
	static const unsigned int offsets[] = { 5, 9, 8, 12, 16, 10, 11, 20 };
	unsigned int i;
	int fd = -EINVAL;

	for (i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		fd = kprobe_open_at(function, offsets[i], 0, -1);
		if (fd >= 0 || (fd != -EINVAL && fd != -EILSEQ))
			break;
	}
	if (fd >= 0 && at)
		*at = offsets[i];
	return fd;
}

static inline long long kprobe_hits(int fd)
{
	__u64 count;

	return read(fd, &count, sizeof(count)) == sizeof(count) ?
		(long long)count : -errno;
}

/* Function tracers: each in a tracing instance of its own */

static inline int ftrace_file(const char *instance, const char *file,
			      const char *text)
{
	char path[256];

	snprintf(path, sizeof(path), TRACEFS "instances/%s/%s", instance, file);
	return write_file(path, text);
}

static inline int ftrace_create(const char *instance, const char *function)
{
	char path[256];
	int ret;

	snprintf(path, sizeof(path), TRACEFS "instances/%s", instance);
	if (mkdir(path, 0700))
		return -errno;
	ret = ftrace_file(instance, "set_ftrace_filter", function);
	if (ret)
		rmdir(path);
	return ret;
}

static inline int ftrace_enable(const char *instance)
{
	return ftrace_file(instance, "current_tracer", "function");
}

static inline int ftrace_disable(const char *instance)
{
	return ftrace_file(instance, "current_tracer", "nop");
}

static inline int ftrace_destroy(const char *instance)
{
	char path[256];

	snprintf(path, sizeof(path), TRACEFS "instances/%s", instance);
	return rmdir(path) ? -errno : 0;
}

static inline bool ftrace_traced(const char *instance, const char *function)
{
	char path[256], line[512];
	bool found = false;
	FILE *f;

	snprintf(path, sizeof(path), TRACEFS "instances/%s/trace", instance);
	f = fopen(path, "r");
	if (!f)
		return false;
	while (!found && fgets(line, sizeof(line), f))
		found = line[0] != '#' && strstr(line, function);
	fclose(f);
	return found;
}

/* Exits with what the command exits with, or 1 if that is killed */
static inline int run_command(char **argv)
{
	pid_t child;
	int status;

	fflush(NULL);
	child = fork();
	if (child < 0)
		err(1, "fork");
	if (!child) {
		execvp(argv[0], argv);
		err(127, "%s", argv[0]);
	}
	if (waitpid(child, &status, 0) != child)
		err(1, "waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

#endif /* _CODEUSE_H */
