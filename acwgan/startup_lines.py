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
#: Standard error is swapped by one thread at a time, and never while the process forks.
_swapping = threading.RLock()
if hasattr(os, "register_at_fork"):  # Windows does not fork.
    os.register_at_fork(
        before=_swapping.acquire,
        after_in_parent=_swapping.release,
        after_in_child=_swapping.release,
    )


@contextlib.contextmanager
def without_start_up_lines() -> Iterator[None]:
    """Drop the lines that TensorFlow and LiteRT write to stderr while they start or convert.

    TF_CPP_MIN_LOG_LEVEL does not stop them (tensorflow/tensorflow issue 100442), and "Could not
    find cuda drivers" reads like an error. All other lines appear when the context ends.
    """
    if sys.stderr is not None:
        sys.stderr.flush()
    with _swapping, tempfile.TemporaryFile() as caught:
        terminal = os.dup(2)
        os.dup2(caught.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(terminal, 2)
            os.close(terminal)
            caught.seek(0)
            lines = caught.read().decode(errors="replace").splitlines()
            for line in lines if sys.stderr is not None else ():
                if not _START_UP_LINE.match(line):
                    print(printable(line), file=sys.stderr)
