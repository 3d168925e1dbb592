"""Ctrl-C, SIGTERM and SIGHUP as a request to stop, instead of an exception at any point."""

import signal
import threading
from types import FrameType, TracebackType
from typing import Any, Self

from acwgan.devices.signals import SIGHUP, stop_signals

#: A callback's request to stop; larger than the number of any signal.
BY_CALLBACK = 128


class StopSignal:
    """A context that notes the first SIGINT, SIGTERM or SIGHUP.

    A second SIGINT or SIGTERM has its usual effect. SIGHUP may come twice from one terminal, by the
    shell and by the kernel, and beside SIGTERM at a logout, so it never counts as the second one.
    Where it is ignored, as under ``nohup``, it stays ignored.

    Outside of the main thread Python allows no signal handlers, and nothing is changed.

    Attributes:
        signum: The signal that was received, or None.

    Example:
        >>> with StopSignal() as stop:
        ...     signal.raise_signal(signal.SIGINT)
        >>> stop.signum == signal.SIGINT
        True
    """

    signum: int | None = None

    def __enter__(self) -> Self:
        self._before: dict[int, Any] = {}
        if threading.current_thread() is threading.main_thread():
            for signum in stop_signals():
                self._before[signum] = signal.signal(signum, self._note)
        return self

    def _note(self, signum: int, frame: FrameType | None) -> None:
        self.signum = signum
        if signum != SIGHUP:
            for each in (signal.SIGINT, signal.SIGTERM):
                signal.signal(each, self._before[each])

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for signum, handler in self._before.items():
            signal.signal(signum, handler)


def raise_for(signum: int | None) -> None:
    """Raise what a signal usually raises.

    Args:
        signum: SIGINT, SIGTERM, SIGHUP, or None for no signal.

    Raises:
        KeyboardInterrupt: For SIGINT.
        SystemExit: For the other signals, with 128 + their number.
    """
    if signum == signal.SIGINT:
        raise KeyboardInterrupt
    if signum:
        raise SystemExit(128 + signum)
