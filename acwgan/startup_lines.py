"""Keeps the start-up lines of C++ libraries from people."""

import contextlib
import os
import re
import sys
import tempfile

_START_UP_LINE = re.compile(
    r"[IWE]0000 |WARNING: All log messages before absl::InitializeLog"
    r"|INFO: Created TensorFlow Lite XNNPACK delegate|fully_quantize: "
)


@contextlib.contextmanager
def without_start_up_lines():
    """Keep the lines that TensorFlow's and LiteRT's C++ write while they start or convert.

    TF_CPP_MIN_LOG_LEVEL does not stop them (tensorflow/tensorflow issue 100442), and "Could not
    find cuda drivers" reads like a fault. Only lines of their form are dropped.
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
