/* SPDX-License-Identifier: GPL-2.0 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM execmem

#if !defined(_TRACE_EXECMEM_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_EXECMEM_H

#include <linux/execmem.h>
#include <linux/tracepoint.h>

TRACE_DEFINE_ENUM(EXECMEM_MODULE_TEXT);
TRACE_DEFINE_ENUM(EXECMEM_MODULE_RODATA);
TRACE_DEFINE_ENUM(EXECMEM_MODULE_DATA);
TRACE_DEFINE_ENUM(EXECMEM_KPROBES);
TRACE_DEFINE_ENUM(EXECMEM_FTRACE);
TRACE_DEFINE_ENUM(EXECMEM_BPF);
TRACE_DEFINE_ENUM(EXECMEM_THUNKS);
TRACE_DEFINE_ENUM(EXECMEM_NR_TYPES);

#define show_execmem_type(type)						\
	__print_symbolic(type,						\
			 { EXECMEM_MODULE_TEXT,		"module_text" },	\
			 { EXECMEM_MODULE_RODATA,	"module_rodata" },	\
			 { EXECMEM_MODULE_DATA,		"module_data" },	\
			 { EXECMEM_KPROBES,		"kprobes" },		\
			 { EXECMEM_FTRACE,		"ftrace" },		\
			 { EXECMEM_BPF,			"bpf" },		\
			 { EXECMEM_THUNKS,		"thunks" },	\
			 { EXECMEM_NR_TYPES,		"none" })

DECLARE_EVENT_CLASS(execmem_memory,
		    TP_PROTO(enum execmem_type type, const void *ptr,
			     size_t size),
		    TP_ARGS(type, ptr, size),
		    TP_STRUCT__entry(__field(int, type)
				     __field(unsigned long, addr)
				     __field(size_t, size)),
		    TP_fast_assign(__entry->type = type;
				   __entry->addr = (unsigned long)ptr;
				   __entry->size = size;),
		    TP_printk("type=%s addr=0x%lx size=%zu",
			      show_execmem_type(__entry->type), __entry->addr,
			      __entry->size)
);

DEFINE_EVENT(execmem_memory, execmem_alloc,
	     TP_PROTO(enum execmem_type type, const void *ptr, size_t size),
	     TP_ARGS(type, ptr, size)
);

/* What is written is at @ptr, anywhere in an allocation. */
DEFINE_EVENT(execmem_memory, execmem_write,
	     TP_PROTO(enum execmem_type type, const void *ptr, size_t size),
	     TP_ARGS(type, ptr, size)
);

DEFINE_EVENT(execmem_memory, execmem_finish,
	     TP_PROTO(enum execmem_type type, const void *ptr, size_t size),
	     TP_ARGS(type, ptr, size)
);

DEFINE_EVENT(execmem_memory, execmem_free,
	     TP_PROTO(enum execmem_type type, const void *ptr, size_t size),
	     TP_ARGS(type, ptr, size)
);

/*
 * Instead of one of those above: what could not be had or done, and what was
 * refused. @ptr and @size are what the caller asked for, EXECMEM_NR_TYPES is for
 * memory that is none of execmem's.
 */
TRACE_EVENT(execmem_fail,
	    TP_PROTO(const char *call, enum execmem_type type, const void *ptr,
		     size_t size, int err),
	    TP_ARGS(call, type, ptr, size, err),
	    TP_STRUCT__entry(__string(call, call)
			     __field(int, type)
			     __field(unsigned long, addr)
			     __field(size_t, size)
			     __field(int, err)),
	    TP_fast_assign(__assign_str(call, call);
			   __entry->type = type;
			   __entry->addr = (unsigned long)ptr;
			   __entry->size = size;
			   __entry->err = err;),
	    TP_printk("call=%s type=%s addr=0x%lx size=%zu err=%d",
		      __get_str(call), show_execmem_type(__entry->type),
		      __entry->addr, __entry->size, __entry->err)
);

#endif /* _TRACE_EXECMEM_H */

/* This part must be outside protection */
#include <trace/define_trace.h>
