"""``acwgan plot``: its options, and what they do. Nothing heavy is imported before it runs."""

from pathlib import Path

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
    from acwgan.plots.curves import plot
    from acwgan.runs.folder import named_runs

    plot(named_runs(arguments.runs), arguments.out)
    print(arguments.out)
    return 0
