"""Waiting with guards and timers, and how runs end: done, stopped, deadlock, livelock."""

import pytest

from ftrace_actors.actors import (
    Actor,
    Busy,
    Conductor,
    DullChooser,
    Kind,
    Mailbox,
    RunOutcome,
    Status,
    WaitEdge,
    Wake,
    run_bare,
)
from ftrace_actors.actors.outcome import cycle_of

from .toys import BytesChooser, Scripted


def test_a_guard_lets_its_actor_go_on_once_true(run) -> None:
    conductor = Conductor(DullChooser())
    log: list[object] = []

    async def waiter(me: Actor) -> None:
        woken = await me.wait(guard=lambda: "set" in log, point="flag")
        log.append(woken.by)

    async def setter(me: Actor) -> None:
        await me.step("str")
        log.append("set")

    Scripted(conductor, "waiter", waiter)
    Scripted(conductor, "setter", setter)
    assert run(conductor).status is Status.DONE
    assert log == ["set", Wake.GUARD]


def test_a_guard_that_became_false_again_blocks_again() -> None:
    """Nothing is latched: a guard holds when its actor is chosen."""
    conductor = Conductor(DullChooser())
    gate = [False]
    log = []

    async def waiter(me: Actor) -> None:
        await me.wait(guard=lambda: gate[0], point="gate")
        log.append(gate[0])

    async def flapper(me: Actor) -> None:
        for value in (True, False, True, False, True):
            await me.step("str")
            gate[0] = value

    # Created first, so that option 0 prefers it while both are enabled.
    Scripted(conductor, "flapper", flapper)
    Scripted(conductor, "waiter", waiter)
    run_bare(conductor)
    assert log == [True]


def test_message_or_guard_is_a_deliver_choice_with_the_guard_last() -> None:
    for picked, by in ((0, Wake.MESSAGE), (1, Wake.GUARD)):
        chooser = BytesChooser(bytes([picked]))
        conductor = Conductor(chooser)
        box = Mailbox("box")
        conductor.post(box, "m")
        log = []

        async def waiter(me: Actor, box: Mailbox = box, log: list[Wake] = log) -> None:
            log.append((await me.wait(inboxes=[box], guard=lambda: True, point="either")).by)

        Scripted(conductor, "w", waiter)
        run_bare(conductor)
        assert log == [by]
        assert chooser.asked == [(Kind.DELIVER, 2, ())]


def test_timers_fire_only_when_nothing_else_is_enabled_the_earliest_first(run) -> None:
    conductor = Conductor(DullChooser())
    log: list[object] = []

    async def sleeper(me: Actor) -> None:
        await me.sleep({"late": 9, "early": 4}[me.name])
        log.append((me.name, conductor.now))

    async def worker(me: Actor) -> None:
        for _ in range(3):
            await me.step("str")
            log.append("work")

    Scripted(conductor, "late", sleeper)
    Scripted(conductor, "early", sleeper)
    Scripted(conductor, "worker", worker)
    assert run(conductor).status is Status.DONE
    assert log == ["work"] * 3 + [("early", 4), ("late", 9)]
    assert conductor.statistics().timers == 2


def test_which_timer_fires_is_a_choice_and_time_never_goes_back() -> None:
    class LaterTimer(DullChooser):
        def choose(self, kind, count, actors) -> int:
            return count - 1 if kind is Kind.TIMER else 0

    conductor = Conductor(LaterTimer())
    log = []

    async def sleeper(me: Actor) -> None:
        await me.sleep(9 if me.name == "late" else 4)
        log.append((me.name, conductor.now))

    Scripted(conductor, "early", sleeper)
    Scripted(conductor, "late", sleeper)
    run_bare(conductor)
    assert log == [("late", 9), ("early", 9)]


def test_two_guards_on_each_other_are_a_deadlock_with_its_cycle(run) -> None:
    conductor = Conductor(DullChooser())

    async def waiter(me: Actor) -> None:
        other = {"a": "b", "b": "a"}[me.name]
        await me.wait(guard=lambda: False, point="lock", waits_for=other)

    async def bystander(me: Actor) -> None:
        await me.wait(guard=lambda: False, point="idle", waits_for=lambda: ["a", "somebody"])

    Scripted(conductor, "x", bystander)
    Scripted(conductor, "a", waiter)
    Scripted(conductor, "b", waiter)
    outcome = run(conductor)
    assert outcome.status is Status.DEADLOCK
    assert outcome.cycle == ("a", "b")
    assert outcome.render().splitlines() == [
        "deadlock after 4 steps, 2 choices",
        "  x at idle waits for a",
        "  x at idle waits for somebody",
        "* a at lock waits for b",
        "* b at lock waits for a",
        "cycle: a -> b -> a",
    ]


def test_a_cycle_may_lead_through_edges_of_the_floors_above() -> None:
    conductor = Conductor(DullChooser(), wait_edges=lambda: [WaitEdge("task", "mutex", "cpu0")])

    async def cpu(me: Actor) -> None:
        await me.wait(guard=lambda: False, point="gp", waits_for="task")

    Scripted(conductor, "cpu0", cpu)
    assert run_bare(conductor).cycle == ("cpu0", "task")


