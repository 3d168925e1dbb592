"""Writes the checksums of the files that are shipped beside the code: python -m tools.checksums.

Run it after a change in ``acwgan/data`` or ``acwgan/web/runtime``; what it writes is committed.
"""

from pathlib import Path

from acwgan.files.checksums import SUMS, write_sums

PACKAGE = Path(__file__).parent.parent / "acwgan"
FOLDERS = (PACKAGE / "data", PACKAGE / "web" / "runtime")

if __name__ == "__main__":
    for folder in FOLDERS:
        (folder / SUMS).unlink(missing_ok=True)  # Else it would list itself.
        write_sums(folder)
