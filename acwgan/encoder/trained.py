"""A trained encoder: from images and their labels to latents. It needs no TensorFlow."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from acwgan.errors import UserError
from acwgan.files.bundled import ENCODER
from acwgan.generation.generator import Generator
from acwgan.generation.litert import LiteRTError, LiteRTModel
from acwgan.images.pixels import as_images, to_float
from acwgan.messages import command
from acwgan.runs.model_info import info_of


class EncoderError(UserError):
    """There is no encoder for a generator, or a picture cannot be encoded."""


class Encoder:
    """Finds the latents with which a generator draws images, ``E(image, label) -> z``.

    Args:
        path: Path of the LiteRT file.

    Attributes:
        path: Path of the file.
        image_shape: ``(H, W, C)`` of the images.
        latent_dim: Length of z.

    Raises:
        EncoderError: If the file is not an encoder.
        OSError: If the file cannot be read.

    Example:
        >>> z = load_encoder()(np.zeros((2, 28, 28), np.uint8), np.array([3, 8]))
        >>> z.shape
        (2, 64)
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)
        try:
            self._model = LiteRTModel(path)
            self._model.require("encoder")
        except LiteRTError as error:
            raise EncoderError(str(error)) from error
        _, height, width, channels = self._model.inputs["images"]
        self.image_shape = (height, width, channels)
        ((self._output, (_, self.latent_dim)),) = self._model.outputs.items()

    def check(self, generator: Generator) -> None:
        """Refuse the encoder of another generator, as far as it can be seen.

        Args:
            generator: The generator that draws from the latents.

        Raises:
            EncoderError: If it takes latents of another length.
        """
        if generator.latent_dim != self.latent_dim:
            raise EncoderError(
                f"{self.path}: finds latents of {self.latent_dim} numbers, and the generator takes "
                f"{generator.latent_dim}; an encoder belongs to one generator"
            )

    def __call__(self, images: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Encode images.

        Args:
            images: ``(N, H, W, C)`` uint8, or another form that ``images.as_images`` understands.
            labels: ``(N,)`` integers; not used if the generator has no classes.

        Returns:
            ``(N, latent_dim)`` float32.

        Raises:
            ParameterError: If the images have another size.
        """
        images = to_float(as_images(images, self.image_shape).astype(np.float32))
        classes = {"labels": np.asarray(labels, np.int32)} if "labels" in self._model.inputs else {}
        return self._model(images=images, **classes)[self._output]


def encoder_path(path: str | Path | None = None) -> Path:
    """Where the encoder of a generator lies, if there is one.

    Args:
        path: As for ``load_encoder``.

    Example:
        >>> encoder_path("out/digits/generator.tflite").as_posix()
        'out/digits/encoder.tflite'
    """
    if path is None:
        return ENCODER
    path = Path(path)
    return (path if path.is_dir() else path.parent) / ENCODER.name


def load_encoder(path: str | Path | None = None) -> Encoder:
    """Load the encoder of a generator.

    Args:
        path: The generator, as for ``acwgan.load``: a run folder or a file, beside which
            ``encoder.tflite`` lies. None for the generator of the package.

    Raises:
        EncoderError: If there is no encoder, or if that of a run is not of the generator that is
            now the best one.

    Example:
        >>> load_encoder().latent_dim
        64
    """
    if path is not None and not Path(path).exists():
        raise EncoderError(f"{path}: does not exist; give a run folder or the file of a generator")
    file = encoder_path(path)
    make = command("encoder", file.parent)
    if not file.exists():
        raise EncoderError(f"{file}: is missing; {make} trains the encoder of a run.")
    encoder = Encoder(file)
    of, now = info_of(file).checkpoint, info_of(path).checkpoint
    if of and now and of != now:
        raise EncoderError(
            f"{file}: belongs to the generator of {of}, and {path} has that of {now}; {make} "
            "trains it anew."
        )
    return encoder
