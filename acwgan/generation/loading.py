"""Loads saved generators. TensorFlow is imported only for run folders and ``.keras`` files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from acwgan.errors import UserError
from acwgan.files.bundled import GENERATOR
from acwgan.generation.generator import Generator
from acwgan.generation.litert import LiteRTError, LiteRTModel
from acwgan.runs.model_info import class_names_of, info_of
from acwgan.wgan.latents import LATENTS

if TYPE_CHECKING:
    import keras


class LoadError(UserError):
    """A path holds no generator; the message says what it holds."""


def load(path: str | Path | None = None) -> Generator:
    """Load the generator of the package, or of a training.

    An exported file knows the names of its classes. A file that does not, because acwgan 0.1 wrote
    it, has those of the run that it lies in, or else the names 0, 1, 2 and so on.

    Args:
        path: A run folder, whose best checkpoint is used, a ``.keras`` file or a ``.tflite`` file.
            None for the generator of the package.

    Raises:
        LoadError: If the path holds no generator.
        DataError: If a file says something of its classes that cannot be.
        CheckpointError: If the run has no checkpoint that can be used.
        RunFolderError: If the folder is not a run folder.

    Example:
        >>> load().generate("20260", seed=7).shape
        (5, 28, 28)
    """
    path = existing(path)
    return _from_litert(path) if is_litert(path) else _from_keras(path)


def existing(path: str | Path | None) -> Path:
    """The path of a generator, which must exist.

    Args:
        path: As for ``load``.

    Raises:
        LoadError: If there is nothing.
    """
    path = GENERATOR if path is None else Path(path)
    if not path.exists():
        kinds = "a run folder, a .keras file or a .tflite file"
        raise LoadError(f"{path}: does not exist; give {kinds}.")
    return path


def is_litert(path: Path) -> bool:
    """Whether a path names a LiteRT file, and no run folder or ``.keras`` file."""
    return path.suffix == ".tflite" and not path.is_dir()


def _from_litert(path: Path) -> Generator:
    try:
        model = LiteRTModel(path)
        model.require("generator")
    except LiteRTError as error:
        raise LoadError(str(error)) from error
    latent, z_name = latent_input(model.inputs)
    _, num_classes = model.inputs.get("class_weights", (None, 0))

    def generator(z: np.ndarray, class_weights: np.ndarray) -> np.ndarray:
        rows = {z_name: z, **({"class_weights": class_weights} if num_classes else {})}
        return model(**rows)["images"]

    classes = class_names_of(path, num_classes)
    return Generator(generator, model.inputs[z_name][1], classes, latent)


def latent_input(inputs: Mapping[str, object]) -> tuple[str, str]:
    """The distribution of z of a generator in a LiteRT file, and the name of this input.

    Args:
        inputs: The inputs of the generator by name.
    """
    return next(
        (latent, each.input_name) for latent, each in LATENTS.items() if each.input_name in inputs
    )


class SavedNetwork(NamedTuple):
    """A Keras generator that was saved.

    Attributes:
        network: [z, labels] -> images, or [z] -> images.
        path: Path of its file, which says the names of its classes.
        latent: The distribution of z.
    """

    network: keras.Model
    path: Path
    latent: str


def saved_network(path: Path) -> SavedNetwork:
    """Load the Keras generator of a run folder or a ``.keras`` file.

    Args:
        path: A run folder, whose best checkpoint is used, or a ``.keras`` file.

    Raises:
        LoadError: If the file holds no generator.
        CheckpointError: If the run has no checkpoint that can be used.
        RunFolderError: If the folder is not a run folder.
    """
    if path.is_dir():
        from acwgan.runs import checkpoints, folder, weights

        folder.read_config(path)  # Raises if this is not a run folder.
        run_dir, path = path, path / "generator.keras"
        if checkpoints.best(run_dir) or not path.exists():
            _, config, network = weights.best_networks(run_dir, weights.restore_generator)
            return SavedNetwork(network, path, config.latent)
    from acwgan.generation.keras_file import load_generator, load_trusted
    from acwgan.runs.networks import HOW_TO_TRUST, is_trusted

    try:
        network = load_trusted(path) if is_trusted() else load_generator(path)
    except ValueError as error:
        fault = f"is not a generator of this package ({error})"
        if is_trusted():
            raise LoadError(f"{path}: cannot be opened by Keras ({error}).") from error
        if path.exists():
            fault += f"; {HOW_TO_TRUST}: Keras then builds what is in it, also code"
        raise LoadError(f"{path}: {fault}.") from error
    return SavedNetwork(network, path, info_of(path).latent or "normal")


def _from_keras(path: Path) -> Generator:
    from acwgan.keras_settings import require_eager_execution
    from acwgan.networks.calls import class_count, with_mixtures

    network, path, latent = saved_network(path)
    require_eager_execution()
    num_classes = class_count(network)
    if num_classes is not None:
        network = with_mixtures(network)

    def generator(z: np.ndarray, class_weights: np.ndarray) -> np.ndarray:
        return network.predict_on_batch([z, class_weights][: len(network.inputs)])

    classes = class_names_of(path, num_classes or 0)
    return Generator(generator, network.inputs[0].shape[1], classes, latent)