def test_receiving_from_nobody_is_a_deadlock(run) -> None:
    conductor = Conductor(DullChooser())
    box = Mailbox("box")
    clean = []

    async def receiver(me: Actor) -> None:
        try:
            await me.receive(box, point="reply")
        finally:
            clean.append(me.name)

    Scripted(conductor, "r", receiver)
    outcome = run(conductor)
    assert outcome.status is Status.DEADLOCK
    assert outcome.waits == (WaitEdge("r", "reply", "a message in box"),)
    assert outcome.cycle == ()
    assert clean == ["r"]


def test_a_timer_may_rescue_those_who_wait(run) -> None:
    conductor = Conductor(DullChooser())
    box = Mailbox("box")
    log = []

    async def receiver(me: Actor) -> None:
        log.append((await me.receive(box)).payload)

    async def rescuer(me: Actor) -> None:
        woken = await me.wait(inboxes=[Mailbox("never")], timer=True, point="timeout")
        log.append(woken.by)
        await me.send(box, "late")

    Scripted(conductor, "receiver", receiver)
    Scripted(conductor, "rescuer", rescuer)
    assert run(conductor).status is Status.DONE
    assert log == [Wake.TIMER, "late"]


@pytest.mark.parametrize("rounds", [1, 4])
def test_ticking_without_progress_is_a_deadlock_after_enough_rounds(run, rounds: int) -> None:
    conductor = Conductor(DullChooser(), rounds=lambda: rounds)
    ticks = []

    async def cpu(me: Actor) -> None:
        while True:
            await me.wait(timer=True, point="wfi")
            ticks.append(me.name)
            await me.step("tick")

    async def stuck(me: Actor) -> None:
        await me.wait(guard=lambda: False, point="grace period", waits_for="a task that never runs")

    Scripted(conductor, "cpu0", cpu, daemon=True)
    Scripted(conductor, "cpu1", cpu, daemon=True)
    Scripted(conductor, "stuck", stuck)
    assert run(conductor).status is Status.DEADLOCK
    assert sorted(ticks) == ["cpu0"] * rounds + ["cpu1"] * rounds


def test_what_upper_floors_call_progress_postpones_the_verdict() -> None:
    conductor = Conductor(DullChooser())
    counted = []

    async def cpu(me: Actor) -> None:
        while True:
            await me.wait(timer=True, point="wfi")
            counted.append(1)
            conductor.note_progress()

    async def stuck(me: Actor) -> None:
        await me.wait(guard=lambda: len(counted) == 30, point="30 ticks")

    Scripted(conductor, "cpu0", cpu, daemon=True)
    Scripted(conductor, "stuck", stuck)
    assert run_bare(conductor).status is Status.DONE
    assert len(counted) == 30


def test_one_timer_cannot_starve_another_into_a_livelock() -> None:
    """A chooser that always prefers one timer gets it only `rounds` times without progress."""

    class LastTimer(DullChooser):
        def choose(self, kind, count, actors) -> int:
            return count - 1 if kind is Kind.TIMER else 0

    conductor = Conductor(LastTimer(), rounds=lambda: 3, steps_max=200)
    log = []

    async def rescuer(me: Actor) -> None:
        await me.wait(timer=True, point="timeout")
        log.append("rescued")

    async def ticker(me: Actor) -> None:
        while True:
            await me.wait(timer=True, point="tick")
            log.append("tick")

    Scripted(conductor, "rescuer", rescuer)
    Scripted(conductor, "ticker", ticker, daemon=True)
    assert run_bare(conductor).status is Status.DONE
    assert log == ["tick"] * 3 + ["rescued"]


def test_a_long_row_of_sleeps_is_no_deadlock() -> None:
    conductor = Conductor(DullChooser())

    async def sleeper(me: Actor) -> None:
        for _ in range(20):
            await me.sleep(1)

    Scripted(conductor, "s", sleeper)
    assert run_bare(conductor).status is Status.DONE
    assert conductor.now == 20


def test_sleeping_in_a_loop_for_ever_is_a_livelock_but_not_for_a_daemon() -> None:
    for daemon, status in ((False, Status.LIVELOCK), (True, Status.DEADLOCK)):
        conductor = Conductor(DullChooser(), steps_max=50, suffix_max=50)

        async def sleeper(me: Actor) -> None:
            while True:
                await me.sleep(1)

        async def stuck(me: Actor) -> None:
            await me.wait(guard=lambda: False, point="never")

        Scripted(conductor, "s", sleeper, daemon=daemon)
        Scripted(conductor, "w", stuck)
        assert run_bare(conductor).status is status


def test_idle_daemons_do_not_keep_a_run_alive(run) -> None:
    conductor = Conductor(DullChooser())
    box = Mailbox("box")

    async def server(me: Actor) -> None:
        while True:
            await me.receive(box)

    async def client(me: Actor) -> None:
        await me.send(box, "hello")

    Scripted(conductor, "server", server, daemon=True)
    Scripted(conductor, "client", client)
    assert run(conductor).status is Status.DONE
    assert conductor.pending(box) == 0


