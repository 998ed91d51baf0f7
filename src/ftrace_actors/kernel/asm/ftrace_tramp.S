// A trampoline of its own for one ops, as in the patches the thread began with ("arm64/ftrace: support dynamic
// trampoline").  It is copied to allocated text; the pointer to the ops and the call of its function are filled in.
//
// On entry as for ftrace_caller: x9 = the traced function's return address, x30 = the instruction after the BL.
// All windows matter here: a task in any of them is executing text that goes away with the ops.

ftrace_tramp:
	bti	c				//@ window W0
	sub	sp, sp, #FREGS_SIZE
	stp	x0, x1, [sp, #FREGS_X0]
	stp	x2, x3, [sp, #FREGS_X0 + 16]
	stp	x4, x5, [sp, #FREGS_X0 + 32]
	stp	x6, x7, [sp, #FREGS_X0 + 48]
	str	x8, [sp, #FREGS_X0 + 64]
	stp	x29, x9, [sp, #FREGS_FP]
	str	x30, [sp, #FREGS_PC]
	sub	x0, x30, #4			// ip: the patch site
	mov	x1, x9				// parent_ip
	ldr	x2, ftrace_tramp.ops		// op
	mov	x3, sp				//@ window W1
ftrace_tramp.call:
	bl	ftrace_stub			// replaced by the ops' function

	ldp	x0, x1, [sp, #FREGS_X0]		//@ window W3
	ldp	x2, x3, [sp, #FREGS_X0 + 16]
	ldp	x4, x5, [sp, #FREGS_X0 + 32]
	ldp	x6, x7, [sp, #FREGS_X0 + 48]
	ldr	x8, [sp, #FREGS_X0 + 64]
	ldp	x29, x30, [sp, #FREGS_FP]
	ldr	x9, [sp, #FREGS_PC]
	add	sp, sp, #FREGS_SIZE
	ret	x9
	nop
ftrace_tramp.ops:
	.quad	0
