// The body of a traced function, after its patch site: x0 + x1, after keeping frame, arguments and return address.
// `tracee` is replaced by the function's name.

tracee.body:
	stp	x29, x30, [sp, #-32]!
	mov	x29, sp
	stp	x0, x1, [sp, #16]
	ldr	x9, [sp, #16]
	ldr	x10, [sp, #24]
	add	x0, x9, x10
	ldp	x29, x30, [sp], #32
	ret
