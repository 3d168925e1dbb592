"""Digits on demand from a saved generator. Nothing here imports TensorFlow before it must."""

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from acwgan.errors import UserError
from acwgan.images import to_uint8
from acwgan.litert import Z_NAMES, LiteRTError, LiteRTModel
from acwgan.sampling import BATCH, Latents, Sampler

#: The generator that comes with the package.
BUNDLED = Path(__file__).parent / "data" / "generator.tflite"


class LoadError(UserError):
    """There is no generator at the path; the message says what is there."""


class ClassError(UserError, ValueError):
    """A class is asked for that the model does not have."""


class Generator:
    """A generator that draws the classes it is asked for, or, without classes, what it likes.

    Args:
        generator: (z ``(B, latent_dim)``, class_weights ``(B, K)``) -> images ``(B, H, W, C)`` in
            [-1, 1], or uint8. A one-hot row of weights is a class, others are mixtures. K may
            be 0.
        latent_dim: Length of z.
        classes: The K names of the classes.
        latent: The distribution of z, ``normal`` or ``uniform``.

    Example:
        >>> paint = lambda z, class_weights: np.zeros((len(z), 28, 28, 1))
        >>> Generator(paint, latent_dim=8, classes="0123456789").generate("20260", seed=7).shape
        (5, 28, 28)
    """

    def __init__(
        self,
        generator: Callable[[np.ndarray, np.ndarray], np.ndarray],
        latent_dim: int,
        classes: Sequence[str],
        latent: str = "normal",
    ):
        self._generator = generator
        self.latent_dim, self.latent = latent_dim, latent
        self.classes = tuple(classes)

    def labels(self, names: str | Sequence[str]) -> np.ndarray:
        """The label of each name.

        Args:
            names: Names of classes, one or more; in a text each character is one.

        Returns:
            ``(len(names),)`` int32.

        Raises:
            ClassError: If there is none, or one is not a class.
        """
        self.require_classes("a text")
        unknown = sorted({name for name in names if name not in self.classes})
        if unknown or not len(names):
            what = ", ".join(map(repr, unknown)) or "an empty text"
            raise ClassError(f"{what} is not a class of the model; it has {' '.join(self.classes)}")
        return np.array([self.classes.index(name) for name in names], np.int32)

    def require_classes(self, what: str) -> None:
        """Refuse what makes no sense without classes.

        Args:
            what: Its name.

        Raises:
            ClassError: If the model has none.
        """
        if not self.classes:
            raise ClassError(f"{what}: the model has no classes; ask for a number with --count")

    def one_hot(self, labels: np.ndarray) -> np.ndarray:
        """Class weights of plain classes.

        Args:
            labels: ``(N,)`` integers 0..K-1.

        Returns:
            ``(N, K)`` float32.
        """
        if not self.classes:
            return np.empty((len(labels), 0), np.float32)
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
                self._pixels(z[i : i + BATCH], class_weights[i : i + BATCH])
                for i in range(0, len(z), BATCH)
            ]
        )
        return images.squeeze(-1) if images.shape[-1] == 1 else images

    def _pixels(self, z, class_weights):
        images = self._generator(z, class_weights)
        return images if images.dtype == np.uint8 else to_uint8(images)

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
        latents = Latents(seed, self.latent_dim, truncation, self.latent)
        return Sampler(
            lambda z, labels: self.draw(z, self.one_hot(labels)), latents, judge, min_score
        )

    def generate(self, names: str | Sequence[str], seed: int = 0, rows: int = 1) -> np.ndarray:
        """Draw classes by name, each time from a latent of its own.

        Args:
            names: Names of classes, one or more; in a text each character is one.
            seed: Of the latents; row r of a seed is the same for any number of rows.
            rows: How many times to draw them.

        Returns:
            ``(rows * len(names), H, W)`` uint8, row by row; with a last axis C if in colour.

        Raises:
            ClassError: If there is none, or one is not a class.
        """
        return self.generate_labels(np.tile(self.labels(names), rows), seed)

    def generate_count(self, count: int, seed: int = 0) -> np.ndarray:
        """Draw so many images, of each class in turn where there are classes.

        Args:
            count: N, at least 1.
            seed: Of the latents; more images leave the first ones as they are.

        Returns:
            ``(N, H, W)`` uint8; with a last axis C if in colour.
        """
        return self.generate_labels(self.labels_in_turn(count), seed)

    def labels_in_turn(self, count: int) -> np.ndarray:
        """Labels of so many images, each class in turn.

        Args:
            count: N.

        Returns:
            ``(N,)`` int32; zeros without classes.
        """
        return np.arange(count, dtype=np.int32) % max(1, len(self.classes))

    def generate_labels(self, labels: np.ndarray, seed: int = 0) -> np.ndarray:
        """Draw an image for each label, each from a latent of its own.

        Args:
            labels: ``(N,)`` integers 0..K-1, N at least 1.
            seed: Of the latents; more labels leave the images of the first ones as they are.

        Returns:
            ``(N, H, W)`` uint8; with a last axis C if in colour.
        """
        return self.sampler(seed).all(labels)


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
    path = BUNDLED if path is None else Path(path)
    if not path.exists():
        what = "a run folder, a .keras or a .tflite file"
        raise LoadError(f"{path}: does not exist; give {what}.")
    if path.is_dir():
        return _from_run(path)
    return _from_litert(path) if path.suffix == ".tflite" else _from_keras(path)


