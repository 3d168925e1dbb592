"""What a trained critic makes of pictures. Nothing here imports TensorFlow before it must."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from acwgan.errors import UserError
from acwgan.files.bundled import CRITIC
from acwgan.generation.litert import LiteRTError, LiteRTModel
from acwgan.images.pixels import to_float

#: Images in one pass through a critic: bounds the memory.
_BATCH = 500


class CriticError(UserError):
    """There is no critic at the path; the message says what is there."""


class Critic:
    """Rates pictures: the higher the score, the more real the picture is to this critic.

    A score has no unit and no zero; it compares pictures under one critic only.

    Args:
        critic: images ``(B, H, W, C)`` in [-1, 1] -> (scores ``(B,)``, class_probs ``(B, K)``);
            K is 0 for a critic without classes.
        image_shape: ``(H, W, C)``.

    Example:
        >>> critic = Critic(lambda images: (images.mean(axis=(1, 2, 3)), np.eye(10)[: len(images)]))
        >>> scores, class_probs = critic(np.full((2, 28, 28), 255, np.uint8))
        >>> scores.tolist(), class_probs.shape
        ([1.0, 1.0], (2, 10))
    """

    def __init__(self, critic: Callable, image_shape: tuple[int, int, int] = (28, 28, 1)):
        self._critic = critic
        self.image_shape = image_shape

    def __call__(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Rate pictures.

        Args:
            images: ``(N, H, W)`` or ``(N, H, W, C)`` uint8, N at least 1.

        Returns:
            scores ``(N,)`` and class_probs ``(N, K)`` in [0, 1].
        """
        images = images.reshape(-1, *self.image_shape)
        parts = [
            self._critic(to_float(images[i : i + _BATCH].astype(np.float32)))
            for i in range(0, len(images), _BATCH)
        ]
        scores, class_probs = zip(*parts, strict=True)
        return np.concatenate(scores), np.concatenate(class_probs)


def load_critic(path: str | Path | None = None) -> Critic:
    """A critic: the one of the package, or one that was trained here.

    Args:
        path: None for the package's own; a run folder (its best checkpoint) or a ``.tflite``
            file.

    Returns:
        What rates pictures.

    Raises:
        CriticError: If there is no critic at the path.
        CheckpointError: If it is a run without a checkpoint that can be used.
        RunFolderError: If the folder is not a run folder.
    """
    path = CRITIC if path is None else Path(path)
    if not path.exists():
        raise CriticError(f"{path}: does not exist; give a run folder or a .tflite file.")
    return _from_run(path) if path.is_dir() else _from_litert(path)


def _from_litert(path):
    try:
        model = LiteRTModel(path)
    except LiteRTError as error:
        raise CriticError(str(error)) from error
    ranks = {name: len(shape) for name, shape in (model.inputs | model.outputs).items()}
    allowed = {"images": 4, "scores": 1}
    if list(model.inputs) != ["images"] or ranks not in (allowed, allowed | {"class_probs": 2}):
        raise CriticError(
            f"{path}: is not a critic; it takes {' and '.join(model.inputs)} and gives "
            f"{' and '.join(model.outputs)}, a critic takes images and gives scores and "
            "class_probs."
        )

    def critic(images):
        rated = model(images=images)
        return rated["scores"], rated.get("class_probs", np.empty((len(images), 0)))

    return Critic(critic, model.inputs["images"][1:])


def _from_run(path):
    from acwgan.networks.calls import rate
    from acwgan.runs import weights

    *_, network = weights.best_networks(path, weights.restore_critic)

    def critic(images):
        scores, *class_logits = (output.numpy() for output in rate(network, images))
        if not class_logits:
            return scores, np.empty((len(images), 0))
        exponentials = np.exp(class_logits[0] - class_logits[0].max(axis=1, keepdims=True))
        return scores, exponentials / exponentials.sum(axis=1, keepdims=True)

    return Critic(critic, network.inputs[0].shape[1:])
