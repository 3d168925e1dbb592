"""The folders of the package and the way of the data through them, as a picture.

python -m tools.pictures.architecture docs/pictures/architecture.png

The levels are those of tests/test_package.py, which enforces them.
"""

import argparse
import re
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from PIL import Image

LEVELS = Path(__file__).parents[2] / "tests" / "test_package.py"
#: What each box says under its name; the boxes of a level stand in this order.
ABOUT = {
    "cli": "one file per command",
    "run": "a run in a notebook",
    "callbacks": "Keras callbacks",
    "training": "train(), callbacks, health checks",
    "web": "the page in the browser",
    "evaluation": "judge, metrics, report",
    "export": "one file per format",
    "encoder": "from a picture to its latent",
    "board": "TensorBoard",
    "plots": "curves, videos",
    "generation": "saved generators",
    "runs": "the run folder: checkpoints, tables, metric tags",
    "presets": "recipes as data",
    "config": "all settings of a run",
    "wgan": "losses, one update of each network, schedule, compiled loop",
    "networks": "one file per architecture",
    "datasets": "one file per source of data",
    "images": "pixels, grids, PNG, GIF, MP4",
    "devices": "tf.distribute, precision",
    "files": "whole files, checksums, untrusted files",
    "errors": "errors that users can fix",
}
#: Modules of a single file, which have a lighter box; the hidden ones are not shown.
HIDDEN = ("classifier", "keras_settings", "messages", "moved", "startup_lines")
FILES = (*HIDDEN, "run", "callbacks", "presets", "config", "errors")
#: The way of the data: a folder on the level, and what comes out of it.
WAY = {
    "datasets": "uint8 images, labels",
    "wgan": "critic and generator steps,\nrun by training/",
    "runs": "checkpoints, metrics,\nsamples",
    "generation": "images on demand",
    "export": "figures, and files for\nother programs",
    "web": "a page",
}
#: Colours of Okabe and Ito: a folder, and the way of the data.
BLUE, VERMILION = "#0072B2", "#D55E00"
#: Width of all boxes of a level, and the place of the way beside them.
_WIDTH, _WAY, _HEIGHT = 8.4, 8.75, 0.66


def levels() -> list[list[str]]:
    """The levels from the highest to the lowest."""
    text = re.search(r'LEVELS = """\n(.*?)"""', LEVELS.read_text(), re.DOTALL)
    rows = [set(row.split()) - set(HIDDEN) for row in text.group(1).strip().splitlines()]
    return [sorted(row, key=list(ABOUT).index) for row in reversed(rows) if row]


def draw(axes: Axes, rows: list[list[str]]) -> None:
    """Draw the boxes, the arrow of the imports, and the way of the data."""
    for number, row in enumerate(rows):
        for column, name in enumerate(row):
            _box(axes, name, column * _WIDTH / len(row), -number, _WIDTH / len(row) - 0.16)
    heights = {name: -number for number, row in enumerate(rows) for name in row}
    began = (_WAY, heights["datasets"] - 1)
    axes.text(_WAY + 0.2, began[1], "your files, or MNIST", va="center", fontsize=9)
    for name, text in WAY.items():
        place = (_WAY, heights[name])
        axes.plot(*began, "o", color=VERMILION, markersize=8)
        _arrow(axes, began, place, VERMILION)
        axes.plot([_WIDTH - 0.1, _WAY], [place[1]] * 2, color=VERMILION, linewidth=1)
        axes.text(_WAY + 0.2, place[1], text, va="center", fontsize=9)
        began = place
    axes.plot(*began, "o", color=VERMILION, markersize=8)
    axes.text(_WAY, 0, "the way of the data", color=VERMILION, weight="bold", va="center")
    _arrow(axes, (-0.35, 0.35), (-0.35, 0.6 - len(rows)), "0.35")
    axes.text(-0.65, (1 - len(rows)) / 2, "imports go down", rotation=90, va="center", ha="center")
    axes.set(xlim=(-0.9, _WAY + 2.9), ylim=(0.55 - len(rows), 0.45))
    axes.axis("off")


def _box(axes, name, left, y, width):
    one_file = name in FILES
    box = FancyBboxPatch(
        (left, y - _HEIGHT / 2),
        width,
        _HEIGHT,
        boxstyle="round,pad=0,rounding_size=0.08",
        facecolor="white" if one_file else "#E5F1F8",
        edgecolor=BLUE,
        linestyle="--" if one_file else "-",
    )
    axes.add_patch(box)
    title = f"{name}.py" if one_file else f"{name}/"
    axes.text(left + 0.12, y + 0.14, title, weight="bold", va="center")
    axes.text(left + 0.12, y - 0.16, ABOUT[name], va="center", fontsize=8.5)


def _arrow(axes, start, end, colour):
    arrow = FancyArrowPatch(
        start, end, arrowstyle="-|>", mutation_scale=18, linewidth=2.5, color=colour, shrinkB=5
    )
    axes.add_patch(arrow)


def main() -> None:
    """Write the picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("picture", type=Path, help="PNG file")
    path = parser.parse_args().picture
    rows = levels()
    figure = Figure(figsize=(10, 0.62 * len(rows)), dpi=110, layout="constrained")
    draw(figure.subplots(), rows)
    figure.savefig(path)
    Image.open(path).convert("RGB").quantize(64).save(path, optimize=True)


if __name__ == "__main__":
    main()
