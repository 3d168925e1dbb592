"""``acwgan video``: its options, and what they do. Nothing heavy is imported before it runs."""

import sys
from pathlib import Path

from acwgan.cli.options import above_zero, whole

#: What people must know of the video.
_ABOUT = (
    "Make a video of a training: its sample pictures, with step and losses. Two runs are shown "
    "side by side, on the same clock. A run that is still training can be shown too."
)


def add_parser(commands) -> None:
    """Add the command.

    Args:
        commands: What ``ArgumentParser.add_subparsers`` returned.
    """
    parser = commands.add_parser(
        "video", help="make a video of a training, or of two beside each other", description=_ABOUT
    )
    parser.set_defaults(command=_video)
    parser.add_argument("run", metavar="RUN", type=Path, help="run folder")
    parser.add_argument("other", metavar="RUN2", nargs="?", type=Path, help="one to compare with")
    parser.add_argument(
        "--out",
        metavar="FILE",
        type=Path,
        help="the video, .gif, or .mp4 with the extra acwgan[video] (default: RUN's name.gif)",
    )
    parser.add_argument(
        "--steps-per-second",
        metavar="X",
        default="250",
        help="generator steps in a second of the video (default: 250)",
    )
    parser.add_argument(
        "--scale",
        metavar="N",
        help="side of a pixel (default: so that a picture is about 560 pixels wide)",
    )


def _video(arguments) -> int:
    from acwgan.cli.progress_bar import CountLine
    from acwgan.plots.video import Video
    from acwgan.runs.folder import named_runs

    speed = above_zero("--steps-per-second", arguments.steps_per_second)
    scale = None if arguments.scale is None else whole("--scale", arguments.scale, at_least=1)
    runs = named_runs([run for run in (arguments.run, arguments.other) if run is not None])
    out = arguments.out or Path("-".join(name.split("/")[-1] for name in runs) + ".gif")
    try:
        video = Video(runs, out, speed, scale)
        with CountLine(len(video), "pictures") as line:
            video.save(line.show)
    except KeyboardInterrupt:
        print("Stopped; nothing was written.", file=sys.stderr)
        return 130
    print(out)
    return 0
