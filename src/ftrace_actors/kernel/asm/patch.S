// Patching text and literals, as arch/arm64/kernel/{patching.c,ftrace.c} and mm/cache.S do it.
//
// Each of ftrace_make_call, ftrace_modify_call and ftrace_make_nop is one routine: any two accesses whose order
// matters are in the same one.  Orderings that a scenario may drop are named:  `//@ ordering NAME` (the instruction goes), or
// `//@ ordering NAME: INSTRUCTION` (that one takes its place).
//
// x0 = literal, x1 = its new value, x2 = patch site, x3 = the word expected there, x4 = the new word.
// Returns 0 or a negative errno in x0.  *_call_first are the same with the two writes exchanged.

ftrace_make_call:
ftrace_modify_call:
	stp	x29, x30, [sp, #-48]!
	mov	x29, sp
	stp	x19, x20, [sp, #16]
	str	x21, [sp, #32]
	mov	x19, x2
	mov	x20, x3
	mov	x21, x4
	bl	ftrace_rec_set_ops
	cbnz	w0, 1f
	mov	x0, x19
	mov	x1, x20
	mov	x2, x21
	bl	ftrace_modify_code
1:	ldr	x21, [sp, #32]
	ldp	x19, x20, [sp, #16]
	ldp	x29, x30, [sp], #48
	ret

ftrace_make_nop:
	stp	x29, x30, [sp, #-48]!
	mov	x29, sp
	stp	x19, x20, [sp, #16]
	str	x21, [sp, #32]
	mov	x19, x2
	mov	x20, x3
	mov	x21, x4
	bl	ftrace_rec_set_ops		//@ ordering literal-reset: mov w0, wzr
	cbnz	w0, 1f
	mov	x0, x19
	mov	x1, x20
	mov	x2, x21
	bl	ftrace_modify_code
1:	ldr	x21, [sp, #32]
	ldp	x19, x20, [sp, #16]
	ldp	x29, x30, [sp], #48
	ret

ftrace_make_call_call_first:
ftrace_modify_call_call_first:
	stp	x29, x30, [sp, #-32]!
	mov	x29, sp
	stp	x19, x20, [sp, #16]
	mov	x19, x0
	mov	x20, x1
	mov	x0, x2
	mov	x1, x3
	mov	x2, x4
	bl	ftrace_modify_code
	cbnz	w0, 1f
	mov	x0, x19
	mov	x1, x20
	bl	ftrace_rec_set_ops
1:	ldp	x19, x20, [sp, #16]
	ldp	x29, x30, [sp], #32
	ret

ftrace_make_nop_call_first:
	stp	x29, x30, [sp, #-32]!
	mov	x29, sp
	stp	x19, x20, [sp, #16]
	mov	x19, x0
	mov	x20, x1
	mov	x0, x2
	mov	x1, x3
	mov	x2, x4
	bl	ftrace_modify_code
	cbnz	w0, 1f
	mov	x0, x19
	mov	x1, x20
	bl	ftrace_rec_set_ops		//@ ordering literal-reset: mov w0, wzr
1:	ldp	x19, x20, [sp, #16]
	ldp	x29, x30, [sp], #32
	ret

// A design without literals patches the instruction only; same arguments.
ftrace_patch_call:
	mov	x0, x2
	mov	x1, x3
	mov	x2, x4
	b	ftrace_modify_code

// x0 = literal, x1 = value: aarch64_insn_write_literal_u64.
ftrace_rec_set_ops:
	mrs	x9, daif			// raw_spin_lock_irqsave(&patch_lock)
	msr	daifset, #2
	adrp	x10, patch_lock
	add	x10, x10, :lo12:patch_lock
	mov	w12, #1
1:	mov	w11, wzr
	casa	w11, w12, [x10]			//@ ordering patch-lock: cas w11, w12, [x10]
	cbnz	w11, 1b
	dsb	ishst				//@ ordering fixmap-map
	isb					//@ ordering fixmap-map
	str	x1, [x0]
	dsb	ishst				//@ ordering fixmap-unmap
	tlbi	vaale1is, x0
	dsb	ish				//@ ordering fixmap-unmap
	isb					//@ ordering fixmap-unmap
	stlr	wzr, [x10]			//@ ordering patch-lock: str wzr, [x10]
	msr	daif, x9
	mov	w0, wzr
	ret

// x0 = site, x1 = expected word, x2 = new word: validate, then aarch64_insn_patch_text_nosync.
ftrace_modify_code:
	ldr	w9, [x0]
	cmp	w9, w1
	b.ne	2f
	mrs	x9, daif
	msr	daifset, #2
	adrp	x10, patch_lock
	add	x10, x10, :lo12:patch_lock
	mov	w12, #1
1:	mov	w11, wzr
	casa	w11, w12, [x10]			//@ ordering patch-lock: cas w11, w12, [x10]
	cbnz	w11, 1b
	dsb	ishst				//@ ordering fixmap-map
	isb					//@ ordering fixmap-map
	str	w2, [x0]
	dsb	ishst				//@ ordering fixmap-unmap
	tlbi	vaale1is, x0
	dsb	ish				//@ ordering fixmap-unmap
	isb					//@ ordering fixmap-unmap
	stlr	wzr, [x10]			//@ ordering patch-lock: str wzr, [x10]
	msr	daif, x9
	add	x1, x0, #4
	b	caches_clean_inval_pou
2:	mov	w0, #-EINVAL
	ret

// x0 = start, x1 = end.
caches_clean_inval_pou:
	mrs	x3, ctr_el0
	tbnz	x3, #CTR_IDC_BIT, 2f
	ubfx	x4, x3, #CTR_DMINLINE_SHIFT, #4
	mov	x5, #4
	lsl	x5, x5, x4
	sub	x6, x5, #1
	bic	x7, x0, x6
1:	dc	cvau, x7			//@ ordering clean-pou
	add	x7, x7, x5
	cmp	x7, x1
	b.lo	1b
	dsb	ish				//@ ordering clean-dsb
	b	3f
2:	dsb	ishst				//@ ordering clean-dsb
3:	tbnz	x3, #CTR_DIC_BIT, 5f
	and	x4, x3, #15
	mov	x5, #4
	lsl	x5, x5, x4
	sub	x6, x5, #1
	bic	x7, x0, x6
4:	ic	ivau, x7			//@ ordering inval-pou
	add	x7, x7, x5
	cmp	x7, x1
	b.lo	4b
	dsb	ish				//@ ordering inval-dsb
5:	isb					//@ ordering final-isb
	mov	w0, wzr
	ret
