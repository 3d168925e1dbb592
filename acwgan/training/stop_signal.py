"""Ctrl-C and SIGTERM as a wish to stop, not as an exception somewhere."""

import signal
import threading


class StopSignal:
    """Within its block the first SIGINT or SIGTERM is only noted; a second one acts as ever.

    Outside of the main thread Python lets nobody handle signals, and nothing is changed.

    Attributes:
        signum: The signal that came, or None.

    Example:
        >>> with StopSignal() as stop:
        ...     signal.raise_signal(signal.SIGINT)
        >>> stop.signum == signal.SIGINT
        True
    """

    signum = None

    def __enter__(self):
        self._before = {}
        if threading.current_thread() is threading.main_thread():
            for signum in (signal.SIGINT, signal.SIGTERM):
                self._before[signum] = signal.signal(signum, self._note)
        return self

    def _note(self, signum, frame):
        self.signum = signum
        signal.signal(signum, self._before[signum])

    def __exit__(self, *_):
        for signum, handler in self._before.items():
            signal.signal(signum, handler)
