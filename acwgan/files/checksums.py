"""SHA-256 checksums of the files in a folder, in the format of ``sha256sum --check``."""

import hashlib
import os
from pathlib import Path

from acwgan.files.untrusted import open_untrusted, read_text

#: Name of the file with the checksums.
SUMS = "SHA256SUMS"


def write_sums(folder: Path) -> None:
    """Write the checksum of every file in a folder into ``SHA256SUMS`` beside them.

    Args:
        folder: A folder without subfolders.

    Raises:
        OSError: If a file cannot be read or written.
    """
    lines = [f"{_sum(path)}  {path.name}\n" for path in sorted(folder.iterdir())]
    (folder / SUMS).write_text("".join(lines), encoding="utf-8", newline="\n")


def damage(folder: Path) -> str | None:
    """Compare the files of a folder with their checksums. The folder may be from elsewhere.

    Args:
        folder: A folder with the ``SHA256SUMS`` of ``write_sums``, which names every file of the
            folder but hidden ones, and no others. Only regular files are read.

    Returns:
        What is wrong with the first damaged or missing file; None if all files are whole.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> _ = (folder / "weights").write_bytes(b"0123")
        >>> write_sums(folder)
        >>> damage(folder)
        >>> _ = (folder / "weights").write_bytes(b"0124")
        >>> damage(folder)
        'weights differs from its checksum'
    """
    try:
        lines = read_text(folder / SUMS).splitlines()
        sums = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
    except FileNotFoundError:
        return f"{SUMS} is missing"
    except (OSError, ValueError):
        return f"{SUMS} cannot be read"
    if not sums:
        return f"{SUMS} is empty"
    for name, digest in sums.items():
        if name in ("", ".", "..", SUMS) or set(name) & {"/", os.sep, "\0"}:
            return f"{SUMS} names {name!r}, which is no file of the folder"
        try:
            if _sum(folder / name) != digest:
                return f"{name} differs from its checksum"
        except FileNotFoundError:
            return f"{name} is missing"
        except OSError as error:
            return f"{name} cannot be read: {error.strerror}"
    # Hidden files are those of systems, as .DS_Store.
    others = sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
    unknown = [name for name in others if name not in sums and name != SUMS]
    return f"{unknown[0]} is not in {SUMS}" if unknown else None


def _sum(path: Path) -> str:
    with open(open_untrusted(path), "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
