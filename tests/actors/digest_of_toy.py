"""Run as a script by `test_equivalence`: print digests of toy runs, made under odd trio settings."""

import sys

import trio
from toys import toy

from ftrace_actors.actors import run_bare
from ftrace_actors.actors.drivers.trio_driver import run_trio

TAPES = [b"", bytes(range(256)) * 4, bytes((i * i) % 251 for i in range(2000))]


def main(driver: str, flag: str, seed: str) -> None:
    trio._core._run._ALLOW_DETERMINISTIC_SCHEDULING = flag == "flag"
    trio._core._run._r.seed(int(seed))
    # Other addresses for whatever trio keeps in sets.
    ballast = [bytes(int(seed) % 97 + 1) for _ in range(int(seed))]
    for tape in TAPES:
        world = toy(tape)
        outcome = run_bare(world.conductor) if driver == "bare" else trio.run(run_trio, world.conductor)
        sys.stdout.write(f"{outcome.digest} {outcome.status}\n")
    del ballast


if __name__ == "__main__":
    main(*sys.argv[1:])
