"""``completion``: what a shell needs to complete commands and options."""

from __future__ import annotations

from typing import Literal

from .exit_codes import ExitCode
from .options import Here

__all__ = ["command"]


def command(shell: Literal["bash", "zsh", "fish"], /, *, session: Here) -> int:
    """A script by which a shell completes commands and options; docs/install.md says where to put it.

    Parameters
    ----------
    shell
        bash, zsh or fish.
    """
    from .app import build_app  # noqa: PLC0415  # it names this module

    session.plain(build_app().generate_completion(shell=shell).rstrip("\n"))
    return ExitCode.OK
