"""Builds the website of this version beside those of others: python -m tools.website FOLDER.

Each version has a folder of its own, as ``FOLDER/0.1.0``. ``FOLDER/versions.json`` lists them for
the switch in the header, and ``FOLDER/index.html`` leads to the newest one. What is there of other
versions stays as it is. Any web server can show the folder.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

from packaging.version import Version

import acwgan

ROOT = Path(__file__).parent.parent
_START = (
    '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">'
    '<meta http-equiv="refresh" content="0; url={0}/">\n'
)


def build(folder: Path) -> None:
    """Build the website of this version into its folder; every warning is an error."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict"]
    command += ["-f", ROOT / "docs" / "mkdocs.yml", "-d", (folder / acwgan.__version__).resolve()]
    subprocess.run(command, check=True, env={"NO_MKDOCS_2_WARNING": "1", **os.environ})


def list_versions(folder: Path) -> None:
    """Write which versions are in a folder, the newest first, and a page that leads to that one."""
    there = {path.parent.name for path in folder.glob("*/index.html")}
    versions = sorted(there, key=Version, reverse=True)
    rows = [{"version": name, "title": name, "aliases": []} for name in versions]
    (folder / "versions.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    (folder / "index.html").write_text(_START.format(versions[0]), encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser("python -m tools.website", description=__doc__.split(":")[0])
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    folder = parser.parse_args().folder
    build(folder)
    list_versions(folder)
