"""``acwgan plot``: draws curves. Nothing heavy is imported before it runs."""

import argparse
from pathlib import Path

from acwgan.cli.options import file
from acwgan.cli.output import say
from acwgan.cli.parser import Commands

_ABOUT = (
    "Draw the losses, the Wasserstein estimate and the quality of a run, or of several runs for "
    "comparison. A run that is still training can be drawn too."
)


def add_parser(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "plot", help="draw the curves of one run or several", description=_ABOUT
    )
    parser.set_defaults(command=run)
    parser.add_argument("runs", metavar="RUN", nargs="+", type=Path, help="run folder")
    about = "new picture, .png or .svg (default: %(default)s)"
    out = file(".png", ".svg")
    parser.add_argument("--out", metavar="FILE", type=out, default=Path("plot.png"), help=about)


def run(arguments: argparse.Namespace) -> int:
    """Run the command.

    Args:
        arguments: Arguments of the command.

    Returns:
        The exit status.

    Raises:
        UserError: If a run cannot be drawn.
    """
    from acwgan.plots.curves import plot
    from acwgan.runs.folder import named_runs

    plot(named_runs(arguments.runs), arguments.out)
    say(arguments.out)
    return 0
