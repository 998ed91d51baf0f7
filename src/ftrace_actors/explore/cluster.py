"""Jobs on a cluster: Dask distributed, an optional extra, as another `Executor` than our own worker processes.

The scheduler of Dask gives a job to a worker that is free, and once more to another one when that worker is lost; so
workers may come, go and be killed.  What a job comes to does not depend on where it is done, which is why a campaign on
a cluster gives the bytes that it gives on one machine.  The scheduler gives a job up that has killed several workers
(its option `distributed.scheduler.allowed-failures`).

A job travels as bytes, which only the worker unpacks, together with the version of this program: a worker that has
another one refuses it, since runs may be others there.

Nothing of Dask is imported before a cluster is asked for: that takes two seconds.
"""

from __future__ import annotations

import logging
import pickle
import signal
from asyncio import CancelledError
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import ExitStack, suppress
from multiprocessing import resource_tracker
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import TYPE_CHECKING, Final, TypeVar

from .. import __version__
from ..endings import ENDINGS
from ..errors import InputError
from .pool import WorkersLost, outcome

if TYPE_CHECKING:
    from distributed import Client, LocalCluster
    from distributed import Future as DaskFuture

__all__ = ["JOBS_MAX", "LOCAL", "Cluster", "ClusterFailed"]

LOCAL: Final = "local"
"""The address that means worker processes on this machine, started for the purpose."""
JOBS_MAX: Final = 512
"""Jobs that are handed to a cluster at a time, at most."""
QUIET: Final = frozenset({"asyncio", "distributed", "tornado"})
"""Loggers that say nothing once a cluster is asked for."""
_TIMEOUT: Final = 10.0
"""Seconds in which a scheduler has to answer."""
_POLL: Final = 1.0
"""Seconds between two looks at how many workers there are."""

T = TypeVar("T")


class ClusterFailed(InputError):
    """A cluster does nothing, or no more.  No job is to blame, and no other will fare better."""

    def __init__(self, address: str, message: str) -> None:
        super().__init__("--cluster", address, message)


class Cluster:
    """Executes jobs on a cluster; see `pool.Executor`.

    `address` is that of a scheduler, as ``tcp://host:8786``, or `LOCAL` for `jobs` processes here.  Raises
    `ClusterFailed` when Dask is not installed and when no scheduler answers.
    """

    def __init__(self, address: str, jobs: int) -> None:
        self._address = address
        self._over = Event()
        self._ours = ExitStack()
        self._client = self._connected(jobs)
        self._jobs = 0
        self._changed: Callable[[int], None] = lambda _: None
        self._look()
        self._thread = Thread(target=self._watch, daemon=True)
        self._thread.start()

    @property
    def jobs(self) -> int:
        """How many jobs it does at a time now: one for each thread of a worker."""
        return self._jobs

    def on_change(self, changed: Callable[[int], None]) -> None:
        """Have `changed` called with `jobs` now, and in another thread whenever that changes."""
        self._changed = changed
        changed(self._jobs)

    def submit(self, call: Callable[[], T]) -> Future[T]:
        """Have `call`, which can be pickled, done by a worker.

        The future raises what it raises, `WorkersLost`, and `ClusterFailed`.
        """
        found: Future[T] = Future()
        far = self._client.submit(_work, __version__, pickle.dumps(call), pure=False)
        far.add_done_callback(lambda done: self._pass_on(done, found))
        return found

    def close(self) -> None:
        """Leave the cluster, or end it when it is ours; who still wants a result waits for it before."""
        self._over.set()
        with self._ours, suppress(OSError):
            self._client.close()
        self._thread.join(_TIMEOUT)

    # -- in the beginning ---------------------------------------------------------------------------------------------

    def _connected(self, jobs: int) -> Client:
        try:
            import distributed  # noqa: PLC0415  # see the head of this file
        except ImportError:
            raise ClusterFailed("", "Dask is not installed; pip install 'ftrace-actors[cluster]'") from None
        _quieten()
        resource_tracker.ensure_running()  # it lifts the block of signals in whichever thread starts it
        # Processes and threads that are started from here inherit the mask: what a signal means is decided by us.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)
        try:
            if self._address == LOCAL:
                return distributed.Client(self._started(distributed.LocalCluster, jobs), set_as_default=False)
            # A client that fails for want of a port is not done with before some time has passed.
            distributed.comm.get_address_host_port(self._address, strict=True)
            return distributed.Client(self._address, timeout=_TIMEOUT, set_as_default=False)
        except (OSError, ValueError) as error:
            raise ClusterFailed(self._address, f"no scheduler answers there: {_first_line(error)}") from None
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _started(self, make: Callable[..., LocalCluster], jobs: int) -> LocalCluster:
        """A cluster of our own, which leaves no files."""
        place = TemporaryDirectory(prefix="ftrace-actors-")
        self._ours.callback(place.cleanup)
        cluster = make(
            n_workers=jobs,
            threads_per_worker=1,
            processes=True,
            memory_limit=None,
            dashboard_address=":0",
            worker_dashboard_address=None,
            local_directory=place.name,
            silence_logs=logging.CRITICAL,
        )
        self._ours.callback(cluster.close)
        return cluster

    # -- in threads of ours and of Dask -------------------------------------------------------------------------------

    def _watch(self) -> None:
        while not self._over.wait(_POLL):
            self._look()

    def _look(self) -> None:
        try:
            threads = sum(self._client.nthreads().values())
        except Exception:  # noqa: BLE001  # boundary: jobs that are under way say what became of the cluster
            return
        jobs = min(threads, JOBS_MAX)
        if jobs != self._jobs:
            self._jobs = jobs
            self._changed(jobs)

    def _pass_on(self, done: DaskFuture[bytes], found: Future[T]) -> None:
        try:
            good, value = pickle.loads(done.result())  # from a worker of ours
        except (Exception, CancelledError) as error:  # noqa: BLE001  # boundary: whose job it was gets to know
            good, value = False, self._blamed(error)
        if good:
            found.set_result(value)
        else:
            found.set_exception(value)

    def _blamed(self, error: BaseException) -> Exception:
        """What became of a job that a worker did not finish."""
        from distributed import KilledWorker  # noqa: PLC0415  # it is loaded by now
        from distributed.client import FutureCancelledError  # noqa: PLC0415

        if isinstance(error, KilledWorker):
            return WorkersLost(str(error))
        if self._over.is_set():
            return WorkersLost("the cluster was left")
        if isinstance(error, (CancelledError, FutureCancelledError)):
            return ClusterFailed(self._address, "the scheduler is gone")
        why = f"{_first_line(error)}; its workers need ftrace-actors {__version__}"
        return ClusterFailed(self._address, f"cannot do this: {why}")


def _quieten() -> None:
    """What Dask logs of workers that come and go is not about runs; each of its loggers has a level of its own."""
    for name in ("asyncio", *list(logging.root.manager.loggerDict)):
        if name.partition(".")[0] in QUIET:
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)


# -- in the workers ---------------------------------------------------------------------------------------------------


def _work(version: str, pickled: bytes) -> bytes:
    """Do a job; the pickled outcome.  Raises `RuntimeError` where another version of the program is installed."""
    if version != __version__:
        raise RuntimeError(f"found version {__version__} there")
    return bytes(outcome(pickled))
