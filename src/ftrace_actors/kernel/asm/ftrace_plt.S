// A PLT entry for a site that does not reach the trampolines: it goes where the word behind it says
// (ftrace_plt.target, an aligned doubleword of data).

ftrace_plt:
	ldr	x16, ftrace_plt.target		//@ window W0
	br	x16
