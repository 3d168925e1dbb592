"""What ``acwgan generate`` draws: images, a labelled data set, a morph or a walk."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from acwgan.errors import UserError

if TYPE_CHECKING:
    import numpy as np

    from acwgan.generation.generator import Generator
    from acwgan.generation.sampling import Sampler

#: Most images in one picture.
_MOST_IMAGES = 1_000_000
#: Largest height and width of a GIF whose scale is not given.
_GIF_SIDE = 4096
#: Random latents that a walk passes through before it returns to the first.
_STOPS = 4


def draw(generator: Generator, sampler: Sampler, arguments: argparse.Namespace) -> Path:
    """Draw what is asked for, and write it.

    Args:
        generator: The generator.
        sampler: A sampler of the generator.
        arguments: Arguments of ``acwgan generate``, checked and resolved.

    Returns:
        Path of the new file or folder.

    Raises:
        UserError: If the generator has no such classes, or too many images are asked for.
    """
    name = _plural(generator)
    is_folder = arguments.format in ("pngs", "folders")
    default = Path(name if is_folder else f"{name}.{arguments.format}")
    path = arguments.out or default
    kinds = {"per_class": _data_set, "morph": _morph, "walk": _walk}
    kind = next((kinds[name] for name in kinds if name in arguments.given), _images)
    kind(generator, sampler, arguments, path)
    return path


def _plural(generator: Generator) -> str:
    return "digits" if generator.classes == tuple("0123456789") else "images"


def _labels(generator: Generator, arguments: argparse.Namespace) -> tuple[np.ndarray, int]:
    """Labels ``(N,)`` of the images asked for, and the number of images in a row."""
    import numpy as np

    from acwgan.generation.class_names import split

    if arguments.count is not None:
        columns = min(arguments.count, arguments.columns)
        return generator.labels_in_turn(arguments.count), columns
    names = arguments.text if arguments.classes is None else split(arguments.classes)
    labels = generator.labels(names)
    _check_number(len(labels) * arguments.rows)
    return np.tile(labels, arguments.rows), len(labels)


def _check_number(images: int) -> None:
    if images > _MOST_IMAGES:
        raise UserError(
            f"{images:,} images are too many at once; at most {_MOST_IMAGES:,} are allowed"
        )


def _images(
    generator: Generator, sampler: Sampler, arguments: argparse.Namespace, path: Path
) -> None:
    from acwgan.generation.image_files import write
    from acwgan.images.grids import captioned, filled

    labels, columns = _labels(generator, arguments)
    if arguments.style is None:
        images = sampler.all(labels)
    else:
        z = sampler.latents(arguments.rows).repeat(columns, axis=0)
        images = generator.draw(z, generator.one_hot(labels))
    scale = arguments.scale
    if arguments.scores:
        from acwgan.generation.critic import load_critic

        scores, _ = load_critic(arguments.checkpoint)(images)
        images = captioned(images, [f"{score:.2g}" for score in scores], scale)
        scale = 1
    if arguments.format in ("png", "svg"):
        images = filled(images, columns)
    known, names = (labels, generator.classes) if generator.classes else (None, None)
    write(images, known, columns, arguments.format, path, scale, class_names=names)


def _data_set(
    generator: Generator, sampler: Sampler, arguments: argparse.Namespace, path: Path
) -> None:
    from acwgan.cli.progress_bar import CountLine
    from acwgan.generation.image_files import write_folders, write_set

    generator.require_classes("--per-class")
    labels = _in_turn(generator, arguments.per_class)
    with CountLine(len(labels), _plural(generator)) as line:

        def portions():
            done = 0
            for images in sampler.stream(labels):
                yield images
                done += len(images)
                line.show(done)

        write_it = write_folders if arguments.format == "folders" else write_set
        write_it(path, labels, portions(), generator.classes)


def _in_turn(generator: Generator, per_class: int | str) -> np.ndarray:
    """Labels ``(N,)`` of a data set, each class in turn, so that its beginning is balanced."""
    import numpy as np

    from acwgan.generation.class_names import counts_in

    classes = len(generator.classes)
    if isinstance(per_class, int):
        return generator.labels_in_turn(classes * per_class)
    counts = np.array(counts_in(per_class, generator.classes))
    _check_number(int(counts.sum()))
    labels = np.repeat(np.arange(classes, dtype=np.int32), counts)
    turns = np.concatenate([np.arange(count) for count in counts])
    return labels[np.lexsort((labels, turns))]


def _morph(
    generator: Generator, sampler: Sampler, arguments: argparse.Namespace, path: Path
) -> None:
    from acwgan.generation.paths import morph

    generator.require_classes("--morph")
    first, second = generator.one_hot(generator.labels(arguments.morph))
    count = arguments.rows * arguments.columns
    _check_number(count)
    z = sampler.latents(count)
    frames = (
        generator.draw(z, weights[None].repeat(count, axis=0))
        for weights in morph(first, second, arguments.frames)
    )
    _save_gif(path, frames, arguments.columns, arguments)


def _walk(
    generator: Generator, sampler: Sampler, arguments: argparse.Namespace, path: Path
) -> None:
    from acwgan.generation.paths import walk
    from acwgan.images.grids import filled

    labels, columns = _labels(generator, arguments)
    repeats = 1 if arguments.style is None else columns
    latents = len(labels) // repeats
    stops = sampler.latents(_STOPS * latents).reshape(_STOPS, latents, -1)
    weights = generator.one_hot(labels)
    frames = (
        filled(generator.draw(z, weights), columns)
        for z in walk(stops.repeat(repeats, axis=1), arguments.frames)
    )
    _save_gif(path, frames, columns, arguments)


def _save_gif(
    path: Path, frames: Iterable[np.ndarray], columns: int, arguments: argparse.Namespace
) -> None:
    from acwgan.images.gif import save_gif
    from acwgan.images.grids import enlarged, grid

    def scaled(picture: np.ndarray) -> np.ndarray:
        most = max(1, _GIF_SIDE // max(picture.shape[:2]))
        given = "scale" in arguments.given
        return enlarged(picture, arguments.scale if given else min(arguments.scale, most))

    save_gif(path, (scaled(grid(frame, columns)) for frame in frames))
