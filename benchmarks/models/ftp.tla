-------------------------------- MODULE ftp --------------------------------
\* The model of ftp.py for TLC, step for step: every action is one move of an actor there.
EXTENDS Naturals, FiniteSets, TLC
CONSTANTS Cpus, Calls, Rounds, SyncAgain, Quiesce, Late
VARIABLES next, rounds, site, literal, live, pc, calls, read, stale, todo, busy

vars == <<next, rounds, site, literal, live, pc, calls, read, stale, todo, busy>>
Symmetry == Permutations(Cpus)

Init == /\ next = 0 /\ rounds = Rounds /\ site = FALSE /\ literal = FALSE /\ live = FALSE
        /\ pc = [c \in Cpus |-> 0] /\ calls = [c \in Cpus |-> Calls]
        /\ read = [c \in Cpus |-> FALSE] /\ stale = [c \in Cpus |-> FALSE]
        /\ todo = [c \in Cpus |-> FALSE] /\ busy = [c \in Cpus |-> FALSE]

Fetch(c) == /\ calls[c] > 0 /\ pc[c] = 0
            /\ IF site # stale[c]
               THEN pc' = [pc EXCEPT ![c] = 1] /\ UNCHANGED calls
               ELSE calls' = [calls EXCEPT ![c] = @ - 1] /\ UNCHANGED pc
            /\ UNCHANGED <<next, rounds, site, literal, live, read, stale, todo, busy>>

Load(c) == /\ pc[c] = 1
           /\ pc' = [pc EXCEPT ![c] = 2] /\ read' = [read EXCEPT ![c] = literal]
           /\ UNCHANGED <<next, rounds, site, literal, live, calls, stale, todo, busy>>

Use(c) == /\ pc[c] = 2
          /\ pc' = [pc EXCEPT ![c] = 0] /\ read' = [read EXCEPT ![c] = FALSE]
          /\ calls' = [calls EXCEPT ![c] = @ - 1] /\ busy' = [busy EXCEPT ![c] = FALSE]
          /\ UNCHANGED <<next, rounds, site, literal, live, stale, todo>>

Refill(c) == /\ stale[c] \/ todo[c]
             /\ stale' = [stale EXCEPT ![c] = FALSE] /\ todo' = [todo EXCEPT ![c] = FALSE]
             /\ UNCHANGED <<next, rounds, site, literal, live, pc, calls, read, busy>>

WriteSite == site' = ~site /\ stale' = [c \in Cpus |-> ~stale[c]]
AskToSynchronize == todo' = [c \in Cpus |-> TRUE]
AskToLeave == busy' = IF Quiesce THEN [c \in Cpus |-> pc[c] # 0] ELSE busy
Synchronized == \A c \in Cpus : ~todo[c]
Left == \A c \in Cpus : ~busy[c]
Others == UNCHANGED <<pc, calls, read>>

Patch ==
  /\ Others
  /\ \/ /\ next = 0 /\ rounds > 0 /\ live' = TRUE /\ next' = 1
        /\ UNCHANGED <<rounds, site, literal, stale, todo, busy>>
     \/ /\ next = 1 /\ literal' = TRUE /\ next' = 2
        /\ UNCHANGED <<rounds, site, live, stale, todo, busy>>
     \/ /\ next = 2 /\ WriteSite /\ next' = 3
        /\ UNCHANGED <<rounds, literal, live, todo, busy>>
     \/ /\ next = 3 /\ AskToSynchronize /\ next' = 4
        /\ UNCHANGED <<rounds, site, literal, live, stale, busy>>
     \/ /\ next = 4 /\ Synchronized /\ WriteSite /\ next' = 5
        /\ UNCHANGED <<rounds, literal, live, todo, busy>>
     \/ /\ next = 5 /\ (IF SyncAgain THEN AskToSynchronize ELSE UNCHANGED todo) /\ next' = 6
        /\ UNCHANGED <<rounds, site, literal, live, stale, busy>>
     \/ /\ next = 6 /\ Synchronized /\ next' = 7
        /\ IF Late THEN AskToLeave /\ UNCHANGED literal ELSE literal' = FALSE /\ UNCHANGED busy
        /\ UNCHANGED <<rounds, site, live, stale, todo>>
     \/ /\ next = 7 /\ (Late => Left) /\ next' = 8
        /\ IF Late THEN literal' = FALSE /\ UNCHANGED busy ELSE AskToLeave /\ UNCHANGED literal
        /\ UNCHANGED <<rounds, site, live, stale, todo>>
     \/ /\ next = 8 /\ Left /\ live' = FALSE /\ rounds' = rounds - 1 /\ next' = 0
        /\ UNCHANGED <<site, literal, stale, todo, busy>>

Next == Patch \/ \E c \in Cpus : Fetch(c) \/ Load(c) \/ Use(c) \/ Refill(c)
Spec == Init /\ [][Next]_vars
Safe == \A c \in Cpus : (pc[c] = 2 /\ read[c]) => live
=============================================================================
