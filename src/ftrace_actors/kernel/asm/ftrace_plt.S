// A PLT entry for a site that does not reach the trampolines: it goes where the word after it says
// (ftrace_plt.target, an aligned doubleword of data).
//
// arm64's own entry for modules is ADRP, ADD, BR: text, to the one static trampoline.  Three instructions cannot be
// changed while CPUs run through them, and here the target comes and goes, so it is a word.

ftrace_plt:
	ldr	x16, ftrace_plt.target		//@ window W0
	br	x16
