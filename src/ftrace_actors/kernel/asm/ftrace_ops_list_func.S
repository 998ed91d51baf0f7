// ftrace_ops_list_func (kernel/trace/ftrace.c): call every ops on the list whose filter has this ip.
//
// x0 = ip, x1 = parent_ip, x2 = the list ops itself, x3 = fregs.  The walk runs with preemption disabled, so a classic
// RCU grace period waits for it; the instructions before that are not covered.  next, flags, filter and func are
// ordered after the pointer they are loaded through by address dependency alone.  At the end preemption comes first and
// the recursion bit second (trace_clear_recursion), so a task that is preempted there still has the bit.
//
// The kernel also skips an ops with FL_RCU where RCU is not watching (idle, entry from user).  Nothing is traced there in
// this model, RCU watches wherever a task runs, so that test would never skip and is not here.

ftrace_ops_list_func:
	bti	c				//@ window W2
	stp	x29, x30, [sp, #-64]!
	mov	x29, sp
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	mov	x19, x0
	mov	x20, x1
	mov	x21, x3

	mrs	x9, sp_el0			// current
	ldr	w10, [x9, #TASK_TRACE_RECURSION]
	tbnz	w10, #TRACE_LIST_BIT, 6f	// called from a callback of ours: leave
	orr	w10, w10, #TRACE_LIST
	str	w10, [x9, #TASK_TRACE_RECURSION]
	ldr	w10, [x9, #TASK_PREEMPT_COUNT]
	add	w10, w10, #1
	str	w10, [x9, #TASK_PREEMPT_COUNT]

	adrp	x9, ftrace_ops_list		//@ reader begin
	add	x9, x9, :lo12:ftrace_ops_list
	ldr	x22, [x9]
1:	adrp	x9, ftrace_list_end
	add	x9, x9, :lo12:ftrace_list_end
	cmp	x22, x9
	b.eq	5f
	ldr	w10, [x22, #OPS_FLAGS]
	tbnz	w10, #FTRACE_OPS_FL_STUB_BIT, 4f
	ldr	x11, [x22, #OPS_FILTER]
	cbz	x11, 3f				// no filter: every function
2:	ldr	x12, [x11], #8
	cbz	x12, 4f				// end of the filter: not for this one
	cmp	x12, x19
	b.ne	2b
3:	ldr	x4, [x22, #OPS_FUNC]
	cbz	x4, 4f
	mov	x0, x19
	mov	x1, x20
	mov	x2, x22
	mov	x3, x21
	blr	x4
4:	ldr	x22, [x22, #OPS_NEXT]
	b	1b

5:	mrs	x9, sp_el0			//@ reader end
	ldr	w10, [x9, #TASK_PREEMPT_COUNT]
	sub	w10, w10, #1
	str	w10, [x9, #TASK_PREEMPT_COUNT]
	ldr	w10, [x9, #TASK_TRACE_RECURSION]	//@ preempt-check
	bic	w10, w10, #TRACE_LIST
	str	w10, [x9, #TASK_TRACE_RECURSION]
6:	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x29, x30, [sp], #64
	ret
