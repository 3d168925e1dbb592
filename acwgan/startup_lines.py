"""Hides the start-up messages of C++ libraries."""

import contextlib
import os
import re
import sys
import tempfile
import threading
from collections.abc import Iterator

from acwgan.messages import printable

_START_UP_LINE = re.compile(
    r"[IWE]0000 |WARNING: All log messages before absl::InitializeLog"
    r"|INFO: Created TensorFlow Lite XNNPACK delegate|fully_quantize: "
)
_lock = threading.Lock()


class _Swap:
    """Standard error as a temporary file, from the first thread that asks for it to the last."""

    def __init__(self) -> None:
        self.users = 0
        self.caught = tempfile.TemporaryFile()  # noqa: SIM115
        self._terminal = os.dup(2)
        os.dup2(self.caught.fileno(), 2)

    def end(self) -> None:
        os.dup2(self._terminal, 2)
        os.close(self._terminal)


_swap: _Swap | None = None


def _end_in_child() -> None:
    """A forked process has the terminal at once: it lacks the threads that would end the swap."""
    global _swap
    if _swap is not None:
        _swap.end()
        _swap = None
    _lock.release()


if hasattr(os, "register_at_fork"):  # Windows does not fork.
    os.register_at_fork(
        before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_end_in_child
    )


@contextlib.contextmanager
def without_start_up_lines() -> Iterator[None]:
    """Drop the lines that TensorFlow and LiteRT write to stderr while they start or convert.

    TF_CPP_MIN_LOG_LEVEL does not stop them (tensorflow/tensorflow issue 100442), and "Could not
    find cuda drivers" reads like an error. All other lines appear when the context ends, and if
    several threads are in it, when the last one leaves it.
    """
    global _swap
    if sys.stderr is not None:
        sys.stderr.flush()
    with _lock:
        swap = _swap = _swap or _Swap()
        swap.users += 1
    try:
        yield
    finally:
        with _lock:
            swap.users -= 1
            last = swap is _swap and not swap.users
            if last:
                swap.end()
                _swap = None
        if last:
            with swap.caught as caught:
                caught.seek(0)
                lines = caught.read().decode(errors="replace").splitlines()
            for line in lines if sys.stderr is not None else ():
                if not _START_UP_LINE.match(line):
                    print(printable(line), file=sys.stderr)