def test_the_finished_hook_replaces_the_count_of_actors() -> None:
    for answer, status in ((True, Status.DONE), (False, Status.DEADLOCK)):
        conductor = Conductor(DullChooser(), finished=lambda answer=answer: answer)

        async def idle(me: Actor) -> None:
            await me.receive(Mailbox("idle"), waits_for="a wake-up")

        Scripted(conductor, "cpu0", idle, daemon=True)
        outcome = run_bare(conductor)
        assert outcome.status is status
    assert outcome.waits == (WaitEdge("cpu0", "receive", "a wake-up"),)


def test_an_unfair_run_finishes_in_the_fair_suffix_without_taking_positions(run) -> None:
    flag = []

    def world() -> Conductor:
        flag.clear()
        conductor = Conductor(DullChooser(), steps_max=20, suffix_max=50)

        async def spinner(me: Actor) -> None:
            while not flag:
                await me.step("ldr")
            assert me.choose(Kind.LOAD, 5, "ldr") == 0

        async def setter(me: Actor) -> None:
            await me.step("str")
            flag.append(1)

        Scripted(conductor, "spinner", spinner)
        Scripted(conductor, "setter", setter)
        return conductor

    outcome = run(world())
    assert outcome.status is Status.DONE
    assert 20 < outcome.steps < 30
    assert outcome.positions == 20


def test_a_livelock_names_who_kept_running(run) -> None:
    conductor = Conductor(DullChooser(), steps_max=20, suffix_max=11)

    async def spinner(me: Actor) -> None:
        while True:
            await me.step("casa", 0x40)

    async def stuck(me: Actor) -> None:
        await me.wait(guard=lambda: False, point="never")

    Scripted(conductor, "a", spinner)
    Scripted(conductor, "stuck", stuck)
    Scripted(conductor, "b", spinner)
    outcome = run(conductor)
    assert outcome.status is Status.LIVELOCK
    # The first step of the suffix was a's already; "stuck" got its first turn there, to begin waiting.
    assert outcome.busy == (
        Busy("a", 6, "casa", 0x40),
        Busy("b", 5, "casa", 0x40),
        Busy("stuck", 1, "wait", "never"),
    )
    assert "a made 6 steps in the fair suffix, now at casa 64" in outcome.render()


def test_a_run_can_be_stopped_with_a_reason(run) -> None:
    conductor = Conductor(DullChooser())
    log = []

    async def finder(me: Actor) -> None:
        await me.step("ldr")
        conductor.stop("the next step needs undefined memory")
        log.append("still in its step")
        await me.step("ldr")
        log.append("never")

    Scripted(conductor, "f", finder)
    outcome = run(conductor)
    assert (outcome.status, outcome.reason) == (Status.STOPPED, "the next step needs undefined memory")
    assert log == ["still in its step"]


def test_cycles_are_found_behind_shared_and_dead_ends() -> None:
    edges = [WaitEdge(a, "p", b) for a, b in ("ab", "ac", "bd", "cd", "de", "xd", "yz", "zy")]
    assert cycle_of(edges) == ("y", "z")
    assert cycle_of(edges[:6]) == ()
    assert cycle_of([WaitEdge("a", "p", "a")]) == ("a",)


def test_outcomes_render_in_one_line_when_all_is_well() -> None:
    assert RunOutcome(Status.DONE, 7, 3).render() == "done after 7 steps, 3 choices"
    busy = RunOutcome(Status.LIVELOCK, 7, 3, busy=(Busy("a", 2, "ldr", "x"),))
    assert busy.render().endswith("  a made 2 steps in the fair suffix, now at ldr x")


def test_a_message_received_is_progress() -> None:
    """One round would do for a verdict, but each tick brings something new."""
    conductor = Conductor(DullChooser(), rounds=lambda: 1)
    box = Mailbox("box")

    async def ticker(me: Actor) -> None:
        while True:
            await me.wait(timer=True, point="tick")
            await me.send(box, "tick")

    async def counter(me: Actor) -> None:
        for _ in range(5):
            await me.receive(box)

    Scripted(conductor, "ticker", ticker, daemon=True)
    Scripted(conductor, "counter", counter)
    assert run_bare(conductor).status is Status.DONE
    assert conductor.statistics().timers == 5


def test_idle_daemons_are_not_in_the_graph_unless_they_wait_for_somebody() -> None:
    conductor = Conductor(DullChooser())

    async def idle(me: Actor) -> None:
        await me.receive(Mailbox(me.name), point="idle")

    async def serving(me: Actor) -> None:
        await me.receive(Mailbox(me.name), point="serving", waits_for="stuck")

    Scripted(conductor, "idle", idle, daemon=True)
    Scripted(conductor, "busy", serving, daemon=True)
    Scripted(conductor, "stuck", idle)
    assert run_bare(conductor).waits == (
        WaitEdge("busy", "serving", "stuck"),
        WaitEdge("stuck", "idle", "a message in stuck"),
    )
