"""Digits on demand from a saved generator. Nothing here imports TensorFlow before it must."""

import contextlib
from pathlib import Path

from acwgan.errors import UserError
from acwgan.files.bundled import GENERATOR
from acwgan.generation.generator import Generator
from acwgan.generation.litert import LiteRTError, LiteRTModel
from acwgan.wgan.latents import LATENTS


class LoadError(UserError):
    """There is no generator at the path; the message says what is there."""


def load(path: str | Path | None = None) -> Generator:
    """A generator: the one of the package, or one that was trained here.

    A run folder knows the names of its classes, also for a file that lies in it; in a file
    elsewhere they are called 0, 1, 2 ...

    Args:
        path: None for the package's own; a run folder ``out/<name>`` (its best checkpoint), a
            ``.keras`` file or a ``.tflite`` file.

    Returns:
        What draws its images.

    Raises:
        LoadError: If there is no generator at the path.
        CheckpointError: If it is a run without a checkpoint that can be used.
        RunFolderError: If the folder is not a run folder.

    Example:
        >>> load().generate("20260", seed=7).shape
        (5, 28, 28)
    """
    path = GENERATOR if path is None else Path(path)
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
    inputs = dict(model.inputs)
    weights_shape = inputs.pop("class_weights", (None, 0))
    (z_name, shape), *others = inputs.items() or [("nothing", ())]
    latents = {each.input_name: latent for latent, each in LATENTS.items()}
    ranks = [len(each) for each in (weights_shape, shape, model.outputs.get("images", ()))]
    if z_name not in latents or others or len(model.outputs) > 1 or ranks != [2, 2, 4]:
        raise LoadError(
            f"{path}: is not a generator; it takes {' and '.join(model.inputs)}, a generator takes "
            "z and class_weights."
        )

    num_classes = weights_shape[1]

    def generator(z, class_weights):
        rows = {z_name: z, **({"class_weights": class_weights} if num_classes else {})}
        return model(**rows)["images"]

    return Generator(generator, shape[1], _class_names(path, num_classes), latents[z_name])


def _from_run(path):
    from acwgan.runs import checkpoints, folder, weights

    folder.read_config(path)  # Or it is not a run folder.
    saved = path / "generator.keras"
    if checkpoints.best(path) is None and saved.exists():
        return _from_keras(saved)
    _, config, generator = weights.best_networks(path, weights.restore_generator)
    return _of_network(generator, saved, config.latent)


def _from_keras(path):
    from acwgan.generation.keras_file import load_generator
    from acwgan.runs.folder import RunFolderError, read_config

    latent = "normal"
    with contextlib.suppress(RunFolderError):
        latent = read_config(path.parent).latent
    try:
        return _of_network(load_generator(path), path, latent)
    except ValueError as error:
        raise LoadError(f"{path}: is not a generator of this package ({error}).") from error


def _of_network(network, path, latent):
    from acwgan.networks.calls import class_count, with_mixtures

    num_classes = class_count(network)
    if num_classes is not None:
        network = with_mixtures(network)

    def generator(z, class_weights):
        return network.predict_on_batch([z, class_weights][: len(network.inputs)])

    classes = _class_names(path, num_classes or 0)
    return Generator(generator, network.inputs[0].shape[1], classes, latent)


def _class_names(path, num_classes):
    """Those of the run folder that a file lies in; else numbers."""
    from acwgan.runs.folder import RunFolderError, read_data_spec

    with contextlib.suppress(RunFolderError):
        names = read_data_spec(path.parent).class_names
        if len(names) == num_classes:
            return names
    return tuple(map(str, range(num_classes)))
