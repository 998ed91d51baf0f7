"""What workers do in `test_pool.py`; here so that it can be imported by name in a worker."""

import os
import signal
import sys
from pathlib import Path


def square(number: int) -> int:
    return number * number


def process_id() -> int:
    return os.getpid()


def fail(message: str) -> None:
    raise ValueError(message)


class Stubborn(Exception):
    """Cannot be sent to another process."""

    def __init__(self, one: int, two: int) -> None:
        super().__init__(one)


def fail_stubbornly() -> None:
    raise Stubborn(1, 2)


def kill_once(marker: Path) -> str:
    """Kill this worker unless the marker is there; make it before."""
    if not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "done"


def kill_always() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def wait_for(pipe: Path, started: Path) -> str:
    """Until somebody opens the pipe to write."""
    partial = started.with_suffix(".partial")
    partial.write_text(str(os.getpid()))
    partial.replace(started)
    pipe.open("rb").close()
    return "waited"


def parent(directory: Path) -> None:
    """A program of its own: two workers that would go on for ever, and their pids in files."""
    from functools import partial

    from ftrace_actors.explore.pool import open_pool

    os.mkfifo(directory / "never")
    with open_pool(2) as pool:
        futures = [
            pool.submit(partial(wait_for, directory / "never", directory / f"worker{number}"))
            for number in range(2)
        ]
        for future in futures:
            future.result()


if __name__ == "__main__":
    parent(Path(sys.argv[1]))
