"""The command line. Nothing heavy is imported before a command needs it."""

import argparse
import functools
import logging
import os
import sys
import warnings

from acwgan import __version__
from acwgan.cli import (
    board,
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
from acwgan.cli.options import with_options
from acwgan.errors import UserError, UserNotice

#: Characters of a message; a file may have many names.
_LONGEST = 2000


def main(argv: list[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: The words after ``acwgan``; those of the process if None.

    Returns:
        The exit status: 0, 2 for what the user can mend, 75 for a worker that lost another one,
        130 after Ctrl-C, 141 where nobody reads the output any more.
    """
    # TensorFlow's C++ start-up lines are not for people. Before it is imported, or not at all.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # Nor its lists of all arrays that a checkpoint of other networks leaves over.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    if hasattr(sys.stdout, "reconfigure"):  # Names of files may hold what cannot be printed.
        sys.stdout.reconfigure(errors="backslashreplace")
    parser = build_parser()
    arguments, rest = parser.parse_known_args(argv)
    if rest and not hasattr(arguments, "train"):
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    try:
        if rest or hasattr(arguments, "train"):  # What follows the words of launch is for train.
            arguments.words, arguments.train = rest, parser.parse_args(["train", *rest])
        with warnings.catch_warnings():
            warnings.simplefilter("always", UserNotice)
            warnings.showwarning = functools.partial(_show_warning, warnings.showwarning)
            status = arguments.command(arguments)
            sys.stdout.flush()
            return status
    except BrokenPipeError:  # Whoever read the output has seen enough: acwgan score … | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141  # 128 + SIGPIPE, like any filter.
    except KeyboardInterrupt:
        print("acwgan: stopped", file=sys.stderr)
        return 130
    except UserError as error:
        return _fail(with_options(str(error)), error.status)
    except OSError as error:
        return _fail(f"{error.filename or 'file'}: {error.strerror or error}")
    except MemoryError:
        return _fail("there is not enough memory for so much; ask for less")


def _show_warning(of_others, message, category, *where, **options):
    """Our own are lines for people; those of libraries are shown as ever."""
    if issubclass(category, UserNotice):
        print(f"acwgan: {with_options(str(message))}", file=sys.stderr, flush=True)
    else:
        of_others(message, category, *where, **options)


def _fail(message: str, status: int = UserError.status) -> int:
    print(f"acwgan: {_one_line(message)}", file=sys.stderr)
    return status


def _one_line(message: str) -> str:
    """A short line without control characters, whatever names somebody else's files have."""
    short = message if len(message) <= _LONGEST else message[:_LONGEST] + " …"
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in short)


class _Parser(argparse.ArgumentParser):
    """argparse, with one line for a mistake."""

    def __init__(self, **kwargs):
        super().__init__(allow_abbrev=False, **kwargs)

    def error(self, message):
        self.exit(2, f"{self.prog}: {_one_line(message)} (see {self.prog} --help)\n")


def build_parser() -> argparse.ArgumentParser:
    """Build the parser of ``acwgan`` with all its commands."""
    parser = _Parser(prog="acwgan", description="A conditional Wasserstein GAN: digits on demand.")
    parser.add_argument("--version", action="version", version=f"acwgan {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)

    train.add_parser(commands)
    launch.add_parser(commands)
    generate.add_parser(commands)
    score.add_parser(commands)
    evaluate.add_parser(commands)
    judge.add_parser(commands)
    export.add_parser(commands)
    board.add_parser(commands)
    plot.add_parser(commands)
    video.add_parser(commands)
    web.add_parser(commands)
    return parser
