"""``acwgan launch``: all workers of a run on this machine."""

import sys
from pathlib import Path

from acwgan.cli.options import whole
from acwgan.devices.launcher import launch
from acwgan.errors import UserError


def add_parser(commands) -> None:
    """Add the command.

    Args:
        commands: The subparsers of the command line.
    """
    parser = commands.add_parser(
        "launch",
        help="train in several processes of this machine, and start them again when one dies",
        usage="acwgan launch [--workers N] [--restarts N] [words of acwgan train ...]",
    )
    parser.add_argument("--workers", metavar="N", default="2", help="processes (2)")
    parser.add_argument(
        "--restarts", metavar="N", default="3", help="how often all may start again (3)"
    )
    # main puts the words of train into ``words``, and what they mean into ``train``.
    parser.set_defaults(command=_launch, train=None)


def _launch(arguments) -> int:
    workers = whole("--workers", arguments.workers, at_least=1)
    restarts = whole("--restarts", arguments.restarts, at_least=0)
    train, words = arguments.train, arguments.words
    if train.index is not None:
        raise UserError("--index: launch gives each worker its own; leave it out")
    config = (train.run_dir or Path("out") / (train.preset or "acwgan")) / "config.json"
    before = _written(config)

    def command(go_on):
        own = words
        if go_on and not train.resume:
            own = [*(word for word in words if word != "--overwrite"), "--resume"]
        return [sys.executable, "-m", "acwgan", "train", *own]

    return launch(
        command,
        workers,
        restarts,
        begun=lambda: train.resume or _written(config) != before,
        report=lambda line: print(line, file=sys.stderr, flush=True),
    )


def _written(path):
    return path.stat().st_mtime_ns if path.exists() else None
