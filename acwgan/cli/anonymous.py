"""Messages from elsewhere without the names and folders of the person, for reports in public."""

import contextlib
import getpass
import os
import re
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

#: What stands in the place of a name or a folder.
_GONE = "…"
#: A path, up to the next blank or quotation mark.
_PATH = re.compile(r"(?:\b[A-Za-z]:|~)?[\\/][^\s'\"()\[\],;]*")
#: Names of files that say what is wrong and nothing of a person: libraries and modules.
_TELLING = re.compile(r"(?:lib)?[\w+-]+\.(?:so(?:\.\d+)*|dll|dylib|pyd?|json)")


def without_names(text: str) -> str:
    """A message with the names and folders of the person removed.

    Args:
        text: Any text, such as the message of an error of another library.

    Returns:
        One line. Home, current and temporary folder, those of Python, all other paths, the names
        of the user and those of the machine are replaced with an ellipsis. Of a path to a library
        or module, the name of the file is kept.

    Example:
        >>> without_names("/opt/env/lib/libcudart.so.12: cannot open shared object file")
        '…/libcudart.so.12: cannot open shared object file'
    """
    for folder in sorted(set(_folders()), key=len, reverse=True):
        for spelled in (folder, repr(folder)[1:-1]):
            text = text.replace(spelled, "/" + _GONE)
    text = _PATH.sub(_shortened, text)
    for name in sorted(set(_names()), key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", _GONE, text, flags=re.IGNORECASE)
    return " ".join(text.split())


def _shortened(path: re.Match[str]) -> str:
    name = re.split(r"[\\/]", path[0].rstrip(":."))[-1]
    end = ":" if path[0].endswith(":") else ""
    return (f"{_GONE}/{name}" if _TELLING.fullmatch(name) else _GONE) + end


def _folders() -> Iterator[str]:
    """Folders that may hold names, as far as they are more than a root."""
    variables = (os.environ.get(name, "") for name in ("HOME", "USERPROFILE", "KERAS_HOME", "PWD"))
    found = [*variables, os.path.expanduser("~"), tempfile.gettempdir(), *sys.path]
    found += [sys.prefix, sys.base_prefix, sys.executable, str(Path(__file__).parents[2])]
    with contextlib.suppress(OSError):  # It was removed.
        found.append(os.getcwd())
    for path in found:
        for spelled in (path, os.path.realpath(path)):
            if len(Path(spelled).parts) > 1:
                yield spelled


def _names() -> Iterator[str]:
    """Names of the user and of the machine."""
    variables = ("USER", "LOGNAME", "USERNAME", "LNAME", "SUDO_USER", "HOSTNAME", "COMPUTERNAME")
    found = [os.environ.get(name, "") for name in variables]
    found += [Path(os.path.expanduser("~")).name, Path(os.environ.get("HOME", "")).name]
    found += [socket.gethostname(), socket.gethostname().partition(".")[0]]
    with contextlib.suppress(OSError, KeyError, ImportError):  # The user has no entry.
        found.append(getpass.getuser())
    return (name.strip() for name in found if name.strip())
