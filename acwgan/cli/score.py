"""``acwgan score``: rates pictures with a critic. Nothing heavy is imported before it runs."""

from __future__ import annotations

import argparse
import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from acwgan.cli.output import say, write
from acwgan.cli.parser import Commands
from acwgan.messages import padded, printable, width

if TYPE_CHECKING:
    import numpy as np

_ABOUT = (
    "Rate pictures with a trained critic. The Wasserstein score is higher for pictures that look "
    "more real to this critic. It has no unit: compare only scores of the same critic."
)


def add_parser(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser("score", help="rate pictures with a critic", description=_ABOUT)
    parser.set_defaults(command=run)
    add = parser.add_argument
    about = (
        "PNG files of the size that the critic takes (28x28 and grey for the one in the package), "
        "or .npz files with an array x or x_train (N, 28, 28) uint8"
    )
    add("images", metavar="IMAGES", nargs="+", type=Path, help=about)
    about = "run folder or .tflite file (default: the critic in the package)"
    add("--checkpoint", metavar="PATH", type=Path, help=about)
    about = "write the scores as a table with all decimals; - is standard output"
    add("--csv", metavar="FILE", help=about)


def run(arguments: argparse.Namespace) -> int:
    """Run the command.

    Args:
        arguments: Arguments of the command.

    Returns:
        The exit status.

    Raises:
        UserError: If the critic or the pictures cannot be used.
    """
    from acwgan.files.atomic import whole_file
    from acwgan.generation.critic import load_critic
    from acwgan.generation.picture_files import read_pictures
    from acwgan.startup_lines import without_start_up_lines

    with without_start_up_lines():
        critic = load_critic(arguments.checkpoint)
        names, images = read_pictures(arguments.images, critic.image_shape)
        scores, class_probs = critic(images)
    if arguments.csv is None:
        _print_table(names, scores, class_probs)
        return 0
    text = io.StringIO()
    _write_csv(text, names, scores, class_probs)
    if arguments.csv == "-":
        write(text.getvalue())
    else:
        with whole_file(arguments.csv) as partial:
            partial.write_bytes(text.getvalue().encode(errors="backslashreplace"))
        say(arguments.csv)
    return 0


def _columns(class_probs: np.ndarray) -> list[str]:
    classes = [f"p{label}" for label in range(class_probs.shape[1])]
    return ["name", "score", *(["read_as", "probability", *classes] if classes else [])]


def _rows(
    names: list[str], scores: np.ndarray, class_probs: np.ndarray
) -> Iterator[tuple[Any, ...]]:
    for name, score, probs in zip(names, scores, class_probs, strict=True):
        read_as = [probs.argmax(), probs.max()] if len(probs) else []
        yield name, score, *read_as, *probs


def _print_table(names: list[str], scores: np.ndarray, class_probs: np.ndarray) -> None:
    names = [*map(printable, names)]
    most = max(map(width, ["name", *names]))
    heads = [head.replace("_", " ") for head in _columns(class_probs)[1:]]
    least = [8, 7, 11, *[4] * class_probs.shape[1]]
    formats = [".3f", "d", ".3f", *[".2f"] * class_probs.shape[1]]
    widths = [max(len(head), size) for head, size in zip(heads, least, strict=False)]
    cells = [head.rjust(size) for head, size in zip(heads, widths, strict=True)]
    say(" ".join([padded("name", most), *cells]))
    for name, *numbers in _rows(names, scores, class_probs):
        texts = [f"{number:{form}}" for number, form in zip(numbers, formats, strict=False)]
        cells = [text.rjust(size) for text, size in zip(texts, widths, strict=True)]
        say(" ".join([padded(name, most), *cells]))


def _write_csv(
    file: IO[str], names: list[str], scores: np.ndarray, class_probs: np.ndarray
) -> None:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(_columns(class_probs))
    # str() of a float32 is the shortest text that is read back as the same number.
    writer.writerows([name, *map(str, row)] for name, *row in _rows(names, scores, class_probs))
