"""Digits on demand from a saved generator. Nothing here imports TensorFlow before it must."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from acwgan.config import Config
from acwgan.errors import UserError
from acwgan.images import to_uint8
from acwgan.litert import LiteRTError, LiteRTModel
from acwgan.sampling import BATCH, Latents, Sampler

#: The generator that comes with the package.
BUNDLED = Path(__file__).parent / "data" / "generator.tflite"


class LoadError(UserError):
    """There is no generator at the path; the message says what is there."""


class TextError(UserError, ValueError):
    """A text holds what is not a class of the model."""


class Digits:
    """A generator that draws the classes it is asked for.

    Args:
        generator: (z ``(B, latent_dim)``, class_weights ``(B, K)``) -> images ``(B, H, W, C)`` in
            [-1, 1]. A one-hot row of weights is a class, others are mixtures.
        latent_dim: Length of z.
        num_classes: K; the classes are named by their digit.

    Example:
        >>> digits = Digits(lambda z, weights: np.zeros((len(z), 28, 28, 1)), 8, num_classes=10)
        >>> digits.generate("20260", seed=7).shape
        (5, 28, 28)
    """

    def __init__(
        self,
        generator: Callable[[np.ndarray, np.ndarray], np.ndarray],
        latent_dim: int,
        num_classes: int,
    ):
        self._generator = generator
        self.latent_dim = latent_dim
        self.classes = tuple(str(label) for label in range(num_classes))

    def labels(self, text: str) -> np.ndarray:
        """The label of each character.

        Args:
            text: One or more characters, each a class of the model.

        Returns:
            ``(len(text),)`` int32.

        Raises:
            TextError: If the text is empty or a character is not a class.
        """
        unknown = sorted({character for character in text if character not in self.classes})
        if unknown or not text:
            what = ", ".join(map(repr, unknown)) or "an empty text"
            raise TextError(f"{what} is not a class of the model; it has {' '.join(self.classes)}")
        return np.array([self.classes.index(character) for character in text], np.int32)

    def one_hot(self, labels: np.ndarray) -> np.ndarray:
        """Class weights of plain classes.

        Args:
            labels: ``(N,)`` integers 0..K-1.

        Returns:
            ``(N, K)`` float32.
        """
        return np.eye(len(self.classes), dtype=np.float32)[labels]

    def draw(self, z: np.ndarray, class_weights: np.ndarray) -> np.ndarray:
        """Draw from given latents.

        Args:
            z: ``(N, latent_dim)`` float32.
            class_weights: ``(N, K)`` float32; a one-hot row is a class, others are mixtures.

        Returns:
            ``(N, H, W)`` uint8; with a last axis C if in colour.
        """
        images = np.concatenate(
            [
                to_uint8(self._generator(z[i : i + BATCH], class_weights[i : i + BATCH]))
                for i in range(0, len(z), BATCH)
            ]
        )
        return images.squeeze(-1) if images.shape[-1] == 1 else images

    def sampler(self, seed: int = 0, truncation: float = 1.0, judge=None, min_score=0.0) -> Sampler:
        """Draws images of given classes, each from a latent of its own.

        Args:
            seed: Of the latents.
            truncation: Scale of the latents, above 0 and at most 1; see ``Latents``.
            judge: A ``Judge``, to keep only what it reads as meant; see ``Sampler``.
            min_score: What the judge must give to the wanted class.

        Returns:
            A ``Sampler`` at the start of its stream.
        """
        latents = Latents(seed, self.latent_dim, truncation)
        return Sampler(
            lambda z, labels: self.draw(z, self.one_hot(labels)), latents, judge, min_score
        )

    def generate(self, text: str, seed: int = 0, rows: int = 1) -> np.ndarray:
        """Draw the characters of a text, each time from a latent of its own.

        Args:
            text: One or more characters, each a class of the model.
            seed: Of the latents; row r of a seed is the same for any number of rows.
            rows: How many times to draw the text.

        Returns:
            ``(rows * len(text), H, W)`` uint8, row by row; with a last axis C if in colour.

        Raises:
            TextError: If the text is empty or a character is not a class.
        """
        return self.generate_labels(np.tile(self.labels(text), rows), seed)

    def generate_labels(self, labels: np.ndarray, seed: int = 0) -> np.ndarray:
        """Draw an image for each label, each from a latent of its own.

        Args:
            labels: ``(N,)`` integers 0..K-1, N at least 1.
            seed: Of the latents; more labels leave the images of the first ones as they are.

        Returns:
            ``(N, H, W)`` uint8; with a last axis C if in colour.
        """
        return self.sampler(seed).all(labels)


def load(path: str | Path | None = None) -> Digits:
    """A generator: the one of the package, or one that was trained here.

    Args:
        path: None for the package's own; a run folder ``out/<name>`` (its best checkpoint), a
            ``.keras`` file or a ``.tflite`` file.

    Returns:
        What draws its digits.

    Raises:
        LoadError: If there is no generator at the path.
        CheckpointError: If the best checkpoint is damaged.
        RunFolderError: If the folder is not a run folder.

    Example:
        >>> load().generate("20260", seed=7).shape
        (5, 28, 28)
    """
    path = BUNDLED if path is None else Path(path)
    if not path.exists():
        what = "a run folder, a .keras or a .tflite file"
        raise LoadError(f"{path}: does not exist; give {what}.")
    if path.is_dir():
        return _from_run(path)
    return _from_litert(path) if path.suffix == ".tflite" else _from_keras(path)


def _from_litert(path):
    try:
        model = LiteRTModel(path)
    except LiteRTError as error:
        raise LoadError(str(error)) from error
    if set(model.inputs) != {"z", "class_weights"} or set(model.outputs) != {"images"}:
        raise LoadError(
            f"{path}: is not a generator; it takes {' and '.join(model.inputs)}, a generator takes "
            "z and class_weights."
        )
    return Digits(
        lambda z, class_weights: model(z=z, class_weights=class_weights)["images"],
        model.inputs["z"][1],
        model.inputs["class_weights"][1],
    )


def _from_run(path):
    from acwgan import checkpoint, run_folder

    config: Config = run_folder.read_config(path)
    best = checkpoint.best(path)
    if best:
        return _digits(checkpoint.restore_generator(best, config))
    if (path / "generator.keras").exists():
        return _from_keras(path / "generator.keras")
    raise LoadError(f"{path}: has no checkpoint yet; wait for the first or train with --resume.")


def _from_keras(path):
    import keras

    from acwgan import layers  # noqa: F401  (registers the layers that the file names)

    try:
        return _digits(keras.models.load_model(path, compile=False, safe_mode=True))
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        reason = str(error).strip().splitlines()[0]
        raise LoadError(f"{path}: is not a generator of this package ({reason}).") from error


def _digits(model):
    from acwgan.networks import class_count, of_mixtures

    num_classes = class_count(model)
    mixing = of_mixtures(model)

    def generator(z, class_weights):
        return mixing.predict_on_batch([z, class_weights])

    return Digits(generator, model.inputs[0].shape[1], num_classes)
