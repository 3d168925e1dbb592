"""``acwgan generate``: draws images. Nothing heavy is imported before it runs."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from math import ceil, sqrt
from pathlib import Path
from typing import TYPE_CHECKING

from acwgan.cli.encode import add_hand_options, read_hand
from acwgan.cli.options import SEED, Combinations, Number, class_names, per_class
from acwgan.cli.output import note, say
from acwgan.cli.parser import Commands
from acwgan.errors import Range, UserError
from acwgan.files.endings import check_ending

if TYPE_CHECKING:
    import numpy as np

    from acwgan.generation.generator import Generator

_ABOUT = (
    "Draw images with the generator in the package or one of your own: one picture of many images, "
    "arrays, a labelled data set, or an animation. Prints the path of the new file."
)
_COUNT = Number(Range(whole=True, at_least=1, at_most=1_000_000))
_COMBINATIONS = Combinations(
    one_of="text, classes, count, per_class, morph",
    apart={
        "per_class": "rows, style, walk, format=png, format=svg, format=pngs",
        "morph": "walk, style, format, min_score",
        "walk": "format, min_score",
        "style": "seed, min_score",
        "like": "seed, style, per_class, count, walk, min_score",
        "count": "rows, style",
        "scores": "per_class, morph, walk, format=svg, format=npz, format=pngs, format=folders",
        "scale": "per_class, format=npz, format=folders",
    },
    needs={
        "frames": "morph, walk",
        "columns": "morph, count",
        "judge": "min_score, like",
        "labels": "like",
        "refine": "like",
    },
)
#: Options that decide what is written, each with its ending.
_ENDINGS = {"morph": "gif", "walk": "gif"}
#: Values of ``--format`` that are folders.
_FOLDERS = ("pngs", "folders")


def add_parser(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "generate", help="draw digits, a labelled data set or an animation", description=_ABOUT
    )
    parser.set_defaults(command=run)
    _add_subject(parser.add_argument_group("what to draw (exactly one of these)").add_argument)
    _add_look(parser.add_argument_group("how it looks").add_argument)
    _add_output(parser.add_argument_group("what is written").add_argument)


def _add_subject(add: Callable[..., object]) -> None:
    about = "digits, as 20260, or names, as 'cat dog'"
    add("text", metavar="TEXT", nargs="?", type=class_names, help=about)
    about = """classes by name, as sneaker,bag; a name with a comma in quotes: '"hat, red",bag'"""
    add("--classes", metavar="A,B", type=class_names, help=about)
    add("--count", metavar="N", type=_COUNT, help="N images, of each class in turn")
    about = (
        "labelled data set with N images of each class, or as cat=500,dog=20, in the layout of "
        "mnist.npz or in folders"
    )
    add("--per-class", metavar="N", type=per_class(_COUNT), help=about)
    about = "GIF from one class to another and back"
    add("--morph", metavar=("A", "B"), nargs=2, type=class_names, help=about)


def _add_look(add: Callable[..., object]) -> None:
    about = "run folder, .keras or .tflite file (default: the generator in the package)"
    add("--checkpoint", metavar="PATH", type=Path, help=about)
    about = "another seed draws other images (default: %(default)s)"
    add("--seed", metavar="N", type=SEED, default=0, help=about)
    about = "use one handwriting (one latent) per row, drawn from this seed"
    add("--style", metavar="SEED", type=SEED, help=about)
    about = (
        "draw in the hand of these pictures, or of .npy files from acwgan encode; "
        "--labels, --judge and --refine are those of acwgan encode"
    )
    add("--like", metavar="FILE", nargs="+", type=Path, help=about)
    about = (
        "%(type)s: less gives cleaner images that are more alike, more gives more varied ones "
        "(default: %(default)s)"
    )
    psi = Number(Range(above=0, at_most=1.25))
    add("--truncation", metavar="PSI", type=psi, default=1.0, help=about)
    about = "keep images that the judge reads as asked for, with this probability or more"
    add("--min-score", metavar="P", type=Number(Range(at_least=0, at_most=1)), help=about)
    add_hand_options(add)


def _add_output(add: Callable[..., object]) -> None:
    about = (
        "file, or folder for pngs and folders (default: digits.png, .svg, .npz or .gif; images.* "
        "for others)"
    )
    add("--out", metavar="PATH", type=Path, help=about)
    about = (
        "one picture, the same as smooth outlines, arrays x and y, a picture of each image, or the "
        "same in a folder of each class, which --dataset reads (default: as --out ends)"
    )
    add("--format", choices=("png", "svg", "npz", *_FOLDERS), help=about)
    about = "rows, each with all that is asked for (default: %(default)s)"
    add("--rows", metavar="N", type=_COUNT, default=1, help=about)
    about = "images in a row of --count (default: about as many as rows) or --morph (default: 8)"
    add("--columns", metavar="N", type=_COUNT, help=about)
    about = "side of a pixel, %(type)s (default: 1; with --scores 2; in a GIF 4, in an SVG 8)"
    side = Number(Range(whole=True, at_least=1, at_most=32))
    add("--scale", metavar="N", type=side, help=about)
    add("--walk", action="store_true", help="GIF of the same images while their latents move")
    about = "frames of the GIF, %(type)s (default: %(default)s)"
    frames = Number(Range(whole=True, at_least=2, at_most=1000))
    add("--frames", metavar="N", type=frames, default=48, help=about)
    add("--scores", action="store_true", help="write the critic's score under each image")


def run(arguments: argparse.Namespace) -> int:
    """Run the command.

    Args:
        arguments: Arguments of the command.

    Returns:
        The exit status.

    Raises:
        UserError: If the arguments, the generator or the judge cannot be used.
    """
    _check_and_resolve(arguments)
    from acwgan.cli.drawing import draw
    from acwgan.evaluation.judge import Judge, judge_of
    from acwgan.generation import loading
    from acwgan.startup_lines import without_start_up_lines

    judge = None
    with without_start_up_lines():
        generator = loading.load(arguments.checkpoint)
        if arguments.min_score is not None:
            generator.require_classes("--min-score")
            path = arguments.judge
            judge = Judge(path) if path else judge_of(arguments.checkpoint)
            judge.check_names(generator.classes)
    min_score = arguments.min_score or 0.0
    z = _latent_of(generator, arguments) if arguments.like else None
    sampler = generator.sampler(arguments.seed, arguments.truncation, judge, min_score, z)
    try:
        path = draw(generator, sampler, arguments)
    except KeyboardInterrupt:
        note("Stopped; nothing was written.")
        return 130
    if judge:
        note(f"rejected {sampler.rejected} of {sampler.drawn}")
    say(path)
    return 0


def _latent_of(generator: Generator, arguments: argparse.Namespace) -> np.ndarray:
    """The latent of files of latents and of pictures; of several, the mean."""
    import numpy as np

    from acwgan.encoder.hand import mean_latent
    from acwgan.encoder.latent_files import read_latent
    from acwgan.startup_lines import without_start_up_lines

    files = [path for path in arguments.like if path.suffix == ".npy"]
    pictures = [path for path in arguments.like if path.suffix != ".npy"]
    with without_start_up_lines():
        found = [read_latent(path, generator.latent_dim) for path in files]
        if pictures:
            found.append(read_hand(pictures, generator, arguments).z)
    return mean_latent(np.stack(found)) if len(found) > 1 else found[0]


def _check_and_resolve(arguments: argparse.Namespace) -> None:
    """Check the combination of the options, and set the defaults that depend on other options."""
    given = dict(arguments.given)
    ending = next((_ENDINGS[name] for name in _ENDINGS if name in given), None)
    if ending is None:
        suffix = "" if arguments.out is None else arguments.out.suffix
        default = "npz" if "per_class" in given else "png"
        by_ending = suffix[1:] if suffix in (".svg", ".npz") else default
        given["format"] = arguments.format or by_ending
    subjects = {"text", "classes", "count", "per_class", "morph"}
    if arguments.like and not given.keys() & subjects:
        raise UserError("`like` takes all words that follow it; write TEXT before it")
    _COMBINATIONS.check(given)
    arguments.format = ending or given["format"]
    if arguments.out is not None and arguments.format not in _FOLDERS:
        check_ending("out", arguments.out, f".{arguments.format}")
    if arguments.style is not None:
        arguments.seed = arguments.style
    if arguments.scale is None:
        scales = {"gif": 4, "svg": 8}
        arguments.scale = scales.get(arguments.format, 2 if arguments.scores else 1)
    if arguments.columns is None:
        of_morph = 1 if arguments.like else 8  # All are the same in one hand.
        arguments.columns = of_morph if arguments.count is None else ceil(sqrt(arguments.count))
