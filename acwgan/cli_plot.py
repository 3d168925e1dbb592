"""``acwgan plot``: its options, and what they do. Nothing heavy is imported before it runs."""

import os
from itertools import count
from pathlib import Path

from acwgan.errors import UserError

#: What people must know of the curves.
_ABOUT = (
    "Draw the losses, the Wasserstein estimate and the quality of a run, or of several to compare "
    "them. A run that is still training can be drawn too."
)


def add_parser(commands) -> None:
    """Add the command.

    Args:
        commands: What ``ArgumentParser.add_subparsers`` returned.
    """
    parser = commands.add_parser(
        "plot", help="draw the curves of one run or several", description=_ABOUT
    )
    parser.set_defaults(command=_plot)
    parser.add_argument("runs", metavar="RUN", nargs="+", type=Path, help="run folder")
    parser.add_argument(
        "--out",
        metavar="FILE",
        type=Path,
        default=Path("plot.png"),
        help="the picture, .png or .svg (default: plot.png)",
    )


def _plot(arguments) -> int:
    from acwgan.plot import plot

    plot(_named(arguments.runs), arguments.out)
    print(arguments.out)
    return 0


def _named(runs) -> dict[str, Path]:
    """The last folder of each path as its name, with as many before it as make it the only one."""
    # Not resolve(): a link is called what the user calls it.
    parts = [Path(os.path.abspath(run)).parts for run in runs]
    named = {}
    for run, own in zip(runs, parts, strict=True):
        if parts.count(own) > 1:
            raise UserError(f"{run}: is given twice")
        depth = next(n for n in count(1) if [p[-n:] for p in parts].count(own[-n:]) == 1)
        named["/".join(own[-depth:])] = run
    return named
