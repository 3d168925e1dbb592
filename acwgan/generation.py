"""Digits on demand from a saved generator. Nothing here imports TensorFlow before it must."""

from pathlib import Path

import numpy as np

from acwgan.config import Config
from acwgan.errors import UserError
from acwgan.files import whole_file
from acwgan.images import grid, save_png, to_uint8

#: Images in one pass through the generator: bounds the memory.
_BATCH = 500


class LoadError(UserError):
    """There is no generator at the path; the message says what is there."""


class TextError(UserError, ValueError):
    """A text holds what is not a class of the model."""


class Digits:
    """A generator that draws the classes it is asked for.

    Args:
        generator: [z ``(B, latent_dim)``, labels ``(B,)``] -> images ``(B, H, W, C)`` in [-1, 1].
        latent_dim: Length of z.
        num_classes: K; the classes are named by their digit.

    Example:
        >>> digits = Digits(lambda inputs: np.zeros((5, 28, 28, 1)), latent_dim=8, num_classes=10)
        >>> digits.generate("20260", seed=7).shape
        (5, 28, 28)
    """

    def __init__(self, generator, latent_dim: int, num_classes: int):
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
        labels = np.tile(self.labels(text), rows)
        z = np.random.default_rng(seed).standard_normal(
            (len(labels), self.latent_dim), dtype=np.float32
        )
        images = [
            to_uint8(self._generator([z[i : i + _BATCH], labels[i : i + _BATCH]]))
            for i in range(0, len(labels), _BATCH)
        ]
        images = np.concatenate(images)
        return images.squeeze(-1) if images.shape[-1] == 1 else images


def load(path: str | Path) -> Digits:
    """A generator from a run folder (its newest checkpoint) or a ``.keras`` file.

    Args:
        path: ``out/<name>`` or ``generator.keras``.

    Returns:
        What draws its digits.

    Raises:
        LoadError: If there is no generator at the path.
        CheckpointError: If the newest checkpoint is damaged.
        RunFolderError: If the folder is not a run folder.
    """
    path = Path(path)
    if not path.exists():
        raise LoadError(f"{path}: does not exist; give a run folder or a .keras file.")
    return _from_run(path) if path.is_dir() else _from_keras(path)


def _from_run(path):
    from acwgan import checkpoint, run_folder

    config: Config = run_folder.read_config(path)
    newest = checkpoint.latest(path)
    if newest:
        return _digits(checkpoint.restore_generator(newest, config))
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
    conditioning = model.get_layer("conditioning")
    return Digits(model.predict_on_batch, model.inputs[0].shape[1], conditioning.num_classes)


def write(images: np.ndarray, labels: np.ndarray, columns: int, form: str, path: Path) -> Path:
    """Write generated images.

    Args:
        images: ``(N, H, W)`` or ``(N, H, W, C)`` uint8.
        labels: ``(N,)``.
        columns: Images a row of the strip.
        form: ``png`` (one strip), ``npz`` (``x`` and ``y``) or ``pngs`` (a file each, in a folder).
        path: Of the file, or of the folder.

    Returns:
        The path.
    """
    path = Path(path)
    if form == "png":
        save_png(path, grid(images, columns))
    elif form == "npz":
        with whole_file(path) as partial, partial.open("wb") as file:
            np.savez_compressed(file, x=images, y=labels)
    else:
        for number, (image, label) in enumerate(zip(images, labels, strict=True)):
            save_png(path / f"{number:05d}-{label}.png", image)
    return path
