"""All workers of a run on this machine: started together, and again together when one dies."""

import contextlib
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence

from acwgan.errors import UserError

#: Exit statuses of workers that were asked to stop, and did so together, with a checkpoint.
_STOPPED = (128 + signal.SIGINT, 128 + signal.SIGTERM)
#: Seconds between two looks at the workers.
_LOOK = 0.1


def launch(
    command: Callable[[bool], Sequence[str]],
    workers: int,
    restarts: int,
    begun: Callable[[], bool],
    report: Callable[[str], None],
) -> int:
    """Run the workers to their end.

    A worker that dies takes the others with it, at once: they cannot go on without it, and what
    was computed since the newest checkpoint is computed again. SIGINT and SIGTERM are passed on.

    Args:
        command: Whether it goes on with the run that is there -> the words that start a worker,
            but for ``--workers`` and ``--index``.
        workers: How many.
        restarts: How often they may be started again.
        begun: Whether there is a run to go on with.
        report: Is told what happens, a line each time.

    Returns:
        The exit status: 0; that of the signal passed on; that of the worker that ended first.
    """
    for left in range(restarts, -1, -1):
        go_on = left < restarts and begun()
        with _Workers([*command(go_on)], workers) as processes:
            status = processes.wait()
        if status in (0, UserError.status, *_STOPPED) or processes.passed_on:
            return 128 + processes.passed_on if processes.passed_on and status else status
        ended = f"with status {status}" if status > 0 else f"by signal {-status}"
        then = f"all start again, {left - 1} more times at most" if left else "no restarts left"
        report(f"Worker {processes.first} of {workers} ended {ended}; {then}.")
    return status if status > 0 else 128 - status


class _Workers:
    """The processes. Within its block, signals that come are passed on to them."""

    passed_on = None  # The last signal.
    first = None  # The number of the worker that failed first.

    def __init__(self, words, count):
        addresses = ",".join(f"127.0.0.1:{port}" for port in free_ports(count))
        words = [*words, f"--workers={addresses}"]
        # In groups of their own: Ctrl-C in a terminal reaches them through here, and once.
        self._processes = [
            subprocess.Popen([*words, f"--index={index}"], start_new_session=True)
            for index in range(count)
        ]

    def __enter__(self):
        self._before = {
            signum: signal.signal(signum, self._pass_on)
            for signum in (signal.SIGINT, signal.SIGTERM)
        }
        return self

    def _pass_on(self, signum, frame):
        self.passed_on = signum
        for process in self._processes:
            process.send_signal(signum)

    def wait(self):
        """The status of the first worker that ended badly, or 0 when all are done."""
        while True:
            statuses = [process.poll() for process in self._processes]
            ended = [number for number, status in enumerate(statuses) if status]
            dead = [number for number in ended if statuses[number] not in _STOPPED]
            # After a signal they end one by one, each with its status.
            if None not in statuses or (dead and not self.passed_on):
                self.first = next(iter(dead or ended), None)
                return 0 if self.first is None else statuses[self.first]
            time.sleep(_LOOK)

    def __exit__(self, *_):
        for process in self._processes:
            process.kill()
            process.wait()
        for signum, handler in self._before.items():
            signal.signal(signum, handler)


def free_ports(count: int) -> list[int]:
    """Ports of this machine that nobody listens on.

    Args:
        count: How many.

    Returns:
        Different ones; another program may take one before it is used.

    Example:
        >>> len(set(free_ports(3)))
        3
    """
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
