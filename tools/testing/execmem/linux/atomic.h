/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _FUZZ_LINUX_ATOMIC_H
#define _FUZZ_LINUX_ATOMIC_H

/* What pool.c keeps without a lock, and others may take: see pool_fake.c */
void *fuzz_xchg(void **ptr, void *value);

#define xchg(ptr, value)						\
	((typeof(*(ptr)))fuzz_xchg((void **)(ptr), value))

#endif /* _FUZZ_LINUX_ATOMIC_H */
