"""Worker processes outlive nobody, and a killed one loses nothing but what it was at."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Event

import pytest

from ftrace_actors.errors import ModelError
from ftrace_actors.explore.pool import Pool, WorkersLost, as_completed, open_pool
from tests.cli.conftest import REPO, environment
from tests.explore import jobs
from tests.explore.processes import alive, command_of, descendants, until

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at /proc")


@pytest.fixture
def pool() -> Iterator[Pool]:
    with open_pool(2) as opened:
        yield opened


def fork_servers(pid: int) -> list[int]:
    return [child for child in descendants(pid) if "multiprocessing.forkserver" in command_of(child)]


def test_jobs_are_done_by_as_many_processes_as_there_may_be(pool: Pool) -> None:
    futures = [pool.submit(partial(jobs.square, number)) for number in range(20)]
    assert sorted(future.result() for future in as_completed(futures)) == [n * n for n in range(20)]
    workers = {pool.submit(jobs.process_id).result() for _ in range(20)}
    assert os.getpid() not in workers
    assert len(workers) <= 2


def test_what_a_job_raises_is_raised_with_where_that_was(pool: Pool) -> None:
    with pytest.raises(ValueError, match="no such thing") as caught:
        pool.submit(partial(jobs.fail, "no such thing")).result()
    assert "jobs.py" in "".join(caught.value.__notes__)
    with pytest.raises(ModelError, match="Stubborn: 1"):
        pool.submit(jobs.fail_stubbornly).result()
    with pytest.raises(Exception, match="local object"):  # from 3.13 on it says no "pickle"
        pool.submit(lambda: 1).result()
    assert pool.submit(partial(jobs.square, 3)).result() == 9


def test_the_job_of_a_killed_worker_is_done_again_and_others_go_on(pool: Pool, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "go")
    waiting = pool.submit(partial(jobs.wait_for, tmp_path / "go", tmp_path / "started"))
    assert until((tmp_path / "started").exists)
    assert pool.submit(partial(jobs.kill_once, tmp_path / "killed")).result() == "done"
    with pytest.raises(WorkersLost):
        pool.submit(jobs.kill_always).result()
    assert not waiting.done()
    (tmp_path / "go").open("wb").close()
    assert waiting.result() == "waited"


def test_a_killed_fork_server_costs_nothing(pool: Pool, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "go")
    waiting = pool.submit(partial(jobs.wait_for, tmp_path / "go", tmp_path / "started"))
    assert until((tmp_path / "started").exists)
    for server in fork_servers(os.getpid()):
        os.kill(server, signal.SIGKILL)
        assert until(lambda server=server: not alive(server))
    assert pool.submit(partial(jobs.kill_once, tmp_path / "killed")).result() == "done"
    worker = int((tmp_path / "started").read_text())
    (tmp_path / "go").open("wb").close()
    assert waiting.result() == "waited"
    pool.close()
    assert until(lambda: not alive(worker))


def test_signals_to_the_whole_group_do_not_reach_workers(pool: Pool) -> None:
    worker = pool.submit(jobs.process_id).result()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        for pid in (worker, *fork_servers(os.getpid())):
            os.kill(pid, number)
    assert worker in {pool.submit(jobs.process_id).result() for _ in range(20)}


def test_closing_ends_workers_that_are_busy(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "never")
    with open_pool(1) as pool:
        busy = pool.submit(partial(jobs.wait_for, tmp_path / "never", tmp_path / "started"))
        queued = pool.submit(jobs.process_id)
        assert until((tmp_path / "started").exists)
    assert not alive(int((tmp_path / "started").read_text()))
    for future in (busy, queued):
        with pytest.raises(WorkersLost):
            future.result(timeout=5)


def test_a_worker_that_ends_while_the_pool_is_closed_is_let_go_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    close = Connection._close
    noticed = Event()

    def slowly(line: Connection) -> None:
        """Closing takes until the thread of that worker has seen it end, and tries the same."""
        if noticed.is_set():
            close(line)
            return
        noticed.set()
        close(line)
        Event().wait(0.3)

    os.mkfifo(tmp_path / "never")
    with open_pool(1) as pool:
        busy = pool.submit(partial(jobs.wait_for, tmp_path / "never", tmp_path / "started"))
        assert until((tmp_path / "started").exists)
        monkeypatch.setattr(Connection, "_close", slowly)
    with pytest.raises(WorkersLost):
        busy.result(timeout=5)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_everybody_ends_with_the_parent_and_lets_go_of_its_output(tmp_path: Path, number: int) -> None:
    program = subprocess.Popen(
        [sys.executable, "-m", "tests.explore.jobs", str(tmp_path)],
        cwd=REPO,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert until(lambda: all((tmp_path / f"worker{number}").exists() for number in range(2)))
    family = descendants(program.pid)
    assert len(family) >= 3  # a fork server and two workers, at least
    program.send_signal(number)
    out, err = program.communicate(timeout=20)  # comes back when nobody has the pipes any more
    assert (out, err) == (b"", b"")
    assert until(lambda: not any(map(alive, family)), 10)
