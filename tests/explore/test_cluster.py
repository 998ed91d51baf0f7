"""A real cluster of processes: campaigns come out as on one machine, whoever joins, leaves or is killed."""

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest
import trio

from ftrace_actors.errors import InputError
from ftrace_actors.explore import Campaign, Plan, cluster, open_workers, run_campaign
from ftrace_actors.explore.chunk import prepare
from ftrace_actors.explore.cluster import Cluster
from ftrace_actors.explore.pool import WorkersLost
from ftrace_actors.explore.store import RESULTS
from tests.cli.conftest import REPO, environment
from tests.explore import jobs
from tests.explore.processes import alive, until
from tests.explore.test_campaign import FLAKY, plan
from tests.explore.test_store import begin_of

pytest.importorskip("distributed", reason="an optional extra")


class Machines:
    """A scheduler, and workers that can be started and killed."""

    def __init__(self, place: Path, stack: ExitStack) -> None:
        self._place = place
        self._stack = stack
        self._file = place / "scheduler.json"
        self.scheduler = self._start("dask_scheduler", "--port", "0", "--host", "127.0.0.1")
        assert until(lambda: self._file.exists() and "tcp://" in self._file.read_text(), 60)
        self.address = next(part for part in self._file.read_text().split('"') if part.startswith("tcp://"))

    def worker(self) -> subprocess.Popen[bytes]:
        return self._start(
            "dask_worker", "--nthreads", "1", "--no-nanny", "--local-directory", str(self._place)
        )

    def _start(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        # In the checkout, so that workers find the toys.
        command = [sys.executable, "-m", f"distributed.cli.{program}", *arguments]
        process = subprocess.Popen(
            [*command, "--scheduler-file", str(self._file), "--no-dashboard"],
            cwd=REPO,
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._stack.callback(process.wait)
        self._stack.callback(process.kill)
        return process


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Dask sets variables of this process, and we have it say nothing."""
    variables = dict(os.environ)
    loggers = [logging.getLogger(name) for name in ("asyncio", *logging.root.manager.loggerDict)]
    levels = [logger.level for logger in loggers]
    yield
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)
    os.environ.clear()
    os.environ.update(variables)


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[Machines]:
    with ExitStack() as stack:
        yield Machines(tmp_path, stack)


async def on(address: str, what: Plan, kept: Path) -> Campaign:
    async with open_workers(2, address) as workers:
        with begin_of(kept, what) as store:
            return await run_campaign(what, workers, kept=store)


async def here(what: Plan, kept: Path) -> Campaign:
    async with open_workers(1) as workers:
        with begin_of(kept, what) as store:
            return await run_campaign(what, workers, kept=store)


async def test_a_worker_is_killed_and_another_one_comes(machines: Machines, tmp_path: Path) -> None:
    """The campaign begins when nobody is there; the first worker dies of its first run; a second one makes them all."""
    marker = tmp_path / "killed"
    marker.touch()
    what = plan(FLAKY + f"kill = {marker}\n", runs=60, rows=True)
    prepare(what)
    usual = await here(what, tmp_path / "here")
    marker.unlink()
    first = machines.worker()

    def look_on() -> None:
        first.wait()
        machines.worker()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.to_thread.run_sync, look_on)
        found = await on(machines.address, what, tmp_path / "there")
    assert first.returncode == -signal.SIGKILL
    assert found == usual
    assert (tmp_path / "there" / RESULTS).read_bytes() == (tmp_path / "here" / RESULTS).read_bytes()


def test_jobs_follow_the_workers_and_say_what_went_wrong(
    machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "_POLL", 0.1)
    far = Cluster(machines.address, 1)
    heard: list[int] = []
    far.on_change(heard.append)
    assert far.submit(partial(jobs.square, 3)).done() is False
    workers = [machines.worker(), machines.worker()]
    assert until(lambda: heard[-1] == 2, 60)
    assert far.submit(partial(jobs.square, 3)).result(60) == 9
    with pytest.raises(ValueError, match="no such thing"):
        far.submit(partial(jobs.fail, "no such thing")).result(60)
    monkeypatch.setattr(cluster, "__version__", "0.0.7")
    with pytest.raises(
        InputError, match=r"cannot do this: found version .* there; its workers need ftrace-actors 0\.0\.7"
    ):
        far.submit(partial(jobs.square, 3)).result(60)
    monkeypatch.undo()
    workers[0].kill()
    assert until(lambda: heard[-1] == 1, 60)
    machines.scheduler.kill()
    lost = far.submit(partial(jobs.square, 3))
    with pytest.raises(InputError, match=r"--cluster: tcp://.*: the scheduler is gone"):
        lost.result(60)
    far.close()


async def test_a_cluster_of_our_own_ends_with_us(tmp_path: Path) -> None:
    what = plan(FLAKY, runs=40, rows=True)
    usual = await here(what, tmp_path / "here")
    async with open_workers(2, "local") as workers:
        one = await trio.to_thread.run_sync(workers._executor.submit(jobs.process_id).result)  # type: ignore[attr-defined]
        assert alive(one)
        assert one != os.getpid()
        assert await run_campaign(what, workers) == usual
    assert until(lambda: not alive(one))


def test_what_has_no_scheduler_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_TIMEOUT", 0.3)
    for address in ("nonsense", "tcp://127.0.0.1:1", "quic://127.0.0.1:1"):
        with pytest.raises(
            InputError, match=f"^--cluster: {address}: no scheduler answers there: "
        ) as caught:
            Cluster(address, 1)
        assert "\n" not in str(caught.value)


def test_without_dask_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(
        InputError, match=r"--cluster: Dask is not installed; pip install 'ftrace-actors\[cluster\]'"
    ):
        Cluster("tcp://127.0.0.1:1", 1)


def test_dask_is_not_imported_unless_it_is_asked_for() -> None:
    """It takes two seconds."""
    code = "import sys, ftrace_actors.cli.run_command; sys.exit('distributed' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], env=environment(), check=False).returncode == 0


def test_what_is_still_wanted_when_a_cluster_is_left_is_given_up(machines: Machines) -> None:
    far = Cluster(machines.address, 1)
    waiting = far.submit(partial(jobs.square, 3))
    far.close()
    with pytest.raises(WorkersLost):
        waiting.result(30)
