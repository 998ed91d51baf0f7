// The list of registered ops, and initialising one (kernel/trace/ftrace.c: add_ftrace_ops, remove_ftrace_ops).

// x0 = ops: publish it at the head of ftrace_ops_list.
ftrace_ops_list_add:
	adrp	x9, ftrace_ops_list
	add	x9, x9, :lo12:ftrace_ops_list
	ldr	x10, [x9]
	str	x10, [x0, #OPS_NEXT]
	stlr	x0, [x9]			//@ ordering list-publish: str x0, [x9]
	mov	w0, wzr
	ret

// x0 = ops: unlink it; -ENOENT when it is not there.
ftrace_ops_list_del:
	adrp	x9, ftrace_ops_list
	add	x9, x9, :lo12:ftrace_ops_list
	adrp	x11, ftrace_list_end
	add	x11, x11, :lo12:ftrace_list_end
1:	ldr	x10, [x9]
	cmp	x10, x0
	b.eq	2f
	cmp	x10, x11
	b.eq	3f
	add	x9, x10, #OPS_NEXT
	b	1b
2:	ldr	x11, [x0, #OPS_NEXT]
	stlr	x11, [x9]			//@ ordering list-publish: str x11, [x9]
	mov	w0, wzr
	ret
3:	mov	w0, #-ENOENT
	ret

// x0 = ops, x1 = func, x2 = flags, x3 = filter: fill in a freshly allocated ops.
ftrace_ops_init:
	str	x1, [x0, #OPS_FUNC]
	str	xzr, [x0, #OPS_NEXT]
	str	x2, [x0, #OPS_FLAGS]
	str	xzr, [x0, #OPS_HITS]
	str	xzr, [x0, #OPS_DIRECT_CALL]
	str	x3, [x0, #OPS_FILTER]
	mov	w0, wzr
	ret

// x0 = address, x1 = value: one plain store, for scenarios that set a flag.
store_word:
	str	w1, [x0]
	mov	w0, wzr
	ret
