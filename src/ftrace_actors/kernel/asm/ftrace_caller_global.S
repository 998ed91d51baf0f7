// The common trampoline without DYNAMIC_FTRACE_WITH_CALL_OPS (arch/arm64/kernel/entry-ftrace.S before Linux 6.3).
//
// Which operation, is a word; which function, is an instruction: a task that is preempted between the load of the one
// and the fetch of the other takes the two from different times.
// On entry: as ftrace_caller.  W1 holds an operation that was loaded and not yet called with.

ftrace_caller_global:
	bti	c				//@ window W0
	mov	x10, sp
	sub	sp, sp, #FREGS_SIZE + 32
	stp	x0, x1, [sp, #FREGS_X0]
	stp	x2, x3, [sp, #FREGS_X0 + 16]
	stp	x4, x5, [sp, #FREGS_X0 + 32]
	stp	x6, x7, [sp, #FREGS_X0 + 48]
	str	x8, [sp, #FREGS_X0 + 64]
	str	x29, [sp, #FREGS_FP]
	str	x9, [sp, #FREGS_LR]
	str	x10, [sp, #FREGS_SP]
	str	x30, [sp, #FREGS_PC]

	stp	x29, x9, [sp, #FREGS_SIZE + 16]	// a frame record for the traced function
	add	x29, sp, #FREGS_SIZE + 16
	stp	x29, x30, [sp, #FREGS_SIZE]	// and one for this trampoline
	add	x29, sp, #FREGS_SIZE

	sub	x0, x30, #4			// ip: the patch site
	mov	x1, x9				// parent_ip
	adrp	x2, function_trace_op
	ldr	x2, [x2, :lo12:function_trace_op]	// op
	mov	x3, sp				//@ window W1
ftrace_call:
	bl	ftrace_stub			// patched: the function

	ldp	x0, x1, [sp, #FREGS_X0]		//@ window W3
	ldp	x2, x3, [sp, #FREGS_X0 + 16]	//@ ordering restore-args
	ldp	x4, x5, [sp, #FREGS_X0 + 32]
	ldp	x6, x7, [sp, #FREGS_X0 + 48]
	ldr	x8, [sp, #FREGS_X0 + 64]
	ldr	x29, [sp, #FREGS_FP]
	ldr	x30, [sp, #FREGS_LR]
	ldr	x9, [sp, #FREGS_PC]
	add	sp, sp, #FREGS_SIZE + 32
	ret	x9				// into the traced function's body

// x0 = a function: make ftrace_call call it.  ftrace_update_ftrace_func validates nothing, so neither does this.
ftrace_update_ftrace_func:
	adrp	x9, ftrace_call
	add	x9, x9, :lo12:ftrace_call
	sub	x10, x0, x9
	ubfx	x10, x10, #2, #26
	mov	w2, #0x94000000			// BL
	orr	w2, w2, w10
	ldr	w1, [x9]
	mov	x0, x9
	b	ftrace_modify_code

// x0 = an ops: function_trace_op = ops; smp_wmb().
ftrace_set_trace_op:
	adrp	x9, function_trace_op
	str	x0, [x9, :lo12:function_trace_op]
	dmb	ishst
	mov	w0, wzr
	ret
