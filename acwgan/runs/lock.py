"""The lock of a run folder: one training at a time."""

import contextlib
import errno
import os
import socket
import stat
import warnings
from pathlib import Path
from types import TracebackType
from typing import Self

from acwgan.errors import UserError, UserNotice
from acwgan.files.atomic import make_folder
from acwgan.files.file_lock import lock_file

#: Name of the lock file in the run folder.
LOCK = "training.lock"


class LockError(UserError):
    """The run folder cannot be locked, or is gone; the message says why."""


class Lock:
    """The lock of a run folder, as a context. No other process can enter it meanwhile.

    The kernel holds the lock and releases it when the process ends, even if it is killed: a lock
    file that is left behind blocks nobody. On a disk that several machines share, the lock also
    holds between them if the file system supports it, as NFS does; if the file system has no
    locks at all, a ``UserNotice`` says so.

    Args:
        run_dir: The run folder; created if it does not exist. Then it is removed on leaving if
            nothing is in it.

    Raises:
        LockError: On entering, if another process has the lock, the name of the folder is not
            UTF-8 in this locale, or the lock file is not a plain file of this folder alone: what a
            link leads to is never written.
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
        try:
            os.fspath(self._run_dir).encode()
        except UnicodeEncodeError as error:
            raise LockError(
                f"{self._run_dir}: TensorFlow writes into no folder of such a name in this locale; "
                "set the environment variable PYTHONUTF8=1, or choose another `run_dir`."
            ) from error
        self._made = not self._run_dir.exists()
        make_folder(self._run_dir)
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        try:
            self._descriptor = os.open(self._path, flags, 0o666)
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise self._not_plain() from error
            raise
        try:
            self._acquire()
        except BaseException:
            os.close(self._descriptor)
            raise
        return self

    def _not_plain(self) -> LockError:
        return LockError(f"{self._path}: is a link or no plain file; remove it.")

    def _acquire(self) -> None:
        try:
            lock_file(self._descriptor)
        except BlockingIOError as error:
            holder = os.read(self._descriptor, 200).decode(errors="replace")
            raise LockError(
                f"{self._run_dir}: another training is writing into it ({holder}); "
                "wait for it, or choose another `run_dir`."
            ) from error
        except OSError as error:
            what = f"cannot be locked ({error.strerror}); never train into it twice at once"
            warnings.warn(UserNotice(f"{self._run_dir}: {what}."), stacklevel=2)
        self.check()  # The process that had the lock before may have removed the file meanwhile.
        opened = os.fstat(self._descriptor)
        if not stat.S_ISREG(opened.st_mode) or opened.st_nlink > 1:
            raise self._not_plain()
        os.truncate(self._descriptor, 0)
        os.write(self._descriptor, f"process {os.getpid()} on {socket.gethostname()}".encode())

    def check(self) -> None:
        """Check that the run folder still exists and has not been replaced.

        Raises:
            LockError: If it was removed or replaced.
        """
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            if os.path.samestat(os.lstat(self._path), os.fstat(self._descriptor)):
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
        self._release()
        if self._made:  # A training that did not begin leaves nothing behind.
            with contextlib.suppress(OSError):  # It is not empty.
                self._run_dir.rmdir()

    def _release(self) -> None:
        if os.name == "nt":  # Windows removes no open file, not even one that another has opened.
            os.close(self._descriptor)
            with contextlib.suppress(OSError):
                self._path.unlink()
            return
        with contextlib.suppress(LockError, OSError):
            self.check()
            self._path.unlink()
        os.close(self._descriptor)
