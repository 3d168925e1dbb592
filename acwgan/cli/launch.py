"""``acwgan launch``: trains in several processes of this machine."""

import argparse
import sys
from pathlib import Path

from acwgan.cli.options import Combinations, Number
from acwgan.cli.output import note
from acwgan.cli.parser import Commands
from acwgan.cli.train import COMBINATIONS
from acwgan.devices.launcher import launch
from acwgan.errors import Range

_ABOUT = (
    "Train one GAN in several processes of this machine, each with its own part of every batch. If "
    "one dies, all are started again and continue from the newest checkpoint. All other options "
    "are those of acwgan train; launch gives each process its --index."
)
_COMBINATIONS = Combinations(apart={"index": "acwgan launch"})


def add_parser(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "launch",
        help="train in several processes of this machine, and restart them if one dies",
        usage="acwgan launch [--workers N] [--restarts N] [options of acwgan train ...]",
        description=_ABOUT,
    )
    parser.set_defaults(command=run)
    add = parser.add_argument
    about = "processes (default: %(default)s)"
    number = Number(Range(whole=True, at_least=1))
    add("--workers", metavar="N", type=number, default=2, help=about)
    about = "how often they may be restarted (default: %(default)s)"
    number = Number(Range(whole=True, at_least=0))
    add("--restarts", metavar="N", type=number, default=3, help=about)


def run(arguments: argparse.Namespace) -> int:
    """Run the command.

    Args:
        arguments: Arguments of the command; also ``words``, the options of ``acwgan train``, and
            ``train``, the same parsed.

    Returns:
        The exit status.

    Raises:
        UserError: If the options do not go together.
    """
    train, words = arguments.train, arguments.words
    for combinations in (COMBINATIONS, _COMBINATIONS):
        combinations.check({**train.given, "acwgan launch": True})
    config = (train.run_dir or Path("out") / (train.preset or "acwgan")) / "config.json"
    before = _written(config)

    def command(resume: bool) -> list[str]:
        own = words
        if resume and not train.resume:
            own = [*(word for word in words if word != "--overwrite"), "--resume"]
        return [sys.executable, "-m", "acwgan", "train", *own]

    return launch(
        command,
        arguments.workers,
        arguments.restarts,
        begun=lambda: train.resume or _written(config) != before,
        report=note,
    )


def _written(path: Path) -> int | None:
    """The time at which a file was written; None if there is no file."""
    return path.stat().st_mtime_ns if path.exists() else None
