"""The command ``acwgan``. Nothing heavy is imported before a command needs it."""

import argparse
import functools
import logging
import os
import warnings
from collections.abc import Callable
from typing import Any

from acwgan import __version__, keras_settings
from acwgan.cli import (
    board,
    encode,
    encoder,
    evaluate,
    export,
    generate,
    judge,
    launch,
    plot,
    score,
    train,
    video,
    web,
)
from acwgan.cli.bug_report import Report
from acwgan.cli.completion import SHELLS, PrintCompletion
from acwgan.cli.options import with_options
from acwgan.cli.output import Stream, note, safe_output
from acwgan.cli.parser import Parser
from acwgan.errors import UserError, UserNotice

#: The commands in the order of the help.
_COMMANDS = (
    *(train, launch, generate, encode, score, evaluate, judge, encoder),
    *(export, board, plot, video, web),
)
#: Those whose result is not what they print: they succeed though nobody reads it.
_TRAINING = (train.run, launch.run, judge.run, encoder.run)


def main(argv: list[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: Words after ``acwgan``; those of the process if None.

    Returns:
        The exit status: 0; 2 for an error that the user can fix; 75 for a worker that lost
        another one; 129, 130 and 143 after SIGHUP, Ctrl-C and SIGTERM; 141 if nobody reads
        the output, unless the command trains.
    """
    # Must be set before TensorFlow is imported. Its C++ start-up lines are not for users.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # Nor is its list of all arrays that a checkpoint of other networks leaves over.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    with safe_output() as (out, _):
        arguments = _parsed(argv)
        status = _run(arguments)
        return status if out is None else _with_output(status, out, arguments)


def _run(arguments: argparse.Namespace) -> int:
    """Run a command and turn its errors into one line."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always", UserNotice)
            show = functools.partial(_show_warning, warnings.showwarning, arguments.spelled)
            warnings.showwarning = show
            return arguments.command(arguments)
    except KeyboardInterrupt:
        note("acwgan: stopped")
        return 130
    except UserError as error:
        return _fail(with_options(str(error), arguments.spelled), error.status)
    except OSError as error:
        return _fail(f"{error.filename or 'file'}: {error.strerror or error}")
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package in ("", "acwgan"):
            raise
        return _fail(f"{package} is not installed, and this needs it; pip install acwgan brings it")
    except MemoryError:
        return _fail("not enough memory; ask for fewer or smaller images")
    except (AssertionError, AttributeError, TypeError, ValueError):  # As Keras is imported.
        if fault := keras_settings.fault_of_settings():
            return _fail(fault)
        raise


def _with_output(status: int, out: Stream, arguments: argparse.Namespace) -> int:
    """The status of a command that may not have been able to print everything."""
    out.flush()
    trains = arguments.command in _TRAINING
    if out.is_unread:  # As in: acwgan score … | head
        return status if trains else status or 141  # 128 + SIGPIPE, as other filters.
    if out.fault is None:
        return status
    lost = _fail(f"standard output: {out.fault.strerror}; what it lacks is lost")
    return status if trains else status or lost


def _parsed(argv: list[str] | None) -> argparse.Namespace:
    parser = build_parser()
    arguments, rest = parser.parse_known_args(argv)
    if arguments.command is launch.run:  # All other words are for the command train.
        arguments.words, arguments.train = rest, parser.parse_args(["train", *rest])
    elif rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    return arguments


def _show_warning(
    show_others: Callable[..., None],
    spelled: dict[str, str],
    message: Warning | str,
    category: type[Warning],
    *where: Any,
    **options: Any,
) -> None:
    """Show a notice as one line, and warnings of libraries as before."""
    if issubclass(category, UserNotice):
        note(f"acwgan: {with_options(str(message), spelled)}")
    else:
        show_others(message, category, *where, **options)


def _fail(message: str, status: int = UserError.status) -> int:
    note(f"acwgan: {message}")
    return status


def build_parser() -> argparse.ArgumentParser:
    """Build the parser of ``acwgan`` with all its commands."""
    parser = Parser(
        prog="acwgan",
        description="Train a conditional Wasserstein GAN, and draw the digits you ask for.",
        epilog="acwgan COMMAND --help lists the options of a command.",
    )
    parser.add_argument("--version", action="version", version=f"acwgan {__version__}")
    about = "print versions, devices and checks for a bug report, without names of you, and exit"
    parser.add_argument("--report", action=Report, nargs=0, default=argparse.SUPPRESS, help=about)
    parser.add_argument(
        "--print-completion",
        action=PrintCompletion,
        choices=SHELLS,
        default=argparse.SUPPRESS,
        help="print a script with which the shell completes commands and options",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser)
    for command in _COMMANDS:
        command.add_parser(commands)
    return parser
