"""All output of the command line: the only place that writes to a terminal, a pipe or a log.

Output that cannot be written, because nobody reads it any more or the disk of a log is full, ends
nothing: the command does its work, and its status tells.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Iterator
from typing import Any, TextIO

from acwgan.messages import printable

#: Errors that say that nobody reads the output any more. Windows has EINVAL for a closed pipe,
#: and a closed terminal has EIO.
_UNREAD = {errno.EPIPE, errno.EINVAL, errno.EIO}
#: Characters of a message; it may name many files.
_LONGEST = 2000


def say(line: object = "") -> None:
    """Print one line of the result, on standard output.

    Args:
        line: Any object; what is not printable in its text is shown as an escape.
    """
    print(printable(str(line)), flush=True)


def note(line: object, end: str = "") -> None:
    """Print one line about the work, on standard error.

    Args:
        line: As in ``say``; cut where it is very long.
        end: What follows on the line in any case.
    """
    text = str(line)
    text = (text if len(text) <= _LONGEST else text[:_LONGEST] + " …") + end
    if sys.stderr is not None:
        print(printable(text), file=sys.stderr, flush=True)


def write(text: str) -> None:
    """Print a text for other programs, on standard output.

    Args:
        text: Whole lines. They are unchanged in a file or pipe; a terminal gets printable ones.
    """
    if sys.stdout is not None and sys.stdout.isatty():
        text = "".join(printable(line) + "\n" for line in text.split("\n")[:-1])
    print(text, end="", flush=True)


class Stream:
    """Standard output or standard error, whose writes never fail.

    Args:
        stream: The stream as Python opened it.

    Attributes:
        fault: Why something could not be written; None if all was.
    """

    def __init__(self, stream: TextIO):
        self._stream = stream
        self.fault: OSError | None = None
        if hasattr(stream, "reconfigure"):  # Names may contain what cannot be encoded.
            stream.reconfigure(errors="backslashreplace")

    def write(self, text: str) -> int:
        """Write a text, or keep the fault."""
        with self._kept():
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush what is written, or keep the fault."""
        with self._kept():
            self._stream.flush()

    @contextlib.contextmanager
    def _kept(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self.fault = self.fault or error

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    @property
    def is_unread(self) -> bool:
        """Whether the reader of the output is gone."""
        return self.fault is not None and self.fault.errno in _UNREAD

    def close_for_good(self) -> None:
        """Flush; a stream that fails leads to nowhere from here on, so that the exit is quiet."""
        self.flush()
        if self.fault:
            with contextlib.suppress(OSError):
                _to_nowhere(self._stream.fileno())


@contextlib.contextmanager
def safe_output() -> Iterator[tuple[Stream | None, Stream | None]]:
    """A context in which no output fails.

    Yields:
        Standard output and standard error, each None where the process has none.
    """
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:  # Closed: else the next file that is opened would get what is printed.
            _to_nowhere(descriptor)
    before: tuple[Any, Any] = sys.stdout, sys.stderr
    out, err = (None if stream is None else Stream(stream) for stream in before)
    sys.stdout, sys.stderr = out, err
    try:
        yield out, err
    finally:
        for stream in filter(None, (out, err)):
            stream.close_for_good()
        sys.stdout, sys.stderr = before


def _to_nowhere(descriptor: int) -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    if nowhere == descriptor:
        os.set_inheritable(descriptor, True)
    else:
        os.dup2(nowhere, descriptor)
        os.close(nowhere)
