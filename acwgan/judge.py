"""The bundled judge: a small digit classifier, trained on the 60,000 training digits alone."""

import hashlib
from pathlib import Path

import numpy as np

from acwgan.errors import UserError
from acwgan.images import to_float
from acwgan.litert import LiteRTModel

_PATH = Path(__file__).parent / "data" / "judge.tflite"


class JudgeError(UserError):
    """The images are not what the judge reads; the message says what it does."""


class Judge:
    """Reads digits (how it was trained: ``classifier``).

    Args:
        path: Of its LiteRT file.

    Example:
        >>> class_probs, features = Judge()(np.zeros((3, 28, 28), np.uint8))
        >>> class_probs.shape, features.shape
        ((3, 10), (3, 128))
    """

    def __init__(self, path: str | Path = _PATH):
        self.path = Path(path)
        self._model = LiteRTModel(path)

    @property
    def name(self) -> str:
        """Which judge this is: the first 12 hex digits of its file's SHA-256."""
        return hashlib.sha256(self.path.read_bytes()).hexdigest()[:12]

    def __call__(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Read images.

        Args:
            images: ``(N, 28, 28)`` uint8.

        Returns:
            Class probabilities ``(N, 10)``, and the features ``(N, 128)`` of the layer before.

        Raises:
            JudgeError: If the images are of another shape or kind.
        """
        if images.ndim != 3 or images.shape[1:] != (28, 28) or images.dtype != np.uint8:
            raise JudgeError(
                f"images: {images.shape} {images.dtype} is not allowed; allowed: (N, 28, 28) uint8"
            )
        results = self._model(images=to_float(np.float32(images))[..., None])
        return results["class_probs"], results["features"]
