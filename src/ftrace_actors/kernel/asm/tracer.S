// A tracer's function, one per ops: it counts its hits in its own ops, so it uses the ops from first to last.
// x0 = ip, x1 = parent_ip, x2 = op, x3 = fregs.  `tracer` is replaced by the function's name.

tracer:
	bti	c				//@ callback begin tracer
	stp	x29, x30, [sp, #-16]!
	mov	x29, sp
	ldr	x9, [x2, #OPS_HITS]
	add	x9, x9, #1
	str	x9, [x2, #OPS_HITS]
	mov	x3, x9				// a C function leaves nothing in its argument registers
	mov	x4, x9
	mov	x5, x9
	mov	x6, x9
	mov	x7, x9
	mov	x8, x9
	ldp	x29, x30, [sp], #16
	ret					//@ callback end tracer
