// SPDX-License-Identifier: GPL-2.0
/*
 * Boots another kernel out of this one.
 *
 *	kexec load KERNEL INITRD CMDLINE
 *	kexec exec			does not return
 */
#include <err.h>
#include <fcntl.h>
#include <linux/reboot.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int open_file(const char *path)
{
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		err(1, "%s", path);
	return fd;
}

int main(int argc, char **argv)
{
	if (argc == 5 && !strcmp(argv[1], "load")) {
		if (syscall(__NR_kexec_file_load, open_file(argv[2]),
			    open_file(argv[3]), strlen(argv[4]) + 1, argv[4],
			    0UL))
			err(1, "kexec_file_load");
		return 0;
	}
	if (argc == 2 && !strcmp(argv[1], "exec")) {
		sync();
		syscall(__NR_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2,
			LINUX_REBOOT_CMD_KEXEC, NULL);
		err(1, "reboot");
	}
	errx(1, "usage: kexec load KERNEL INITRD CMDLINE|exec");
}
