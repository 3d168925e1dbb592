"""``acwgan board``: TensorBoard with the options that a run needs."""

import argparse
import contextlib
import io
import os
import signal
import sys
import threading
import types
from pathlib import Path

from acwgan.cli.options import Number
from acwgan.cli.output import say
from acwgan.cli.parser import Commands
from acwgan.errors import Range, UserError

_ABOUT = (
    "Show runs in TensorBoard, with every sample picture; runs that are still training are "
    "updated. Ctrl-C ends it."
)
#: Seconds after which TensorBoard reads the files again.
_RELOAD_SECONDS = 5
#: Pictures of a tag that TensorBoard keeps; its default is 10.
_PICTURES = 100_000


def add_parser(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser("board", help="show runs in TensorBoard", description=_ABOUT)
    parser.set_defaults(command=run)
    add = parser.add_argument
    about = "folder with runs in it, or a run folder (default: %(default)s)"
    add("dir", metavar="DIR", nargs="?", type=Path, default=Path("out"), help=about)
    about = "port of the page; 0 for any free one (default: 6006, or the next free one)"
    port = Number(Range(whole=True, at_least=0, at_most=65_535))
    add("--port", metavar="N", type=port, help=about)
    about = "address to listen on (default: %(default)s)"
    add("--host", metavar="NAME", default="127.0.0.1", help=about)
    add("--open", action="store_true", help="open the page in the browser")


def run(arguments: argparse.Namespace) -> int:
    """Run the command.

    Args:
        arguments: Arguments of the command.

    Returns:
        The exit status.

    Raises:
        UserError: If the folder has no runs, or the server cannot listen.
    """
    _check(arguments.dir)
    # Either signal is the normal end.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        address = _launch(arguments.dir, arguments.host, arguments.port)
        say(f"TensorBoard shows {arguments.dir} at {address} (Ctrl-C ends it)")
        if arguments.open:
            import webbrowser

            webbrowser.open(address)
        threading.Event().wait()
    except KeyboardInterrupt:
        pass
    return 0


def _check(folder: Path) -> None:
    """Refuse a folder in which TensorBoard would find nothing."""
    if not folder.is_dir():
        raise UserError(
            f"{folder}: is not a folder; give a run folder, or a folder with runs in it"
        )
    # TensorBoard follows links to runs elsewhere too.
    walk = os.walk(folder, followlinks=True)
    if not any("tfevents" in name for _, _, names in walk for name in names):
        raise UserError(f"{folder}: has no runs in it (no event files)")


def _launch(folder: Path, host: str, port: int | None) -> str:
    """Start the server in its own thread; returns its address. TensorBoard finds a free port."""
    # TensorBoard's own switch against TensorFlow, which its projector imports: 350 MB, and lines on
    # standard error.
    sys.modules.setdefault("tensorboard.compat.notf", types.ModuleType("notf"))
    from tensorboard import program

    board = program.TensorBoard()
    board.configure(
        logdir=os.path.abspath(folder),  # TensorBoard would expand a leading ~.
        host=host,
        port=port,
        reload_interval=_RELOAD_SECONDS,
        samples_per_plugin={"images": _PICTURES},
    )
    try:
        # Its note on the fast reader of event files is not for users.
        with contextlib.redirect_stderr(io.StringIO()):
            return board.launch()
    except (program.TensorBoardServerException, OSError, SystemExit) as error:
        where = f"--host {host}" if port is None else f"--host {host} --port {port}"
        # Its server raises SystemExit if it cannot listen; the context is the reason.
        reason = error.__context__ if isinstance(error, SystemExit) else error
        fault = getattr(reason, "msg", None) or getattr(reason, "strerror", None) or reason
        raise UserError(f"{where}: {fault}") from error
