"""``acwgan board``: TensorBoard with the options that a run needs."""

import contextlib
import io
import os
import signal
import sys
import threading
import types
from pathlib import Path

from acwgan.cli.options import whole
from acwgan.errors import UserError

_ABOUT = (
    "Show runs in TensorBoard, those that are still training too, with every sample picture that "
    "was written. Ctrl-C ends it."
)
#: Seconds between two looks at the files.
_RELOAD = 5
#: Pictures of a tag that are kept; TensorBoard by itself keeps ten.
_PICTURES = 100_000


def add_parser(commands) -> None:
    """Add the command.

    Args:
        commands: What ``ArgumentParser.add_subparsers`` returned.
    """
    parser = commands.add_parser("board", help="show runs in TensorBoard", description=_ABOUT)
    parser.set_defaults(command=_board)
    parser.add_argument(
        "dir",
        metavar="DIR",
        nargs="?",
        type=Path,
        default=Path("out"),
        help="folder with runs in it, or one run folder (default: out)",
    )
    parser.add_argument(
        "--port", metavar="N", help="0 takes any free one (default: 6006, or the next free one)"
    )
    parser.add_argument(
        "--host", metavar="NAME", default="127.0.0.1", help="to listen on (default: 127.0.0.1)"
    )
    parser.add_argument("--open", action="store_true", help="open the page in the browser")


def _board(arguments) -> int:
    # Without one, TensorBoard looks for a free port itself.
    port = None if arguments.port is None else whole("--port", arguments.port, 0, 65_535)
    _check(arguments.dir)
    # A person ends it, by either signal: nothing went wrong.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        address = _launch(arguments.dir, arguments.host, port)
        print(f"TensorBoard shows {arguments.dir} at {address} (Ctrl-C ends it)", flush=True)
        if arguments.open:
            import webbrowser

            webbrowser.open(address)
        threading.Event().wait()
    except KeyboardInterrupt:
        return 0


def _check(folder) -> None:
    """Refuse a folder in which TensorBoard would find nothing."""
    if not folder.is_dir():
        raise UserError(f"{folder}: is not a folder; give one with runs in it, or a run folder")
    # As TensorBoard, it follows links to runs elsewhere.
    walk = os.walk(folder, followlinks=True)
    if not any("tfevents" in name for _, _, names in walk for name in names):
        raise UserError(f"{folder}: has no runs in it (no event files)")


def _launch(folder, host, port) -> str:
    """Start the server in a thread of its own; returns its address."""
    # TensorBoard's own switch against TensorFlow, which it would import for the projector: 350 MB
    # and lines on stderr.
    sys.modules.setdefault("tensorboard.compat.notf", types.ModuleType("notf"))
    from tensorboard import program

    board = program.TensorBoard()
    board.configure(
        logdir=os.path.abspath(folder),  # Read as it stands: no ~ at its beginning.
        host=host,
        port=port,
        reload_interval=_RELOAD,
        samples_per_plugin={"images": _PICTURES},
    )
    try:
        # Its note on the fast reader of event files is not for people.
        with contextlib.redirect_stderr(io.StringIO()):
            return board.launch()
    except (program.TensorBoardServerException, OSError, SystemExit) as error:
        where = f"--host {host}" if port is None else f"--host {host} --port {port}"
        # Its server ends the process where it cannot listen; the reason stands behind that.
        reason = error.__context__ if isinstance(error, SystemExit) else error
        fault = getattr(reason, "msg", None) or getattr(reason, "strerror", None) or reason
        raise UserError(f"{where}: {fault}") from error
