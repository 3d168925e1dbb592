"""A judge: a small classifier, trained on the real training images of one data set alone.

The judge in the package reads MNIST digits.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from acwgan.datasets.registry import DATASETS, HANDED_IN
from acwgan.errors import ParameterError, UserError
from acwgan.files.bundled import JUDGE
from acwgan.generation.litert import LiteRTError, LiteRTModel
from acwgan.images.pixels import allowed_images, as_images, to_float
from acwgan.messages import command, shell_word
from acwgan.runs.model_info import class_names_of, info_of, may_be_same_classes

#: Images that are converted to floats at a time; it bounds the memory.
_PORTION = 2000


class JudgeError(UserError):
    """A file is not a judge, there is none for a data set, or it cannot read certain images."""


class Judge:
    """Reads the class of images. ``evaluation.classifier`` trains it.

    Args:
        path: Path of the LiteRT file. None for the judge in the package.

    Attributes:
        path: Path of the file.
        sha256: The SHA-256 of the file, in hex digits.
        name: Identifies the judge: the first 12 hex digits of ``sha256``.
        image_shape: ``(H, W, C)`` of the images that it reads.
        num_classes: K.
        classes: Names of the K classes; numbers from 0 if the file does not say.

    Raises:
        JudgeError: If the file cannot be read or is not a judge.
        LiteRTError: If the file is not a LiteRT file.

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
        try:
            self._model.require("judge")
        except LiteRTError as error:
            raise JudgeError(str(error)) from error
        self.sha256 = self._model.sha256
        self.name = self.sha256[:12]
        _, height, width, channels = self._model.inputs["images"]
        self.image_shape = (height, width, channels)
        self.num_classes = self._model.outputs["class_probs"][1]
        self.classes = class_names_of(self.path, self.num_classes)

    def check(
        self,
        image_shape: tuple[int, int, int],
        num_classes: int | None = None,
        class_names: Sequence[str] | None = None,
    ) -> None:
        """Refuse data that this judge cannot read.

        Args:
            image_shape: ``(H, W, C)`` of the data.
            num_classes: Number of classes of the data. None if the classes do not matter.
            class_names: Their names, which are compared too. None if they are not known.

        Raises:
            JudgeError: If the judge reads images of another shape, or other classes.
        """
        if tuple(image_shape) != self.image_shape or num_classes not in (None, self.num_classes):
            classes = "" if num_classes is None else f" of {num_classes} classes"
            raise JudgeError(
                f"{self.path}: reads {allowed_images(self.image_shape)} of {self.num_classes} "
                f"classes; the data is {allowed_images(image_shape)}{classes}"
            )
        if class_names is not None:
            self.check_names(class_names)

    def check_names(self, names: Sequence[str]) -> None:
        """Refuse classes of other names, or in another order, than those of this judge.

        Args:
            names: Names of the classes. If these or those of the judge are only numbers from 0,
                nothing is known of them, and their number must be the same.

        Raises:
            JudgeError: If the judge reads other classes.
        """
        if not may_be_same_classes(names, self.classes):
            raise JudgeError(
                f"{self.path}: reads the classes {', '.join(self.classes)}, not "
                f"{', '.join(names)}; use a judge that was trained on this data"
            )

    def __call__(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Read images.

        Args:
            images: ``(N, H, W, C)`` uint8, or another form that ``images.as_images`` understands,
                such as ``(N, H, W)`` or floats in [0, 1].

        Returns:
            Class probabilities ``(N, K)``, and features ``(N, F)``, 0 or more: the activations of
            the last hidden layer.

        Raises:
            JudgeError: If the images have another shape, or their values could mean two things,
                or what the judge reads is not finite.
        """
        try:
            images = as_images(images, self.image_shape)
        except ParameterError as error:
            raise JudgeError(str(error)) from error
        portions = [
            self._model(images=to_float(np.float32(images[start : start + _PORTION])))
            for start in range(0, max(1, len(images)), _PORTION)
        ]
        class_probs, features = (
            np.concatenate([portion[name] for portion in portions])
            for name in ("class_probs", "features")
        )
        if not (np.isfinite(class_probs).all() and np.isfinite(features).all()):
            advice = "it is broken; train another one with acwgan judge"
            raise JudgeError(f"{self.path}: reads numbers that are not finite; {advice}")
        return class_probs, features


def has_judge(dataset: str, path: str | Path | None) -> bool:
    """Whether a judge is available for a data set.

    Args:
        dataset: Name or path of the data set.
        path: Path of a judge that was trained on it. None if there is only the one in the package.

    Example:
        >>> has_judge("mnist", None), has_judge("cifar10", None), has_judge("cifar10", "a.tflite")
        (True, False, True)
    """
    return bool(path) or (dataset in DATASETS and DATASETS[dataset].has_judge)


def judge_for(dataset: str, path: str | Path | None = None) -> Judge:
    """The judge of a data set.

    Args:
        dataset: Name or path of the data set.
        path: Path of a judge that was trained on it. None for the one in the package.

    Raises:
        JudgeError: If there is no judge for the data set; the message says how to train one.

    Example:
        >>> judge_for("mnist").num_classes
        10
    """
    if dataset == HANDED_IN and not path:
        raise JudgeError(
            "the run was trained on data that was handed to acwgan.train in Python, for which "
            "there is no judge; save the data as an .npz file, train one with: acwgan judge "
            "--dataset FILE --out judge.tflite; then pass `dataset=FILE` and `judge=judge.tflite`"
        )
    if not has_judge(dataset, path):
        readable = ", ".join(name for name, each in DATASETS.items() if each.has_judge)
        out = f"judge-{Path(dataset).stem}.tflite"
        raise JudgeError(
            f"the judge in the package reads {readable}, not {dataset}; train one with: "
            f"{command('judge', dataset=dataset, out=out)}; "
            f"training and evaluation take it as `judge={shell_word(out)}`"
        )
    return Judge(path)


def judge_of(path: str | Path | None) -> Judge:
    """The judge of what a generator draws.

    Args:
        path: Path of the generator, as for ``acwgan.load``.

    Returns:
        The judge for the data set that the generator was trained on.

    Raises:
        JudgeError: As ``judge_for``; also if it is not known what the generator was trained on.
    """
    if path is None:
        return judge_for("mnist")
    from acwgan.runs.folder import run_of

    config = run_of(path).config
    if config:
        return judge_for(config.dataset, config.judge)
    dataset = info_of(path).dataset
    if dataset is None:
        raise JudgeError(
            f"{path}: does not say what it was trained on, so it is not known which judge reads "
            "its images; pass `judge=judge.tflite`, one that was trained on the same data"
        )
    return judge_for(dataset)
