"""Hides the start-up messages of C++ libraries."""

import contextlib
import os
import re
import sys
import tempfile
from collections.abc import Iterator

_START_UP_LINE = re.compile(
    r"[IWE]0000 |WARNING: All log messages before absl::InitializeLog"
    r"|INFO: Created TensorFlow Lite XNNPACK delegate|fully_quantize: "
)


@contextlib.contextmanager
def without_start_up_lines() -> Iterator[None]:
    """Drop the lines that TensorFlow and LiteRT write to stderr while they start or convert.

    TF_CPP_MIN_LOG_LEVEL does not stop them (tensorflow/tensorflow issue 100442), and "Could not
    find cuda drivers" reads like an error. All other lines appear when the context ends.
    """
    sys.stderr.flush()
    terminal = os.dup(2)
    with tempfile.TemporaryFile() as caught:
        os.dup2(caught.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(terminal, 2)
            os.close(terminal)
            caught.seek(0)
            for line in caught.read().decode(errors="replace").splitlines():
                if not _START_UP_LINE.match(line):
                    print(line, file=sys.stderr)
