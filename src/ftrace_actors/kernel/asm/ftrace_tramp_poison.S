// Overwrite a trampoline that goes, so that whoever runs it all the same is stopped: BRK over all of it, cleaned and
// invalidated.  Nobody is interrupted for it.
//
// x0 = its text, x1 = the end.

ftrace_tramp_poison:
	stp	x29, x30, [sp, #-16]!
	mov	x9, x0
	mov	w10, #0x2000
	movk	w10, #0xd420, lsl #16		// brk #0x100
1:	str	w10, [x9], #4
	cmp	x9, x1
	b.lo	1b
	bl	caches_clean_inval_pou
	mov	w0, wzr
	ldp	x29, x30, [sp], #16
	ret
