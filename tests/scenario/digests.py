"""Run as a script by `test_determinism`: digests of the same runs, made under odd settings of trio and Python."""

import sys
from pathlib import Path

import trio

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.scenario.runs import chooser, world_of


def main(driver: str, flag: str, seed: str, *names: str) -> None:
    """Print a line for each of the first runs of each scenario."""
    trio._core._run._ALLOW_DETERMINISTIC_SCHEDULING = flag == "flag"
    trio._core._run._r.seed(int(seed))
    ballast = [bytes(int(seed) % 97 + 1) for _ in range(int(seed))]  # other addresses for what sits in sets
    for name in names:
        for run in range(6):
            result = world_of(name).run(chooser(name, run), driver=driver, record=True)
            sys.stdout.write(f"{name} {run} {result.verdict} {result.positions} {result.digest}\n")
    del ballast


if __name__ == "__main__":
    main(*sys.argv[1:])
