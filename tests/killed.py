"""Lives of `acwgan train` that end by a signal, at a moment that is given.

Imports everything once and forks for each life: only this thread is there to be copied. A line
of JSON in, a line out.
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

#: What Python announces before it happens (PEP 578).
EVENTS = {"open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.truncate"}
#: The judge reads fewer samples here, in every life alike.
quick.JUDGED = previews.JUDGED = 100


def signal_at(signum, prefix, number, delay, died_at):
    """A signal when Python touches a path with this beginning for the n-th time, or soon after."""
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


def live(words, signum, prefix, number, delay):
    """One life: (status as ``os.waitpid`` has it, the path at which it was to end or "")."""
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
    assert len(os.listdir("/proc/self/task")) == 1  # Else a fork would lose the other threads.
    for line in sys.stdin:
        print(json.dumps(live(**json.loads(line))), flush=True)
