// A trampoline entry as first sketched on the list: the literal is taken at a fixed distance from the return address,
// and nobody has checked that it is aligned there.  The rest is the common trampoline.

ftrace_caller_fixed:
	bti	c				//@ window W0
	ldur	x11, [x30, #-FIXED_LITERAL]	// #1: the ops, wherever it happens to lie
	b	ftrace_caller_common
