"""Mailboxes: a FIFO for each pair, and who is served first is a choice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftrace_actors.actors import Actor, ConductError, Conductor, DullChooser, Kind, Mailbox, run_bare
from ftrace_actors.actors.drivers.entering import park_here
from ftrace_actors.actors.drivers.trio_driver import memory_channel
from ftrace_actors.actors.mailbox import Envelope, Letters, deque_channel

from .toys import BytesChooser, Scripted


def two_senders(conductor: Conductor, got: list[object], count: int = 3) -> None:
    box = Mailbox("box")

    async def sender(me: Actor) -> None:
        for number in range(count):
            await me.send(box, (me.name, number))

    async def receiver(me: Actor) -> None:
        got.extend([(await me.receive(box)).payload for _ in range(2 * count)])

    Scripted(conductor, "a", sender)
    Scripted(conductor, "b", sender)
    Scripted(conductor, "z", receiver)


@given(st.binary(max_size=60))
def test_messages_of_one_sender_never_overtake_each_other(tape: bytes) -> None:
    got: list[object] = []
    conductor = Conductor(BytesChooser(tape))
    two_senders(conductor, got)
    run_bare(conductor)
    for name in "ab":
        assert [number for sender, number in got if sender == name] == [0, 1, 2]


def test_option_0_delivers_the_oldest_message(run) -> None:
    got: list[object] = []
    conductor = Conductor(DullChooser())
    two_senders(conductor, got)
    run(conductor)
    assert got == [(name, number) for name in "ab" for number in range(3)]


def test_deliver_picks_another_channel_but_never_its_second_message(run) -> None:
    class SecondChannel(DullChooser):
        def choose(self, kind, count, actors) -> int:
            return 1 if kind is Kind.DELIVER else 0

    got: list[object] = []
    conductor = Conductor(SecondChannel())
    two_senders(conductor, got)
    run(conductor)
    # The heads are (a 0, b 0), then (a 0, b 1), (a 0, b 2); once b has no more, nothing is left to choose.
    assert got == [("b", 0), ("b", 1), ("b", 2), ("a", 0), ("a", 1), ("a", 2)]
    assert {pick.kind for pick in conductor.tape.picks} == {Kind.DELIVER}
    assert [pick.count for pick in conductor.tape.picks] == [2, 2, 2]


def test_deliver_chooses_across_inboxes_by_age() -> None:
    conductor = Conductor(BytesChooser(b"\x01"))
    boxes = [Mailbox("first"), Mailbox("second")]
    conductor.post(boxes[1], "older", sender=7)
    conductor.post(boxes[0], "newer", sender=7)
    got = []

    async def receiver(me: Actor) -> None:
        for _ in range(2):
            woken = await me.wait(inboxes=boxes, point="any")
            got.append((woken.mailbox.name, woken.envelope.payload))

    Scripted(conductor, "r", receiver)
    run_bare(conductor)
    assert got == [("first", "newer"), ("second", "older")]


def test_envelopes_tell_sender_sequence_and_cause(run) -> None:
    conductor = Conductor(DullChooser())
    box = Mailbox("box")
    conductor.post(box, "before")
    got = []

    async def sender(me: Actor) -> None:
        await me.send(box, "sent", cause=42)
        me.post(box, "for a task", sender=1007)

    async def receiver(me: Actor) -> None:
        got.extend([await me.receive(box) for _ in range(3)])

    Scripted(conductor, "s", sender)
    Scripted(conductor, "r", receiver)
    run(conductor)
    assert got == [
        Envelope(-1, 0, None, "before"),
        Envelope(0, 1, 42, "sent"),
        Envelope(1007, 2, None, "for a task"),
    ]


def test_poll_takes_what_is_there_without_waiting() -> None:
    conductor = Conductor(DullChooser())
    box = Mailbox("box")
    conductor.post(box, "one")
    got = []

    async def poller(me: Actor) -> None:
        before = conductor.steps
        got.extend([me.poll(box), me.poll(box)])
        assert conductor.steps == before

    Scripted(conductor, "p", poller)
    run_bare(conductor)
    assert got[0].payload == "one"
    assert got[1] is None


@pytest.mark.parametrize("factory", [deque_channel, memory_channel])
def test_taking_from_a_sender_who_sent_nothing_is_a_bug(factory) -> None:
    box = Letters(Mailbox("box"))
    box.put(Envelope(1, 0, None, "x"), factory)
    with pytest.raises(ConductError, match="nothing from sender 2"):
        box.take(2)
    assert (len(box.arrivals), box.take(1).payload, len(box.arrivals)) == (1, "x", 0)
    box.close()


def test_two_actors_may_not_wait_on_one_mailbox(run) -> None:
    conductor = Conductor(DullChooser())
    box = Mailbox("box")

    async def receiver(me: Actor) -> None:
        await me.receive(box)

    Scripted(conductor, "a", receiver)
    Scripted(conductor, "b", receiver)
    with pytest.raises(ConductError, match="'b' and 'a' both wait on mailbox 'box'"):
        run(conductor)


def test_a_mailbox_may_change_hands_between_waits(run) -> None:
    """The mailbox of a task that migrates: another actor receives for it."""
    conductor = Conductor(DullChooser())
    box = Mailbox("task")
    got = []

    async def receiver(me: Actor) -> None:
        got.append((me.name, (await me.receive(box)).payload))

    conductor.post(box, 1)
    conductor.post(box, 2)
    Scripted(conductor, "cpu0", receiver)
    Scripted(conductor, "cpu1", receiver)
    run(conductor)
    assert got == [("cpu0", 1), ("cpu1", 2)]


def test_heads_are_the_first_of_each_channel_oldest_first() -> None:
    box = Letters(Mailbox("box"))
    for sequence, sender in ((2, 9), (3, 4), (5, 9), (6, 4)):
        box.put(Envelope(sender, sequence, None, ""), deque_channel)
    assert box.heads() == [(2, 9), (3, 4)]


def test_channels_are_let_go_when_a_run_ends(run) -> None:
    conductor = Conductor(DullChooser())
    box = Mailbox("nobody reads this")

    async def sender(me: Actor) -> None:
        await me.send(box, "x")

    Scripted(conductor, "s", sender)
    run(conductor)
    assert (conductor.pending(box), conductor.letters(box).opened) == (0, False)


def test_a_state_refuses_two_mailboxes_of_one_label() -> None:
    conductor = Conductor(DullChooser())
    Actor(conductor, "a")
    for _ in range(2):
        conductor.post(Mailbox("reply"), "x")
    conductor.start(deque_channel, park_here)
    with pytest.raises(ConductError, match="two mailboxes are labelled 'reply'"):
        conductor.mail()
