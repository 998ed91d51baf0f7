// The common trampoline of DYNAMIC_FTRACE_WITH_CALL_OPS (arch/arm64/kernel/entry-ftrace.S in Linux 6.3 and later).
//
// On entry:  x9 = the traced function's return address, x30 = the instruction after the patched BL, x0-x8 = the
//            traced function's arguments.  Nothing else may be clobbered before the function's body runs.
// Loads:     #1 the ops, from the literal in front of the function
//            #2 ops->direct_call, #3 ops->func.  A task may be preempted between any two of them.
// Windows:   W0 holds nothing yet; W1 holds an ops; W2 is in the callback; W3 only has to get out again.

ftrace_caller:
	bti	c				//@ window W0
	bic	x11, x30, #7			// both layouts, with and without BTI, meet here
	ldur	x11, [x11, #-16]		// #1: the ops
ftrace_caller_common:
	ldr	x17, [x11, #OPS_DIRECT_CALL]	//@ window W1
	cbnz	x17, ftrace_caller_direct	// #2 was not NULL: nothing is saved yet

	mov	x10, sp
	sub	sp, sp, #FREGS_SIZE + 32
	stp	x0, x1, [sp, #FREGS_X0]
	stp	x2, x3, [sp, #FREGS_X0 + 16]
	stp	x4, x5, [sp, #FREGS_X0 + 32]
	stp	x6, x7, [sp, #FREGS_X0 + 48]
	str	x8, [sp, #FREGS_X0 + 64]
	str	xzr, [sp, #FREGS_DIRECT_TRAMP]
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
	mov	x2, x11				// op
	mov	x3, sp				// fregs
	ldr	x4, [x2, #OPS_FUNC]		// #3: its function
	blr	x4

	ldp	x0, x1, [sp, #FREGS_X0]		//@ window W3
	ldp	x2, x3, [sp, #FREGS_X0 + 16]	//@ ordering restore-args
	ldp	x4, x5, [sp, #FREGS_X0 + 32]
	ldp	x6, x7, [sp, #FREGS_X0 + 48]
	ldr	x8, [sp, #FREGS_X0 + 64]
	ldr	x29, [sp, #FREGS_FP]
	ldr	x17, [sp, #FREGS_DIRECT_TRAMP]
	ldr	x30, [sp, #FREGS_LR]
	ldr	x9, [sp, #FREGS_PC]
	add	sp, sp, #FREGS_SIZE + 32
	cbnz	x17, 1f
	ret	x9				// into the traced function's body

1:	mov	x10, x9				//@ window W4
	mov	x9, x30				// a direct trampoline wants x9 = caller, x30 = body
	mov	x30, x10
	br	x17

ftrace_caller_direct:
	br	x17				//@ window W4

ftrace_stub_direct_tramp:
	bti	c
	mov	x10, x30
	mov	x30, x9
	ret	x10

ftrace_stub:
	bti	c
	ret

ftrace_stub_graph:
	bti	c
	ret
