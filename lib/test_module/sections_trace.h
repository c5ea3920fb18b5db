/* SPDX-License-Identifier: GPL-2.0 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM test_module

#if !defined(_LIB_TEST_MODULE_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _LIB_TEST_MODULE_TRACE_H

#include <linux/tracepoint.h>

TRACE_EVENT(test_module_sections,
	    TP_PROTO(unsigned long long value),
	    TP_ARGS(value),
	    TP_STRUCT__entry(__field(unsigned long long, value)),
	    TP_fast_assign(__entry->value = value;),
	    TP_printk("value=%llu", __entry->value)
);

#endif /* _LIB_TEST_MODULE_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE sections_trace

#include <trace/define_trace.h>
