// A tracer's function that calls a traced function, as one does that takes a lock whose slow path is traced.  It counts
// its hits first, in its own ops.  x0 = ip, x1 = parent_ip, x2 = op, x3 = fregs.
// `tracer` is replaced by the function's name, `callee` by that of what it calls.
//
// Nothing in here stops a call that comes back to it: FL_RECURSION asks ftrace for that.  A kernel stack has an end:
// where the guard page of VMAP_STACK would fault, this has a test and a BRK.

tracer:
	bti	c				//@ callback begin tracer
	stp	x29, x30, [sp, #-32]!
	mov	x29, sp
	str	x19, [sp, #16]
	mov	x19, x2
	ldr	x9, [x2, #OPS_HITS]
	add	x9, x9, #1
	str	x9, [x2, #OPS_HITS]
	mrs	x9, sp_el0
	mov	x10, #TASK_STACK_LIMIT
	add	x9, x9, x10
	mov	x10, sp
	cmp	x10, x9
	b.hs	1f
	brk	#0x55				// the guard page
1:	bl	callee
	mov	x2, x19
	mov	x3, x2				// a C function leaves nothing in its argument registers
	mov	x4, x2
	mov	x5, x2
	mov	x6, x2
	mov	x7, x2
	mov	x8, x2
	ldr	x19, [sp, #16]
	ldp	x29, x30, [sp], #32
	ret					//@ callback end tracer
