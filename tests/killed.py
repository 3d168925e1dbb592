"""Runs `acwgan train` in child processes that a signal ends at a given moment.

Imports everything once and forks for each run, which is safe while there is only one thread. Reads
a line of JSON from standard input for each run, and writes one to standard output.
"""

import json
import os
import sys
import threading

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

from acwgan.cli import app
from acwgan.evaluation import quick
from acwgan.training import (
    previews,
    trainer,  # noqa: F401
)

#: Audit events of Python (PEP 578) that are raised before a file is touched.
EVENTS = {"open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.truncate"}
#: The judge reads fewer samples here, in all runs alike.
quick.JUDGED = previews.JUDGED = 100


def signal_at(signum, prefix, number, delay, died_at):
    """Send a signal when Python touches a path with this prefix for the n-th time."""
    left = [number]

    def hook(event, arguments):
        path = str(arguments[0]) if event in EVENTS and arguments else ""
        if not path.startswith(prefix):
            return
        left[0] -= 1
        if left[0]:
            return
        os.write(died_at, path.encode())
        if not delay:
            os.kill(os.getpid(), signum)
            return
        # From another thread, so that it also comes while TensorFlow writes.
        threading.Timer(delay, os.kill, (os.getpid(), signum)).start()

    sys.addaudithook(hook)


def run(words, signum, prefix, number, delay):
    """One run: (status as from ``os.waitpid``, the path at which it was to end or "")."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.dup2(os.open("train.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND), 1)
        os.dup2(1, 2)
        if number:
            signal_at(signum, prefix, number, delay, writer)
        status = app.main(words)
        sys.stdout.flush()
        os._exit(status)
    os.close(writer)
    with os.fdopen(reader) as died_at:
        where = died_at.read()
    return os.waitpid(child, 0)[1], where


if __name__ == "__main__":
    assert len(os.listdir("/proc/self/task")) == 1  # A fork would lose the others.
    for line in sys.stdin:
        print(json.dumps(run(**json.loads(line))), flush=True)
