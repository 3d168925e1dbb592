"""An exclusive lock on an open file, by the operating system; the only place that differs.

The system releases the lock when the process ends in any way. The packages that do this, such as
filelock, open the file themselves and keep its descriptor, which ``runs.lock`` needs to notice that
the file was removed or replaced, and to write into nothing else.
"""

import errno
import os

try:
    import fcntl
except ImportError:  # Windows.
    fcntl = None  # type: ignore[assignment]
    import msvcrt

#: Whether a locked file or folder can be read, renamed and removed, as on all systems but Windows.
HAS_FLOCK = fcntl is not None
#: On Windows nobody else can read a locked byte: one behind the text in the file is locked.
_LOCKED_BYTE = 1 << 20
#: Errors of Windows for a byte that another process has locked.
_HELD = (errno.EACCES, errno.EDEADLK)


def lock_file(descriptor: int) -> None:
    """Lock an open file, without waiting.

    Args:
        descriptor: Its descriptor, opened for writing. Closing it releases the lock.

    Raises:
        BlockingIOError: If another descriptor has the lock.
        OSError: If the file system has no locks.
    """
    if fcntl is not None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return
    os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
    try:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    except OSError as error:
        if error.errno in _HELD:
            raise BlockingIOError(errno.EAGAIN, "is locked") from error
        raise
    finally:
        os.lseek(descriptor, 0, os.SEEK_SET)
