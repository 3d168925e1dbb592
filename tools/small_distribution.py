"""Writes the source of the small distribution: python -m tools.small_distribution FOLDER.

``acwgan-digits`` is the same package, for those who want digits alone: it depends on neither
TensorFlow nor what goes with it, and does not have MNIST. ``pip install FOLDER`` installs it,
``python -m build FOLDER`` makes a wheel.
"""

import re
import shutil
import sys
from pathlib import Path

from acwgan.files.checksums import SUMS, write_sums

ROOT = Path(__file__).parent.parent
NAME = "acwgan-digits"
#: All that drawing, reading a hand, scoring, and writing the page need.
PACKAGES = ("numpy", "pillow", "ai-edge-litert", "lazy-loader")
#: What only training and evaluating need.
WITHOUT = ("mnist.npz", SUMS)


def write_source(folder: Path) -> Path:
    """Write the source of the small distribution into a new folder."""
    unwanted = shutil.ignore_patterns("__pycache__", *WITHOUT)
    shutil.copytree(ROOT / "acwgan", folder / "acwgan", ignore=unwanted)
    shutil.copy(ROOT / "acwgan/web/runtime" / SUMS, folder / "acwgan/web/runtime")
    write_sums(folder / "acwgan" / "data")
    for name in ("LICENSE", "README.md", "setup.py"):
        shutil.copy(ROOT / name, folder)
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    bounds = re.findall(rf'^    "(?:{"|".join(PACKAGES)})[<>=].*$', text, re.M)
    assert len(bounds) == len(PACKAGES)
    text = text.replace('\nname = "acwgan"\n', f'\nname = "{NAME}"\n', 1)
    dependencies = "\n".join(["dependencies = [", *bounds, "]"])
    text = re.sub(r"(?ms)^dependencies = \[$.*?^\]$", dependencies, text, count=1)
    text = re.sub(r"(?ms)^\[project\.optional-dependencies\]$.*?^(?=\[)", "", text, count=1)
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    return folder


if __name__ == "__main__":
    write_source(Path(sys.argv[1]))
