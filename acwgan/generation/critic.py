"""A trained critic's scores of pictures. TensorFlow is imported only for a run folder."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from acwgan.errors import UserError
from acwgan.files.bundled import CRITIC
from acwgan.generation.litert import LiteRTError, LiteRTModel
from acwgan.images.pixels import as_images, to_float
from acwgan.runs.model_info import class_names_of

#: Images in one pass through a critic; it bounds the memory.
_BATCH = 500


class CriticError(UserError):
    """A path holds no critic; the message says what it holds."""


class Critic:
    """Scores pictures: the higher the score, the more real the picture looks to this critic.

    A score has no unit and no zero point. It compares pictures under one critic only.

    Args:
        critic: images ``(B, H, W, C)`` in [-1, 1] -> (scores ``(B,)``, class_probs ``(B, K)``);
            K is 0 for a critic without classes.
        image_shape: ``(H, W, C)`` of the images.
        classes: Names of the K classes.

    Example:
        >>> critic = Critic(lambda images: (images.mean(axis=(1, 2, 3)), np.eye(10)[: len(images)]))
        >>> scores, class_probs = critic(np.full((2, 28, 28), 255, np.uint8))
        >>> scores.tolist(), class_probs.shape
        ([1.0, 1.0], (2, 10))
    """

    def __init__(
        self,
        critic: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]],
        image_shape: tuple[int, int, int] = (28, 28, 1),
        classes: Sequence[str] = tuple("0123456789"),
    ):
        self._critic = critic
        self.image_shape, self.classes = image_shape, tuple(classes)

    def __call__(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Score pictures.

        Args:
            images: ``(N, H, W, C)`` uint8, or another form that ``images.as_images`` understands,
                such as ``(N, H, W)`` or floats in [0, 1].

        Returns:
            scores ``(N,)`` and class_probs ``(N, K)`` in [0, 1].

        Raises:
            ParameterError: If the images have another size, or their values could mean two things.
        """
        images = as_images(images, self.image_shape)
        parts = [
            self._critic(to_float(images[i : i + _BATCH].astype(np.float32)))
            for i in range(0, max(1, len(images)), _BATCH)
        ]
        scores, class_probs = zip(*parts, strict=True)
        return np.concatenate(scores), np.concatenate(class_probs)


def load_critic(path: str | Path | None = None) -> Critic:
    """Load the critic of the package, or of a training.

    Args:
        path: A run folder, whose best checkpoint is used, or a ``.tflite`` file. None for the
            critic of the package.

    Raises:
        CriticError: If the path holds no critic.
        CheckpointError: If the run has no checkpoint that can be used.
        RunFolderError: If the folder is not a run folder.

    Example:
        >>> scores, class_probs = load_critic()(np.zeros((2, 28, 28), np.uint8))
        >>> scores.shape, class_probs.shape
        ((2,), (2, 10))
    """
    path = CRITIC if path is None else Path(path)
    if not path.exists():
        raise CriticError(f"{path}: does not exist; give a run folder or a .tflite file.")
    return _from_run(path) if path.is_dir() else _from_litert(path)


def _from_litert(path: Path) -> Critic:
    try:
        model = LiteRTModel(path)
        model.require("critic")
    except LiteRTError as error:
        raise CriticError(str(error)) from error

    def critic(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        results = model(images=images)
        return results["scores"], results.get("class_probs", np.empty((len(images), 0)))

    _, height, width, channels = model.inputs["images"]
    _, num_classes = model.outputs.get("class_probs", (None, 0))
    return Critic(critic, (height, width, channels), class_names_of(path, num_classes))


def _from_run(path: Path) -> Critic:
    from acwgan.networks.calls import rate, scores_of
    from acwgan.runs import weights

    _, config, network = weights.best_networks(path, weights.restore_critic)

    def critic(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        outputs = rate(network, images)
        _, *class_logits = (output.numpy() for output in outputs)
        scores = scores_of(outputs, config.class_in_score).numpy()
        if not class_logits:
            return scores, np.empty((len(images), 0))
        exponentials = np.exp(class_logits[0] - class_logits[0].max(axis=1, keepdims=True))
        return scores, exponentials / exponentials.sum(axis=1, keepdims=True)

    num_classes = network.outputs[1].shape[1] if len(network.outputs) > 1 else 0
    return Critic(critic, network.inputs[0].shape[1:], class_names_of(path, num_classes))
