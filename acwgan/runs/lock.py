"""The lock of a run folder: one training at a time."""

import contextlib
import fcntl
import os
import socket
import warnings
from pathlib import Path
from types import TracebackType
from typing import Self

from acwgan.errors import UserError, UserNotice
from acwgan.files.atomic import make_folder

#: Name of the lock file in the run folder.
LOCK = "training.lock"


class LockError(UserError):
    """Another training has the run folder, or the folder is gone; the message says which."""


class Lock:
    """The lock of a run folder, as a context. No other process can enter it meanwhile.

    The kernel holds the lock and releases it when the process ends, even if it is killed: a lock
    file that is left behind blocks nobody. On a disk that several machines share, the lock also
    holds between them if the file system supports it, as NFS does; if the file system has no
    locks at all, a ``UserNotice`` says so.

    Args:
        run_dir: The run folder; created if it does not exist.

    Raises:
        LockError: On entering, if another process has the lock.
        OSError: On entering, if the folder cannot be written to.

    Example:
        >>> import tempfile
        >>> folder = tempfile.mkdtemp()
        >>> with Lock(folder), Lock(folder):
        ...     pass
        Traceback (most recent call last):
        acwgan.runs.lock.LockError: ...: another training is writing into it (process ...); ...
    """

    def __init__(self, run_dir: str | Path):
        self._run_dir = Path(run_dir)
        self._path = self._run_dir / LOCK

    def __enter__(self) -> Self:
        make_folder(self._run_dir)
        self._file = self._path.open("a+")
        try:
            self._acquire()
        except BaseException:
            self._file.close()
            raise
        return self

    def _acquire(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._file.seek(0)
            raise LockError(
                f"{self._run_dir}: another training is writing into it ({self._file.read(200)}); "
                "wait for it, or choose another `run_dir`."
            ) from error
        except OSError as error:
            what = f"cannot be locked ({error.strerror}); never train into it twice at once"
            warnings.warn(UserNotice(f"{self._run_dir}: {what}."), stacklevel=2)
        self._file.truncate(0)
        self._file.write(f"process {os.getpid()} on {socket.gethostname()}")
        self._file.flush()
        self.check()  # The process that had the lock before may have removed the file meanwhile.

    def check(self) -> None:
        """Check that the run folder still exists and has not been replaced.

        Raises:
            LockError: If it was removed or replaced.
        """
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            if os.path.samestat(os.stat(self._path), os.fstat(self._file.fileno())):
                return
        raise LockError(
            f"{self._run_dir}: was removed or replaced during the training, which has stopped; "
            "what was in the folder is lost."
        )

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with contextlib.suppress(LockError, OSError):
            self.check()
            self._path.unlink()
        self._file.close()
