"""Checksums of the files in a folder, in a file that ``sha256sum --check`` reads too."""

import hashlib
from pathlib import Path

#: Name of the file.
SUMS = "SHA256SUMS"


def write_sums(folder: Path) -> None:
    """Write the checksum of every file in a folder into ``SHA256SUMS`` beside them.

    Args:
        folder: Has files only.

    Raises:
        OSError: If it cannot be read or written.
    """
    lines = [f"{_sum(path)}  {path.name}\n" for path in sorted(folder.iterdir())]
    (folder / SUMS).write_text("".join(lines))


def damage(folder: Path) -> str | None:
    """What is wrong with the files of a folder.

    Args:
        folder: As ``write_sums`` left it.

    Returns:
        The first file that is missing or not as it was written, in words; None if all are.

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
        lines = (folder / SUMS).read_text().splitlines()
        sums = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
    except FileNotFoundError:
        return f"{SUMS} is missing"
    except (OSError, ValueError):
        return f"{SUMS} cannot be read"
    if not sums:
        return f"{SUMS} is empty"
    for name, digest in sums.items():
        try:
            if _sum(folder / name) != digest:
                return f"{name} differs from its checksum"
        except FileNotFoundError:
            return f"{name} is missing"
        except OSError as error:
            return f"{name} cannot be read: {error.strerror}"
    return None


def _sum(path):
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
