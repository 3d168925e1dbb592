"""``acwgan encode``: finds the latent of a hand. Nothing heavy is imported before it runs."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from acwgan.cli.options import Number, class_names, file
from acwgan.cli.output import note, say
from acwgan.cli.parser import Commands
from acwgan.errors import Range

if TYPE_CHECKING:
    import numpy as np

    from acwgan.encoder.hand import Hand
    from acwgan.generation.generator import Generator

_ABOUT = (
    "Find the latent with which the generator draws in the hand of a picture: a photograph or scan "
    "of a digit, or of several by one person. Prints the paths of the latent and of a picture that "
    "shows how well it is matched: what was read, what is drawn, and all classes in this hand."
)
#: Images in a row of the picture, and the side of a pixel in it.
_COLUMNS, _SCALE = 10, 4


def add_parser(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "encode", help="find the latent of a handwriting", description=_ABOUT
    )
    parser.set_defaults(command=run)
    add = parser.add_argument
    add("pictures", metavar="PICTURE", nargs="+", type=Path, help="pictures of one hand")
    about = "run folder or file of a generator, with its encoder (default: those in the package)"
    add("--checkpoint", metavar="PATH", type=Path, help=about)
    add_hand_options(add)
    about = "file of the latent; its picture gets the ending .png (default: %(default)s)"
    add("--out", metavar="FILE", type=file(".npy"), default=Path("hand.npy"), help=about)


def add_hand_options(add: Callable[..., object]) -> None:
    """Add the options that say how pictures are read."""
    about = "what is on the pictures, as 7, or as 2026 of four digits (default: the judge reads it)"
    add("--labels", metavar="TEXT", type=class_names, help=about)
    about = "judge that reads images (default: as in the run; for mnist the one in the package)"
    add("--judge", metavar="FILE", type=Path, help=about)
    about = "steps of descent from what the encoder finds, with TensorFlow (default: %(default)s)"
    steps = Number(Range(whole=True, at_least=0, at_most=100_000))
    add("--refine", metavar="STEPS", type=steps, default=0, help=about)


def run(arguments: argparse.Namespace) -> int:
    """Run the command.

    Args:
        arguments: Arguments of the command.

    Returns:
        The exit status.

    Raises:
        UserError: If the generator, its encoder, the judge or the pictures cannot be used.
    """
    from acwgan.encoder.latent_files import save_latent
    from acwgan.generation.loading import load
    from acwgan.images.png import save_png
    from acwgan.startup_lines import without_start_up_lines

    with without_start_up_lines():
        generator = load(arguments.checkpoint)
        hand = read_hand(arguments.pictures, generator, arguments)
        picture = _picture(hand, generator)
    save_latent(arguments.out, hand.z)
    say(arguments.out)
    save_png(arguments.out.with_suffix(".png"), picture)
    say(arguments.out.with_suffix(".png"))
    return 0


def read_hand(pictures: list[Path], generator: Generator, arguments: argparse.Namespace) -> Hand:
    """Read a hand off pictures, and say what they are read as and how well they are matched.

    Args:
        pictures: Paths of the pictures.
        generator: The generator of ``arguments.checkpoint``.
        arguments: With the options of ``add_hand_options``, and ``checkpoint``.
    """
    from acwgan.encoder.hand import encode
    from acwgan.evaluation.judge import Judge

    hand = encode(
        pictures,
        arguments.checkpoint,
        labels=arguments.labels,
        judge=Judge(arguments.judge) if arguments.judge else None,
        refine=arguments.refine,
        generator=generator,
    )
    for i, (name, distance) in enumerate(zip(hand.names, hand.distance, strict=True)):
        read = ""
        if hand.probabilities is not None:
            read = f"read as {hand.classes[hand.labels[i]]} ({hand.probabilities[i]:.1%}), "
        note(f"{name}: {read}drawn again with a difference of {distance:.2f} of 1")
    return hand


def _picture(hand: Hand, generator: Generator) -> np.ndarray:
    """Rows: the pictures, the same drawn again, all classes in this hand."""
    import numpy as np

    from acwgan.images.grids import enlarged, filled, grid

    labels = generator.labels_in_turn(max(1, len(generator.classes)))
    everything = generator.sampler(z=hand.z).all(labels)
    rows = []
    for start in range(0, len(hand.images), _COLUMNS):
        part = slice(start, start + _COLUMNS)
        rows += [filled(hand.images[part], _COLUMNS), filled(hand.drawn[part], _COLUMNS)]
    images = np.concatenate([*rows, filled(everything, _COLUMNS)])
    return enlarged(grid(images, _COLUMNS), _SCALE)
