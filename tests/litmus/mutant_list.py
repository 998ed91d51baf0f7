"""The single rules to break, one replacement each: what `mutants.py` tries."""

from __future__ import annotations

from typing import NamedTuple


class Mutant(NamedTuple):
    """`old`, which stands in `file` exactly once (after `after`, if given), becomes `new`."""

    name: str
    file: str
    old: str
    new: str
    after: str = ""


V, A, T, F, S = "views.py", "access.py", "atomics.py", "fetch.py", "solo.py"
G, W, P = "groups.py", "wide.py", "pairs.py"
DMB, DSB, SYNC = "def dmb(", "def dsb_views(", "def context_synchronization("
FULL_DMB, FULL_DSB = (
    "y = max(self.r, self.rn, self.w, self.dcs)\n",
    "y = max(self.r, self.rn, self.w, self.dcs, self.ics",
)
FORWARDED = "return (max(v, xv, d) if order & (ACQUIRE | ACQUIRE_PC) else v, rv, d)"
CSE = "y = max(self.ctrl_v, self.ctrl_d, self.adr_v, self.adr_d, self.dsb)"

MUTANTS = [
    # barriers
    Mutant("DMB ignores earlier reads", V, FULL_DMB, "y = max(self.rn, self.w, self.dcs)\n", DMB),
    Mutant("DMB ignores earlier writes", V, FULL_DMB, "y = max(self.r, self.rn, self.dcs)\n", DMB),
    Mutant(
        "DMB ignores reads of atomics without destination",
        V,
        FULL_DMB,
        "y = max(self.r, self.w, self.dcs)\n",
        DMB,
    ),
    Mutant("DMB ignores earlier DCs", V, FULL_DMB, "y = max(self.r, self.rn, self.w)\n", DMB),
    Mutant(
        "DMB orders ICs",
        V,
        FULL_DMB,
        "y = self.nic = max(self.r, self.rn, self.w, self.dcs, self.nic)\n",
        DMB,
    ),
    Mutant("DMB does not hold later reads", V, "if y > self.nr:", "if False:", DMB),
    Mutant("DMB does not hold later writes", V, "if y > self.nw:", "if False:", DMB),
    Mutant("DMB does not hold later DCs", V, "if y > self.ndc:", "if False:", DMB),
    Mutant("DMB LD does not hold later reads", V, "if self.r > self.nr:", "if False:", DMB),
    Mutant("DMB LD does not hold later writes", V, "if self.r > self.nw:", "if False:", DMB),
    Mutant("DMB ST does nothing", V, "elif self.w > self.nw:", "elif False:", DMB),
    Mutant(
        "DMB ST holds later reads",
        V,
        "elif self.w > self.nw:\n            self.nw = self.w",
        "else:\n            self.nw = max(self.nw, self.w)\n            self.nr = max(self.nr, self.w)",
        DMB,
    ),
    Mutant("DMB LD counts as full", V, "elif reads:", "elif reads and self.dmb(True, True) is None:", DMB),
    Mutant("DSB ignores earlier ICs", V, FULL_DSB, "y = max(self.r, self.rn, self.w, self.dcs", DSB),
    Mutant("DSB ignores earlier DCs", V, FULL_DSB, "y = max(self.r, self.rn, self.w, self.ics", DSB),
    Mutant("DSB ignores earlier writes", V, FULL_DSB, "y = max(self.r, self.rn, self.dcs, self.ics", DSB),
    Mutant("DSB ignores earlier reads", V, FULL_DSB, "y = max(self.rn, self.w, self.dcs, self.ics", DSB),
    Mutant("DSB ignores earlier fetches", V, "self.ics, self.tau, completed)", "self.ics, completed)", DSB),
    Mutant("DSB does not hold later reads", V, "if y > self.nr:", "if False:", DSB),
    Mutant("DSB does not hold later writes", V, "if y > self.nw:", "if False:", DSB),
    Mutant("DSB does not hold later DCs", V, "if y > self.ndc:", "if False:", DSB),
    Mutant("DSB does not hold later ICs", V, "if y > self.nic:", "if False:", DSB),
    Mutant("DSB is not remembered for context synchronization", V, "if y > self.dsb:", "if False:", DSB),
    Mutant(
        "DSB raises the fetch view",
        V,
        "if y > self.dsb:\n            self.dsb = y",
        "self.dsb = self.tau = max(self.dsb, self.tau, y)",
        DSB,
    ),
    Mutant(
        "DSB LD counts as full", F, "self.dsb_views(reads, writes,", "self.dsb_views(reads, reads or writes,"
    ),
    Mutant(
        "DSB ST counts as full", F, "self.dsb_views(reads, writes,", "self.dsb_views(reads or writes, writes,"
    ),
    # context synchronization
    Mutant("ISB ignores control dependencies", V, CSE, "y = max(self.adr_v, self.adr_d, self.dsb)", SYNC),
    Mutant("ISB ignores address dependencies", V, CSE, "y = max(self.ctrl_v, self.ctrl_d, self.dsb)", SYNC),
    Mutant("ISB ignores DSBs", V, CSE, "y = max(self.ctrl_v, self.ctrl_d, self.adr_v, self.adr_d)", SYNC),
    Mutant(
        "ISB ignores what chose an address",
        V,
        CSE,
        "y = max(self.ctrl_v, self.ctrl_d, self.adr_v, self.dsb)",
        SYNC,
    ),
    Mutant(
        "ISB ignores what chose a branch",
        V,
        CSE,
        "y = max(self.ctrl_v, self.adr_v, self.adr_d, self.dsb)",
        SYNC,
    ),
    Mutant(
        "ISB counts every read",
        V,
        CSE,
        "y = max(self.r, self.ctrl_v, self.ctrl_d, self.adr_v, self.adr_d, self.dsb)",
        SYNC,
    ),
    Mutant("ISB leaves the fetch view", V, "if y > self.tau:", "if False:", SYNC),
    Mutant("ISB covers no IC by itself", V, "if y > self.tau_sync:", "if False:", SYNC),
    Mutant("exceptions never synchronize", "pe.py", "if self.options.eis:", "if False:"),
    Mutant("exception returns never synchronize", "pe.py", "if self.options.eos:", "if False:"),
    Mutant("exceptions always synchronize", "pe.py", "if self.options.eis:", "if True:"),
    # reads
    Mutant("reads ignore lower bounds", A, "pre = self.nr\n", "pre = 0\n"),
    Mutant("reads ignore the fetch view", A, "if self.tau > pre:", "if False:"),
    Mutant("reads ignore address dependencies", A, "if a[1] > pre:", "if False:"),
    Mutant(
        "reads ignore own DCs of the line", A, "pre = max(pre, self.vdc.get(self.line_of(addr), 0))", "pass"
    ),
    Mutant("LDAR ignores releases", A, "if order & ACQUIRE and self.rel > pre:", "if False:"),
    Mutant(
        "LDAPR waits for releases",
        A,
        "if order & ACQUIRE and self.rel > pre:",
        "if order & 3 and self.rel > pre:",
    ),
    Mutant("acquires do not hold later reads", A, "self.nr = max(self.nr, v)", "pass", "def _note_read("),
    Mutant("acquires do not hold later writes", A, "self.nw = max(self.nw, v)", "pass", "def _note_read("),
    Mutant(
        "LDAPR is a plain load",
        A,
        "if order & (ACQUIRE | ACQUIRE_PC) and dest:",
        "if order & ACQUIRE and dest:",
    ),
    Mutant(
        "an atomic without destination acquires",
        "isa/semantics_atomic.py",
        "ACQUIRE if dest and bits(word, 23, 1)",
        "ACQUIRE if bits(word, 23, 1)",
    ),
    Mutant(
        "an atomic without destination reads for DMB LD",
        A,
        "        if dest:\n",
        "        if True:\n",
        "def _note_read(",
    ),
    Mutant("reads leave no coherence", A, "self.raise_coherence(addr, size, v)", "pass", "def _note_read("),
    Mutant(
        "accesses by address hold nothing later", A, "self.address(a[1], a[2])", "pass", "def _note_read("
    ),
    Mutant(
        "own writes are read like those of others",
        A,
        "if message.cpu == self.cpu:\n            forwarded",
        "if False:\n            forwarded",
    ),
    Mutant(
        "forwarding forgets what chose the value",
        A,
        FORWARDED,
        "return (max(v, xv, d) if order & (ACQUIRE | ACQUIRE_PC) else v, rv, 0)",
    ),
    Mutant(
        "forwarding forgets dependencies",
        A,
        FORWARDED,
        "return (xv if order & (ACQUIRE | ACQUIRE_PC) else 0, rv, d)",
    ),
    Mutant(
        "acquires forward an own atomic like plain loads",
        A,
        "max(v, xv, d) if order & (ACQUIRE | ACQUIRE_PC) else v",
        "max(v, d) if order & (ACQUIRE | ACQUIRE_PC) else v",
    ),
    Mutant(
        "acquires of an own write do not wait for what chose it",
        A,
        "max(v, xv, d) if order & (ACQUIRE | ACQUIRE_PC) else v",
        "max(v, xv) if order & (ACQUIRE | ACQUIRE_PC) else v",
    ),
    Mutant(
        "plain loads forward an own atomic like acquires",
        A,
        "max(v, xv, d) if order & (ACQUIRE | ACQUIRE_PC) else v",
        "max(v, xv, d if order & (ACQUIRE | ACQUIRE_PC) else 0)",
    ),
    Mutant(
        "plain loads of an own write wait for what chose it",
        A,
        "max(v, xv, d) if order & (ACQUIRE | ACQUIRE_PC) else v",
        "max(v, xv, d) if order & (ACQUIRE | ACQUIRE_PC) else max(v, d)",
    ),
    # writes
    *[
        Mutant(f"writes ignore {what}", A, f"            {view},\n", "", "def _write_bound(")
        for what, view in {
            "lower bounds": "self.nw",
            "the fetch view": "self.tau",
            "address dependencies": "a[1]",
            "what chose the address": "a[2]",
            "data dependencies": "data[1]",
            "what chose the data": "data[2]",
            "control dependencies": "self.ctrl_v",
            "what chose a branch": "self.ctrl_d",
            "addresses of earlier accesses": "self.adr_v",
            "what chose earlier addresses": "self.adr_d",
            "own writes to fetched code": "self.own_fetch",
        }.items()
    ],
    Mutant("writes ignore coherence", A, "bound = self.coherence(addr, size)\n", "bound = 0\n"),
    Mutant("writes ignore own DCs of the line", A, "if cleaned > bound:", "if False:"),
    Mutant(
        "writes leave no coherence",
        A,
        "self.raise_coherence(addr, size, t)\n        if t > self.w",
        "if t > self.w",
    ),
    Mutant(
        "releases ignore earlier reads",
        A,
        "bound = max(bound, self.r, self.rn, self.w)",
        "bound = max(bound, self.rn, self.w)",
    ),
    Mutant(
        "releases ignore earlier writes",
        A,
        "bound = max(bound, self.r, self.rn, self.w)",
        "bound = max(bound, self.r, self.rn)",
    ),
    Mutant(
        "releases ignore reads without destination",
        A,
        "bound = max(bound, self.r, self.rn, self.w)",
        "bound = max(bound, self.r, self.w)",
    ),
    Mutant(
        "writes by address hold nothing later",
        A,
        "self.address(a[1], a[2])",
        "pass",
        "self.fwd[t] = (max(data[1]",
    ),
    Mutant(
        "stores are never early",
        S,
        "if bound == horizon:",
        "if m.kind == WRITE and bound < horizon:\n                continue\n            if bound == horizon:",
    ),
    # atomics
    Mutant(
        "another write may come between read and write",
        T,
        "if other.t > taken and other.mask & mask:",
        "if False:",
    ),
    Mutant(
        "an atomic's write ignores its read",
        T,
        "self._write(a, addr, size, data, order, read.v",
        "self._write(a, addr, size, data, order, 0",
    ),
    Mutant(
        "acquire+release atomics order only their read",
        T,
        "if order & (ACQUIRE | ACQUIRE_PC) and order & RELEASE:",
        "if False:",
    ),
    Mutant("computed atomics hide what they read", T, "read.v if computed else 0", "0"),
    Mutant("SWP hands on what it read", T, "read.v if computed else 0", "read.v"),
    Mutant(
        "CAS never returns the compared view", T, 'if pick and self.choose("data", 2, a[0]):', "if False:"
    ),
    Mutant(
        "CAS's write ignores the comparison",
        T,
        "data = (new[0], new[1], max(new[2], pick), new[3])",
        "data = new",
    ),
    Mutant(
        "a failed CAS never writes back",
        T,
        'if self._may_succeed(a[0], read) and self.choose("data", 2, a[0]):',
        "if False:",
    ),
    Mutant(
        "STXR never fails",
        T,
        '        if self.choose("data", 2, a[0]):\n            return (1',
        "        if False:\n            return (1",
    ),
    # several sizes
    Mutant(
        "what is forwarded never says when a read happens",
        A,
        "lambda message: AccessRules._seen(self, message, order)[0]",
        "lambda message: AccessRules._seen(self, message, order)[0] if message.cpu != self.cpu else 0",
    ),
    Mutant(
        "bytes of one read may be of different moments",
        G,
        "overtaken((mask, message), moment_of(other[1])) or overtaken(other, moment_of(message))",
        "False",
    ),
    Mutant(
        "halves of a pair may be of different moments",
        W,
        "if self._together(combination, order):",
        "if True:",
    ),
    Mutant(
        "a lower half counts before its upper half",
        A,
        "if not message.local:\n            return",
        "if True:\n            return",
    ),
    Mutant("own writes may stand between two halves", W, "self.raise_coherence(addr, size, last)", "pass"),
    Mutant(
        "others may write between two halves", W, "first < other.t < last and other.cpu != self.cpu", "False"
    ),
    Mutant(
        "the halves of a pair are bound apart", P, "Read(bound, reads[0].taken)", "Read(both, reads[0].taken)"
    ),
    Mutant(
        "STILP downwards stores the lower half first",
        "isa/semantics_pairs.py",
        "reversed(halves) if downwards else halves",
        "halves",
    ),
    Mutant(
        "STILP upwards stores the upper half first",
        "isa/semantics_pairs.py",
        "reversed(halves) if downwards else halves",
        "reversed(halves)",
    ),
    Mutant(
        "STILP releases nothing",
        "isa/semantics_pairs.py",
        "place, size, RELEASE, downwards",
        "place, size, PLAIN, downwards",
    ),
    Mutant(
        "LDIAPP acquires nothing", "isa/semantics_pairs.py", "size, None, ACQUIRE_PC)", "size, None, PLAIN)"
    ),
    Mutant(
        "CAS to the zero register acquires",
        "isa/semantics_atomic.py",
        "ACQUIRE if dest and bits(word, 22, 1)",
        "ACQUIRE if bits(word, 22, 1)",
    ),
    Mutant(
        "CAS to the zero register reads for DMB LD",
        T,
        "self._read_for_write(a, size, order, dest, compare[0] & mask)",
        "self._read_for_write(a, size, order, True, compare[0] & mask)",
    ),
    Mutant("loops of constants are cut short", S, "if pc not in self._counted or", "if True or"),
    # fetches and cache maintenance
    Mutant("a fetch does not raise the fetch view", F, "self.tau = t\n", "pass\n"),
    Mutant("fetches are never stale", F, "floor = self.fetch_floor(addr)\n", "floor = self.tau\n"),
    Mutant("fetches respect no IC", F, "if ic == 0:", "if True:"),
    Mutant(
        "an IC needs no DC",
        F,
        "if self.options.idc:\n            return ic - 1",
        "if True:\n            return ic - 1",
    ),
    Mutant(
        "a DC counts without an IC",
        F,
        "if ic == 0:\n            return 0",
        "if ic == 0:\n            ic = self.tau + 1",
    ),
    Mutant(
        "DIC machines still need an IC",
        F,
        "if self.options.dic:\n            return self.tau",
        "if False:\n            return self.tau",
    ),
    Mutant(
        "any IC before the fetch view counts",
        F,
        "return any(ic.t < done <= self.tau",
        "return True or any(ic.t < done <= self.tau",
    ),
    Mutant(
        "only covered ICs count",
        F,
        "return any(ic.t < done <= self.tau",
        "return False and any(ic.t < done <= self.tau",
    ),
    Mutant(
        "own stores to fetched code order nothing", F, "self.own_fetch = max(self.own_fetch, v, d)", "pass"
    ),
    *[
        Mutant(f"DC ignores {what}", F, f"            {view},\n", "", "def dc(")
        for what, view in {
            "lower bounds": "self.ndc",
            "the fetch view": "self.tau",
            "address dependencies": "a[1]",
            "what chose its address": "a[2]",
            "control dependencies": "self.ctrl_v",
            "what chose a branch": "self.ctrl_d",
            "accesses to its line": "self.line_coherence(line)",
            "own DCs of the line": "self.vdc.get(line, 0)",
        }.items()
    ],
    Mutant("DC leaves its line alone", F, "self.vdc[line] = max(self.vdc.get(line, 0), view)", "pass"),
    Mutant("DC is no past for barriers", F, "self.dcs = max(self.dcs, view)", "pass"),
    *[
        Mutant(
            f"IC ignores {what}",
            F,
            "bound = max(self.nic, self.tau, v, d, self.ctrl_v, self.ctrl_d)",
            f"bound = max({rest})",
        )
        for what, rest in {
            "lower bounds": "self.tau, v, d, self.ctrl_v, self.ctrl_d",
            "the fetch view": "self.nic, v, d, self.ctrl_v, self.ctrl_d",
            "address dependencies": "self.nic, self.tau, d, self.ctrl_v, self.ctrl_d",
            "what chose its address": "self.nic, self.tau, v, self.ctrl_v, self.ctrl_d",
            "control dependencies": "self.nic, self.tau, v, d, self.ctrl_d",
            "what chose a branch": "self.nic, self.tau, v, d, self.ctrl_v",
        }.items()
    ],
    Mutant(
        "IC waits for accesses to its line",
        F,
        "bound = max(self.nic, self.tau,",
        "bound = max(self.line_coherence(line), self.nic, self.tau,",
    ),
    Mutant("IC is no past for DSB", F, "self.ics = max(self.ics, view)", "pass"),
]
