"""One training at a time in a run folder."""

import contextlib
import fcntl
import os
import socket
import warnings
from pathlib import Path

from acwgan.errors import UserError, UserNotice
from acwgan.files.atomic import make_folder

#: Name of the file in the run folder.
LOCK = "training.lock"


class LockError(UserError):
    """Another training has the folder, or it is gone; the message says which."""


class Lock:
    """Within its block nobody else gets the lock of the same folder.

    The kernel holds it, and lets it go when the process ends, however it ends: a lock file that
    a killed training left behind stops nobody. Where several machines share a disk it holds
    between them too if the disk does (NFS does); if it has no locks at all, a notice says so.

    Args:
        run_dir: The folder; made if it is not there.

    Raises:
        LockError: On entering, if another process has it.
        OSError: On entering, if nothing can be written there.

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

    def __enter__(self):
        make_folder(self._run_dir)
        self._file = self._path.open("a+")
        try:
            self._take()
        except BaseException:
            self._file.close()
            raise
        return self

    def _take(self):
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._file.seek(0)
            raise LockError(
                f"{self._run_dir}: another training is writing into it ({self._file.read(200)}); "
                "wait for it, or choose another --run-dir."
            ) from error
        except OSError as error:
            what = f"cannot be locked ({error.strerror}); never train into it twice at once"
            warnings.warn(UserNotice(f"{self._run_dir}: {what}."), stacklevel=2)
        self._file.truncate(0)
        self._file.write(f"process {os.getpid()} on {socket.gethostname()}")
        self._file.flush()
        self.check()  # Whoever had it before may have removed the file in between.

    def check(self) -> None:
        """Make sure that the folder is still there, and still this one.

        Raises:
            LockError: If it was removed or replaced.
        """
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            if os.path.samestat(os.stat(self._path), os.fstat(self._file.fileno())):
                return
        raise LockError(
            f"{self._run_dir}: was removed or replaced while it was trained into; what was in it "
            "is lost to this training, which has stopped."
        )

    def __exit__(self, *_):
        with contextlib.suppress(LockError, OSError):
            self.check()
            self._path.unlink()
        self._file.close()
