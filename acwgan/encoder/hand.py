"""Reads a hand: the latent with which a generator draws all classes as in given pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from acwgan.datasets.options import NEUTRAL
from acwgan.encoder.pictures import read_digits, read_image
from acwgan.encoder.trained import EncoderError, load_encoder
from acwgan.evaluation.judge import Judge, JudgeError, judge_of
from acwgan.generation.generator import Generator
from acwgan.generation.loading import load
from acwgan.runs.model_info import info_of

#: A picture whose class is not given is taken for no digit if the judge reads it with less than
#: this probability, or if what is drawn again differs from it by more than this root mean square.
#: docs/hand.md says how many digits, and what else, they refuse.
SURE, _FAR = 0.9, 0.27


class Hand(NamedTuple):
    """What pictures say of the hand that made them.

    Attributes:
        z: ``(latent_dim,)`` float32, for all pictures together.
        names: Where each of the N images is from: ``seven.png``, or ``page.png[2]`` of several.
        images: ``(N, H, W)`` or ``(N, H, W, 3)`` uint8, as the encoder sees them.
        labels: ``(N,)`` int32.
        classes: The names of the K classes.
        probabilities: ``(N,)`` of the label by the judge, from 0 to 1; None if no judge was asked.
        drawn: The same classes drawn with z, as ``images``.
    """

    z: np.ndarray
    names: list[str]
    images: np.ndarray
    labels: np.ndarray
    classes: tuple[str, ...]
    probabilities: np.ndarray | None
    drawn: np.ndarray

    @property
    def distance(self) -> np.ndarray:
        """How far images and drawn images are apart, ``(N,)``: see ``differences``."""
        return differences(self.images, self.drawn)


def differences(images: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The root mean square of the differences of each two images.

    Args:
        images: ``(N, ...)`` uint8.
        others: As ``images``.

    Returns:
        ``(N,)`` from 0, for equal images, to 1.

    Example:
        >>> differences(np.zeros((1, 2, 2), np.uint8), np.full((1, 2, 2), 51, np.uint8)).tolist()
        [0.20000000298023224]
    """
    apart = (images.astype(np.float32) - others) / 255
    return np.sqrt((apart**2).reshape(len(apart), -1).mean(axis=1))


def encode(
    pictures: str | Path | Sequence[str | Path],
    checkpoint: str | Path | None = None,
    *,
    labels: str | Sequence[str] | None = None,
    judge: Judge | None = None,
    refine: int = 0,
    generator: Generator | None = None,
) -> Hand:
    """Find the latent with which a generator draws in the hand of given pictures.

    The latents of several pictures are averaged. Their mean is shorter than they are, so it gets
    their mean length.

    Args:
        pictures: One or more picture files. For a generator of MNIST's digits, each is a photograph
            or scan with one digit or more; for others it is read as the pictures of its training.
        checkpoint: The generator, as for ``acwgan.load``, with its encoder beside it. None for the
            generator of the package.
        labels: Names of the classes in reading order, as for ``Generator.labels``; one name stands
            for all pictures. None: the judge reads them.
        judge: The judge; that of the generator if None.
        refine: Steps of descent from the encoder's guess, which need TensorFlow; 0 for none.
        generator: What ``acwgan.load(checkpoint)`` gives, if it is loaded already.

    Raises:
        EncoderError: If there is no encoder, nothing is on a picture, or the judge doubts.
        ClassError: If a label is not a class of the generator.
        JudgeError: If labels are not given and there is no judge.
        PictureError: If a file is not a picture.
        LoadError: If the path holds no generator.

    Example:
        >>> from PIL import Image
        >>> Image.fromarray(load().generate("7", seed=1)[0]).save("seven.png")  # doctest: +SKIP
        >>> hand = encode("seven.png")  # doctest: +SKIP
        >>> load().generate("20261122", z=hand.z)  # doctest: +SKIP
    """
    encoder, generator = load_encoder(checkpoint), generator or load(checkpoint)
    encoder.check(generator)
    paths = [pictures] if isinstance(pictures, str | Path) else list(pictures)
    # Pictures of handwritten digits are brought to MNIST's form.
    reads_digits = info_of(checkpoint).dataset == "mnist"
    if reads_digits:
        names, images = _read(paths, read_digits)
    else:
        from acwgan.runs.folder import run_of  # Takes time that digits do not need.

        config = run_of(checkpoint).config
        options = config.read_options if config else NEUTRAL
        names, images = _read(paths, lambda path: read_image(path, encoder.image_shape, options))
    known, probabilities = _labels(generator, checkpoint, labels, judge, names, images)
    each = encoder(images, known)
    if probabilities is not None and reads_digits:
        drawn = generator.draw(each, generator.one_hot(known))
        _check_match(names, differences(images, drawn))
    z = mean_latent(each)
    if refine:
        from acwgan.encoder.refining import refined

        (z,) = refined(z[None], images, known, checkpoint, refine)
    drawn = generator.sampler(z=z).all(known)
    return Hand(z, names, images, known, generator.classes, probabilities, drawn)


