"""``acwgan score``: rates pictures with a critic. Nothing heavy is imported before it runs."""

from __future__ import annotations

import argparse
import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

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
    table = _Table(critic.classes, names, scores, class_probs)
    if arguments.csv is None:
        _print_table(table)
    elif arguments.csv == "-":
        write(_csv(table))
    else:
        with whole_file(arguments.csv) as partial:
            partial.write_bytes(_csv(table).encode(errors="backslashreplace"))
        say(arguments.csv)
    return 0


class _Table(NamedTuple):
    """What the critic says of each picture."""

    classes: tuple[str, ...]  # K names
    names: list[str]  # N names of pictures
    scores: np.ndarray  # (N,)
    class_probs: np.ndarray  # (N, K)

    def heads(self) -> list[str]:
        """The names of the columns: p3 for the digit 3, p_cat for a cat."""
        joint = "" if all(len(name) == 1 for name in self.classes) else "_"
        of_classes = [f"p{joint}{name}" for name in self.classes]
        return ["name", "score", *(["read_as", "probability", *of_classes] if of_classes else [])]

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """The values of each picture in the order of the columns."""
        for name, score, probs in zip(self.names, self.scores, self.class_probs, strict=True):
            read_as = [self.classes[probs.argmax()], probs.max()] if len(probs) else []
            yield name, score, *read_as, *probs


def _print_table(table: _Table) -> None:
    heads = [
        printable(head.replace("_", " ")) if head == "read_as" else printable(head)
        for head in table.heads()
    ]
    formats = ["", ".3f", "", ".3f", *[".2f"] * len(table.classes)]
    least = [0, 8, 7, 11, *[4] * len(table.classes)]
    lines = [
        [printable(f"{value:{form}}") for value, form in zip(row, formats, strict=False)]
        for row in table.rows()
    ]
    columns = zip(least, heads, *lines, strict=False)
    widths = [max(size, *map(width, texts)) for size, *texts in columns]
    for texts in [heads, *lines]:
        first, *others = (
            padded(text, size, right=index > 0)
            for index, (text, size) in enumerate(zip(texts, widths, strict=True))
        )
        say(" ".join([first, *others]))


def _csv(table: _Table) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.heads())
    # str() of a float32 is the shortest text that is read back as the same number.
    writer.writerows([name, *map(str, row)] for name, *row in table.rows())
    return text.getvalue()
