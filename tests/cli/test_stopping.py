"""What asks jobs to end, in this process and in others."""

import os
import signal
from functools import partial

import pytest

from ftrace_actors.cli.stopping import Over, stoppable
from ftrace_actors.explore.pool import open_pool


def wait_for(over: Over) -> str:
    """In a worker process: go on until it is over."""
    while not over():
        os.sched_yield()
    return "ended by itself"


def test_a_job_in_another_process_hears_of_an_interrupt() -> None:
    with stoppable(None) as over, open_pool(1) as pool:
        job = pool.submit(partial(wait_for, over))
        assert not over()
        signal.raise_signal(signal.SIGINT)
        assert over()
        assert over.interrupted
        assert job.result(60) == "ended by itself"


def test_the_second_interrupt_does_not_wait() -> None:
    with stoppable(None):
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_time_is_up_without_an_interrupt() -> None:
    with stoppable(0.0) as over:
        assert over()
        assert not over.interrupted


def test_afterwards_nothing_is_left() -> None:
    before = signal.getsignal(signal.SIGINT)
    with stoppable(1000.0) as over:
        assert over.flag.parent.is_dir()
    assert not over.flag.parent.exists()
    assert signal.getsignal(signal.SIGINT) is before
