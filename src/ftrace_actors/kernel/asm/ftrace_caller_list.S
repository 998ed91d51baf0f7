// The list-only trampoline: there is no literal, the operation is always the list.

ftrace_caller_list:
	bti	c				//@ window W0
	adrp	x11, ftrace_list_ops
	add	x11, x11, :lo12:ftrace_list_ops
	b	ftrace_caller_common