def mean_latent(z: np.ndarray) -> np.ndarray:
    """The mean of latents, with their mean length.

    Args:
        z: ``(N, latent_dim)``.

    Returns:
        ``(latent_dim,)``.

    Example:
        >>> mean_latent(np.array([[3.0, 4.0], [-3.0, 4.0]])).tolist()
        [0.0, 5.0]
    """
    mean = z.mean(axis=0)
    length = np.linalg.norm(mean)
    return mean * (np.linalg.norm(z, axis=1).mean() / length) if length else mean


def _read(
    paths: Sequence[str | Path], read: Callable[[str | Path], np.ndarray]
) -> tuple[list[str], np.ndarray]:
    """The names of all images on the pictures, and the images."""
    names, images = [], []
    for path in paths:
        found = read(path)
        if not len(found):
            raise EncoderError(
                f"{path}: has no ink that could be a digit; give a picture of dark ink on light "
                "paper, or light on dark"
            )
        one = len(found) == 1
        names += [str(path) if one else f"{path}[{index}]" for index in range(len(found))]
        images.append(found)
    return names, np.concatenate(images)


def _check_match(names: list[str], distances: np.ndarray) -> None:
    """Refuse what the generator cannot draw."""
    for name, distance in zip(names, distances, strict=True):
        if distance > _FAR:
            raise EncoderError(
                f"{name}: may be no digit; drawn again it differs by {distance:.2f} of 1, where "
                f"digits differ by less than {_FAR}. If it is one, say which: `labels=7`"
            )


def _labels(
    generator: Generator,
    checkpoint: str | Path | None,
    given: str | Sequence[str] | None,
    judge: Judge | None,
    names: list[str],
    images: np.ndarray,
) -> tuple[np.ndarray, np.ndarray | None]:
    """The labels ``(N,)`` of the images, and the probabilities that the judge gives to them."""
    if not generator.classes:
        return np.zeros(len(images), np.int32), None
    if given is not None:
        labels = generator.labels(given)
        if len(labels) not in (1, len(images)):
            shown = ", ".join([*names[:5], *["…"] * (len(names) > 5)])
            raise EncoderError(
                f"`labels` {given!r} names {len(labels)} classes, and there are {len(images)} "
                f"images ({shown}); name one for all, or one for each in reading order"
            )
        return np.broadcast_to(labels, len(images)).copy(), None
    try:
        judge = judge or judge_of(checkpoint)
    except JudgeError as error:
        raise JudgeError(f"{error}; or pass `labels`, what is on the pictures") from error
    judge.check_names(generator.classes)
    class_probs = judge(images)[0]
    best = class_probs.argmax(axis=1)
    for name, probs, label in zip(names, class_probs, best, strict=True):
        if probs[label] < SURE:
            like = generator.classes[label]
            raise EncoderError(
                f"{name}: may be no digit, or two; the judge reads {like} with a probability of "
                f"{probs[label]:.0%} only. If it is one, say which: `labels={like}`"
            )
    return best.astype(np.int32), class_probs.max(axis=1)