def judge_of(path: str | Path | None):
    """The judge that reads what a generator draws.

    Args:
        path: Of the generator, as for ``load``.

    Returns:
        A ``Judge``: that of the run, or the package's.

    Raises:
        LoadError: If the run's images are not MNIST digits, and it has no judge of its own.
    """
    from acwgan.judge import Judge, has_judge
    from acwgan.run_folder import RunFolderError, read_config

    config = None
    if path is not None:
        with contextlib.suppress(RunFolderError):
            config = read_config(path if Path(path).is_dir() else Path(path).parent)
    if config and not has_judge(config.dataset, config.judge):
        raise LoadError(f"{path}: has no judge; the package's reads mnist, not {config.dataset}.")
    return Judge(config.judge if config else None)


def _from_litert(path):
    try:
        model = LiteRTModel(path)
    except LiteRTError as error:
        raise LoadError(str(error)) from error
    inputs = dict(model.inputs)
    weights_shape = inputs.pop("class_weights", (None, 0))
    (z_name, shape), *others = inputs.items() or [("nothing", ())]
    latents = {name: latent for latent, name in Z_NAMES.items()}
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
    from acwgan import checkpoint, checkpoint_folder, run_folder

    run_folder.read_config(path)  # Or it is not a run folder.
    saved = path / "generator.keras"
    if checkpoint_folder.best(path) is None and saved.exists():
        return _from_keras(saved)
    _, config, generator = checkpoint.best_networks(path, checkpoint.restore_generator)
    return _of_network(generator, saved, config.latent)


def _from_keras(path):
    from acwgan.keras_file import load_generator
    from acwgan.run_folder import RunFolderError, read_config

    latent = "normal"
    with contextlib.suppress(RunFolderError):
        latent = read_config(path.parent).latent
    try:
        return _of_network(load_generator(path), path, latent)
    except ValueError as error:
        raise LoadError(f"{path}: is not a generator of this package ({error}).") from error


def _of_network(network, path, latent):
    from acwgan.networks import class_count, of_mixtures

    num_classes = class_count(network)
    if num_classes is not None:
        network = of_mixtures(network)

    def generator(z, class_weights):
        return network.predict_on_batch([z, class_weights][: len(network.inputs)])

    classes = _class_names(path, num_classes or 0)
    return Generator(generator, network.inputs[0].shape[1], classes, latent)


def _class_names(path, num_classes):
    """Those of the run folder that a file lies in; else numbers."""
    from acwgan.run_folder import RunFolderError, read_subject

    with contextlib.suppress(RunFolderError):
        names = read_subject(path.parent).class_names
        if len(names) == num_classes:
            return names
    return tuple(map(str, range(num_classes)))
