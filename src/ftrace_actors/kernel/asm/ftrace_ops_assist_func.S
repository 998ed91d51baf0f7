// ftrace_ops_assist_func (kernel/trace/ftrace.c): call one ops under the guard that it asks for.
//
// x0 = ip, x1 = parent_ip, x2 = op, x3 = fregs: a callback's own arguments.  Whatever names a single ops with FL_RECURSION
// or FL_RCU calls this in place of op->func (ftrace_ops_get_func).
//
// The guard is the list walker's, down to the bit (both take TRACE_LIST_START), so neither can be entered from inside the
// other.  FL_RCU would also skip the ops where RCU is not watching; in this model it always is, see the list walker.

ftrace_ops_assist_func:
	bti	c				//@ window W2
	mrs	x9, sp_el0			// current
	ldr	w10, [x9, #TASK_TRACE_RECURSION]
	tbnz	w10, #TRACE_LIST_BIT, 1f	// called from a guarded callback: leave
	stp	x29, x30, [sp, #-16]!
	mov	x29, sp
	orr	w10, w10, #TRACE_LIST
	str	w10, [x9, #TASK_TRACE_RECURSION]
	ldr	w10, [x9, #TASK_PREEMPT_COUNT]
	add	w10, w10, #1
	str	w10, [x9, #TASK_PREEMPT_COUNT]

	ldr	x4, [x2, #OPS_FUNC]		//@ reader begin
	blr	x4

	mrs	x9, sp_el0			//@ reader end
	ldr	w10, [x9, #TASK_PREEMPT_COUNT]
	sub	w10, w10, #1
	str	w10, [x9, #TASK_PREEMPT_COUNT]
	ldr	w10, [x9, #TASK_TRACE_RECURSION]	//@ preempt-check
	bic	w10, w10, #TRACE_LIST
	str	w10, [x9, #TASK_TRACE_RECURSION]
	ldp	x29, x30, [sp], #16
1:	ret
