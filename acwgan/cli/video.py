"""``acwgan video``: makes a video of a training. Nothing heavy is imported before it runs."""

import argparse
from pathlib import Path

from acwgan.cli.options import Number, file
from acwgan.cli.output import note, say
from acwgan.cli.parser import Commands
from acwgan.errors import Range

_ABOUT = (
    "Make a video of a training: its sample pictures, with step and losses. Two runs are shown "
    "side by side, step by step. A run that is still training can be shown too."
)


def add_parser(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "video", help="make a video of a training, or of two side by side", description=_ABOUT
    )
    parser.set_defaults(command=run)
    add = parser.add_argument
    add("run", metavar="RUN", type=Path, help="run folder")
    add("other", metavar="RUN2", nargs="?", type=Path, help="run folder to compare with")
    about = "new video, .gif, or .mp4 with the extra acwgan[video] (default: RUN's name and .gif)"
    add("--out", metavar="FILE", type=file(".gif", ".mp4"), help=about)
    about = "generator steps in a second of the video (default: %(default)s)"
    speed = Number(Range(above=0))
    add("--steps-per-second", metavar="X", type=speed, default=250, help=about)
    about = "side of a pixel (default: so that a picture is about 560 pixels wide)"
    add("--scale", metavar="N", type=Number(Range(whole=True, at_least=1)), help=about)


def run(arguments: argparse.Namespace) -> int:
    """Run the command.

    Args:
        arguments: Arguments of the command.

    Returns:
        The exit status.

    Raises:
        UserError: If a run cannot be shown, or the options do not suit it.
    """
    from acwgan.cli.progress_bar import CountLine
    from acwgan.plots.video import Video
    from acwgan.runs.folder import named_runs

    runs = named_runs([path for path in (arguments.run, arguments.other) if path is not None])
    out = arguments.out or Path("-".join(name.split("/")[-1] for name in runs) + ".gif")
    try:
        video = Video(runs, out, arguments.steps_per_second, arguments.scale)
        with CountLine(len(video), "pictures") as line:
            video.save(line.show)
    except KeyboardInterrupt:
        note("Stopped; nothing was written.")
        return 130
    say(out)
    return 0
