/* The model of ftp.py for Spin, step for step: every d_step is one move of an actor there, and nothing else is a step.
   N, CALLS, ROUNDS, SYNC_AGAIN, QUIESCE and LATE are given with -D. */

bit site, literal, live;
byte rounds = ROUNDS;
byte next;               /* what the patcher does next */
byte todo_count, busy_count;   /* how many bits of todo and busy are set: they follow from those, and add no states */

byte pc[N];              /* 0: outside, 1: at the literal, 2: in use */
byte calls[N] = CALLS;
bit read[N], stale[N], todo[N], busy[N];
hidden byte i;

inline write_site() {
	site = 1 - site;
	for (i : 0 .. N-1) { stale[i] = 1 - stale[i] }
	i = 0
}

inline ask_to_synchronize() {
	for (i : 0 .. N-1) { todo[i] = 1 }
	todo_count = N; i = 0
}

inline ask_to_leave() {
	busy_count = 0;
	for (i : 0 .. N-1) {
		if
		:: pc[i] != 0 -> busy[i] = 1; busy_count++
		:: else -> busy[i] = 0
		fi
	}
	i = 0
}

active [N] proctype cpu() {
end:	do
	:: d_step { calls[_pid] > 0 && pc[_pid] == 0 && site != stale[_pid] -> pc[_pid] = 1 }
	:: d_step { calls[_pid] > 0 && pc[_pid] == 0 && site == stale[_pid] -> calls[_pid]-- }
	:: d_step { pc[_pid] == 1 -> read[_pid] = literal; pc[_pid] = 2; assert(!read[_pid] || live) }
	:: d_step { pc[_pid] == 2 ->
			pc[_pid] = 0; read[_pid] = 0; calls[_pid]--;
			if :: busy[_pid] -> busy[_pid] = 0; busy_count-- :: else fi }
	od
}

active [N] proctype icache() {
end:	do
	:: d_step { stale[_pid - N] || todo[_pid - N] ->
			stale[_pid - N] = 0;
			if :: todo[_pid - N] -> todo[_pid - N] = 0; todo_count-- :: else fi }
	od
}

active proctype patcher() {
end:	do
	:: d_step { next == 0 && rounds > 0 -> live = 1; next = 1 }
	:: d_step { next == 1 -> literal = 1; next = 2 }
	:: d_step { next == 2 -> write_site(); next = 3 }
	:: d_step { next == 3 -> ask_to_synchronize(); next = 4 }
	:: d_step { next == 4 && todo_count == 0 -> write_site(); next = 5 }
	:: d_step { next == 5 -> if :: SYNC_AGAIN -> ask_to_synchronize() :: else fi; next = 6 }
	:: d_step { next == 6 && todo_count == 0 ->
			if :: LATE -> if :: QUIESCE -> ask_to_leave() :: else fi
			   :: else -> literal = 0 fi;
			next = 7 }
	:: d_step { next == 7 && (!LATE || busy_count == 0) ->
			if :: LATE -> literal = 0
			   :: else -> if :: QUIESCE -> ask_to_leave() :: else fi fi;
			next = 8 }
	:: d_step { next == 8 && busy_count == 0 ->
			live = 0; rounds--; next = 0;
			for (i : 0 .. N-1) { assert(!(pc[i] == 2 && read[i])) }
			i = 0 }
	od
}
