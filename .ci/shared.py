"""What the scripts of this folder share: a clean copy of the source, and environments."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
#: What a person installs, beside the package itself.
EXTRAS = "video,onnx"


def tracked() -> set[str]:
    """The tracked files that are there."""
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    return {name for name in listing.stdout.decode().split("\0") if name and (ROOT / name).exists()}


def copy_source(target: Path) -> Path:
    """Copy the tracked files, since setuptools leaves a folder beside those that it installs."""
    for name in tracked():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, target / name)
    return target


def environment(folder: Path, *packages: object, interpreter: str = sys.executable) -> str:
    """A new virtual environment with some packages; the path of its Python."""
    subprocess.run([interpreter, "-m", "venv", folder], check=True)
    python = str(Path(folder, "bin", "python"))
    if packages:
        run(python, "-m", "pip", "install", "--quiet", *packages)
    return python


def run(python: str, *words: object, cwd: Path | None = None, quiet: bool = False) -> None:
    """Run a Python, which must succeed; quietly, what it prints is thrown away."""
    out = subprocess.DEVNULL if quiet else None
    subprocess.run([python, *map(str, words)], cwd=cwd, check=True, stdout=out)


def try_installed(python: str, folder: Path) -> None:
    """Use what is installed as a person does, away from the source."""
    run(python, "-W", "default", ROOT / ".ci" / "smoke.py", cwd=folder)
    command = [python, "-m", "acwgan", "--report"]
    report = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout
    print(f"acwgan --report: {report.splitlines()[-1]}", flush=True)
    if not report.endswith("problems: none\n"):
        raise SystemExit(report)
