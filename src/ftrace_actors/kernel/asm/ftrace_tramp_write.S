// Make a trampoline: copy the template, fill in the ops and the call, and have it fetched anew by everybody
// (aarch64_insn_copy and flush_icache_range; the kick of the other CPUs is the caller's).
//
// x0 = the allocated text, x1 = the template, x2 = its end, x3 = ops, x4 = the BL to its function,
// x5, x6 = where in the text those two go, x7 = whether another trampoline was there before.

ftrace_tramp_write:
	mov	x9, x0
1:	ldp	w10, w11, [x1], #8		// words: half of a doubleword is no instruction
	stp	w10, w11, [x9], #8
	cmp	x1, x2
	b.lo	1b
	str	x3, [x0, x5]
	str	w4, [x0, x6]

	mrs	x3, ctr_el0
	tbnz	x3, #CTR_IDC_BIT, 3f
	ubfx	x4, x3, #CTR_DMINLINE_SHIFT, #4
	mov	x5, #4
	lsl	x5, x5, x4
	sub	x6, x5, #1
	bic	x8, x0, x6
2:	dc	cvau, x8			//@ ordering text-clean
	add	x8, x8, x5
	cmp	x8, x9
	b.lo	2b
	dsb	ish				//@ ordering text-clean-dsb
	b	4f
3:	dsb	ishst				//@ ordering text-clean-dsb
4:	tbnz	x3, #CTR_DIC_BIT, 6f
	and	x4, x3, #15
	mov	x5, #4
	lsl	x5, x5, x4
	sub	x6, x5, #1
	bic	x8, x0, x6
5:	cbnz	x7, 7f				// the same for both; apart so that either can be left out
	ic	ivau, x8			//@ ordering text-inval
	b	8f
7:	ic	ivau, x8			//@ ordering reuse-inval
8:	add	x8, x8, x5
	cmp	x8, x9
	b.lo	5b
	dsb	ish				//@ ordering text-inval-dsb
6:	isb
	mov	w0, wzr
	ret
