"""The signals that ask a training, and all its workers, to stop."""

import signal

#: The signal of a terminal that closes; None on Windows, which has none.
SIGHUP: int | None = getattr(signal, "SIGHUP", None)


def stop_signals() -> list[int]:
    """SIGINT, SIGTERM and SIGHUP, except where SIGHUP is ignored, as under ``nohup``.

    Example:
        >>> signal.SIGTERM in stop_signals()
        True
    """
    hangs_up = SIGHUP is not None and signal.getsignal(SIGHUP) != signal.SIG_IGN
    return [signal.SIGINT, signal.SIGTERM, *([SIGHUP] if hangs_up and SIGHUP else [])]
