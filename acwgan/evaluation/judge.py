"""A judge: a small classifier that was trained on the real training images of a data set alone.

The one in the package reads MNIST digits.
"""

import contextlib
import shlex
from pathlib import Path

import numpy as np

from acwgan.datasets.registry import DATASETS
from acwgan.errors import UserError
from acwgan.files.bundled import JUDGE
from acwgan.generation.litert import LiteRTModel
from acwgan.generation.loading import LoadError
from acwgan.images.pixels import allowed_images, is_images, to_float

#: Images that are floats at a time: bounds the memory.
_PORTION = 2000


class JudgeError(UserError):
    """A file is no judge, or the images are not what it reads; the message says what is."""


class Judge:
    """Reads images (how it was trained: ``classifier``).

    Args:
        path: Of its LiteRT file; None for the one of the package.

    Attributes:
        path: Of its file.
        name: Which judge this is: the first 12 hex digits of its file's SHA-256.
        image_shape: ``(H, W, C)`` of what it reads.
        num_classes: K.

    Raises:
        JudgeError: If the file cannot be read or is not a judge.
        LiteRTError: If it is not a LiteRT file.

    Example:
        >>> class_probs, features = Judge()(np.zeros((3, 28, 28), np.uint8))
        >>> class_probs.shape, features.shape
        ((3, 10), (3, 128))
    """

    def __init__(self, path: str | Path | None = None):
        self.path = Path(path or JUDGE)
        try:
            self._model = LiteRTModel(self.path)
        except OSError as error:
            raise JudgeError(f"{self.path}: cannot be read ({error.strerror}).") from error
        self.name = self._model.sha256[:12]
        takes, gives = self._model.inputs, self._model.outputs
        if set(takes) != {"images"} or set(gives) != {"class_probs", "features"}:
            raise JudgeError(
                f"{self.path}: is not a judge; it makes {' and '.join(gives)} of "
                f"{' and '.join(takes)}, a judge makes class_probs and features of images."
            )
        if [len(shape) for shape in (takes["images"], *gives.values())] != [4, 2, 2]:
            raise JudgeError(f"{self.path}: is not a judge; its arrays are {takes}, {gives}.")
        self.image_shape = takes["images"][1:]
        self.num_classes = gives["class_probs"][1]

    def check(self, image_shape: tuple[int, int, int], num_classes: int | None = None) -> None:
        """Refuse data that this judge does not read.

        Args:
            image_shape: ``(H, W, C)``.
            num_classes: K; None if the classes do not matter.

        Raises:
            JudgeError: If it reads images of another shape, or other classes.
        """
        if tuple(image_shape) != self.image_shape or num_classes not in (None, self.num_classes):
            of_classes = "" if num_classes is None else f" of {num_classes} classes"
            raise JudgeError(
                f"{self.path}: reads {allowed_images(self.image_shape)} of {self.num_classes} "
                f"classes; the data is {allowed_images(image_shape)}{of_classes}"
            )

    def __call__(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Read images.

        Args:
            images: ``(N, H, W, C)`` uint8; grey ones may be ``(N, H, W)``.

        Returns:
            Class probabilities ``(N, K)``, and the features ``(N, F)``, 0 or more, of the layer
            before.

        Raises:
            JudgeError: If the images are of another shape or kind.
        """
        if not is_images(images, self.image_shape):
            raise JudgeError(
                f"images: {images.shape} {images.dtype} is not allowed; "
                f"allowed: {allowed_images(self.image_shape)}"
            )
        images = images.reshape(len(images), *self.image_shape)
        portions = [
            self._model(images=to_float(np.float32(images[start : start + _PORTION])))
            for start in range(0, max(1, len(images)), _PORTION)
        ]
        return tuple(
            np.concatenate([portion[name] for portion in portions])
            for name in ("class_probs", "features")
        )


def has_judge(dataset: str, path: str | Path | None) -> bool:
    """Whether somebody reads a data set: a judge of its own, or the package's, for MNIST alone.

    Args:
        dataset: Its name or path.
        path: Of the judge's file, or None.

    Example:
        >>> has_judge("mnist", None), has_judge("cifar10", None), has_judge("cifar10", "a.tflite")
        (True, False, True)
    """
    return bool(path) or (dataset in DATASETS and DATASETS[dataset].has_judge)


def judge_for(dataset: str, path: str | Path | None = None) -> Judge:
    """The judge of a data set.

    Args:
        dataset: Its name or path.
        path: Of the judge's file; None for the one of the package, which reads MNIST alone.

    Returns:
        The judge.

    Raises:
        JudgeError: If there is none; the message says how to train one.

    Example:
        >>> judge_for("mnist").num_classes
        10
    """
    if not has_judge(dataset, path):
        out = shlex.quote(f"judge-{Path(dataset).stem}.tflite")
        raise JudgeError(
            f"the judge of the package reads mnist, not {dataset}; train one with: "
            f"acwgan judge --dataset {shlex.quote(str(dataset))} --out {out} "
            f"and pass it with: --judge {out}"
        )
    return Judge(path)


def judge_of(path: str | Path | None):
    """The judge that reads what a generator draws.

    Args:
        path: Of the generator, as for ``load``.

    Returns:
        A ``Judge``: that of the run, or the package's.

    Raises:
        LoadError: If the run's images are not MNIST digits, and it has no judge of its own.
    """
    from acwgan.runs.folder import RunFolderError, read_config

    config = None
    if path is not None:
        with contextlib.suppress(RunFolderError):
            config = read_config(path if Path(path).is_dir() else Path(path).parent)
    if config and not has_judge(config.dataset, config.judge):
        raise LoadError(f"{path}: has no judge; the package's reads mnist, not {config.dataset}.")
    return Judge(config.judge if config else None)
