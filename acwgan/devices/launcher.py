"""Starts all workers of a run on this machine, and starts them again when one dies."""

import contextlib
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Self

from acwgan.devices.signals import stop_signals
from acwgan.errors import UserError

#: Seconds between two polls of the workers.
_POLL_SECONDS = 0.1


def launch(
    command: Callable[[bool], Sequence[str]],
    workers: int,
    restarts: int,
    begun: Callable[[], bool],
    report: Callable[[str], None],
) -> int:
    """Start the workers, restart them when one dies, and wait until they end.

    When a worker dies, the others are killed at once, because they cannot continue without it. All
    are started again and resume from the newest checkpoint. SIGINT, SIGTERM and SIGHUP are passed
    on.

    Args:
        command: Returns the command that starts a worker, without ``--workers`` and ``--index``;
            its argument is whether the worker resumes the run.
        workers: Number of workers.
        restarts: How many times the workers may be started again.
        begun: Whether there is a run to resume.
        report: Called with one line for each event.

    Returns:
        The exit status: 0 if all workers succeeded, else the one of the signal that was passed on,
        or of the worker that failed first.
    """
    for left in range(restarts, -1, -1):
        resume = left < restarts and begun()
        with _Workers(command(resume), workers) as processes:
            status = processes.wait()
        if status in (0, UserError.status, *processes.stopped) or processes.passed_on:
            return 128 + processes.passed_on if processes.passed_on and status else status
        ended = f"with status {status}" if status > 0 else f"by signal {-status}"
        then = f"all start again, {left - 1} more times at most" if left else "no restarts left"
        report(f"Worker {processes.first} of {workers} ended {ended}; {then}.")
    return status if status > 0 else 128 - status


class _Workers:
    """The processes of the workers. Within its context, signals are passed on to them.

    Attributes:
        passed_on: The last signal that was passed on, or None.
        first: The number of the worker that failed first, or None.
        stopped: Exit statuses of workers that a signal stopped, after they wrote a checkpoint
            together.
    """

    def __init__(self, words: Sequence[str], count: int):
        self.passed_on: int | None = None
        self.first: int | None = None
        self.stopped = [128 + signum for signum in stop_signals()]
        self._words, self._count = words, count
        self._processes: list[subprocess.Popen] = []
        self._received: list[int] = []

    def __enter__(self) -> Self:
        # Before the workers start: each signal reaches all of them, or none is left behind.
        self._before = {signum: signal.signal(signum, self._note) for signum in stop_signals()}
        addresses = ",".join(f"127.0.0.1:{port}" for port in free_ports(self._count))
        words = [*self._words, f"--workers={addresses}"]
        try:
            for index in range(self._count):
                # In sessions of their own, so that Ctrl-C in a terminal only reaches them from
                # here.
                self._processes.append(
                    subprocess.Popen([*words, f"--index={index}"], start_new_session=True)
                )
        except BaseException:
            self.__exit__()
            raise
        return self

    def _note(self, signum: int, frame: FrameType | None) -> None:
        self._received.append(signum)

    def _pass_on(self) -> None:
        while self._received:
            self.passed_on = self._received.pop(0)
            for process in self._processes:
                process.send_signal(self.passed_on)

    def wait(self) -> int:
        """Wait for all workers. The status of the first one that failed, or 0."""
        while True:
            self._pass_on()
            statuses = [process.poll() for process in self._processes]
            ended = [number for number, status in enumerate(statuses) if status]
            dead = [number for number in ended if statuses[number] not in self.stopped]
            # After a signal they end one after the other, each with its own status.
            if None not in statuses or (dead and not self.passed_on):
                self.first = next(iter(dead or ended), None)
                return 0 if self.first is None else statuses[self.first] or 0
            time.sleep(_POLL_SECONDS)

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.kill()
            process.wait()
        for signum, handler in self._before.items():
            signal.signal(signum, handler)


def free_ports(count: int) -> list[int]:
    """Find free ports of this machine.

    Args:
        count: Number of ports.

    Returns:
        Different ports. Another program may take one before it is used.

    Example:
        >>> len(set(free_ports(3)))
        3
    """
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
