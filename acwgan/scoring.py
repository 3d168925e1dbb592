"""What a trained critic makes of pictures. Nothing here imports TensorFlow before it must."""

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from acwgan.errors import UserError
from acwgan.images import to_float
from acwgan.litert import LiteRTError, LiteRTModel
from acwgan.npz import MOST, read_array

#: The critic that comes with the package.
BUNDLED = Path(__file__).parent / "data" / "critic.tflite"
#: Images in one pass through a critic: bounds the memory.
_BATCH = 500
_SIDE = 28
_ALLOWED = f"(N, 28, 28) uint8, N from 1 to {MOST}"


class PictureError(UserError):
    """A file holds no picture that the critic takes; the message names it."""


class CriticError(UserError):
    """There is no critic at the path; the message says what is there."""


class Critic:
    """Rates pictures: the higher the score, the more real the picture is to this critic.

    A score has no unit and no zero; it compares pictures under one critic only.

    Args:
        critic: images ``(B, 28, 28, 1)`` in [-1, 1] -> (scores ``(B,)``, class_probs ``(B, K)``).

    Example:
        >>> critic = Critic(lambda images: (images.mean(axis=(1, 2, 3)), np.eye(10)[: len(images)]))
        >>> scores, class_probs = critic(np.full((2, 28, 28), 255, np.uint8))
        >>> scores.tolist(), class_probs.shape
        ([1.0, 1.0], (2, 10))
    """

    def __init__(self, critic: Callable):
        self._critic = critic

    def __call__(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Rate pictures.

        Args:
            images: ``(N, 28, 28)`` uint8, N at least 1.

        Returns:
            scores ``(N,)`` and class_probs ``(N, K)`` in [0, 1].
        """
        parts = [
            self._critic(to_float(images[i : i + _BATCH].astype(np.float32))[..., None])
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
        CheckpointError: If the best checkpoint is damaged.
        RunFolderError: If the folder is not a run folder.
    """
    path = BUNDLED if path is None else Path(path)
    if not path.exists():
        raise CriticError(f"{path}: does not exist; give a run folder or a .tflite file.")
    return _from_run(path) if path.is_dir() else _from_litert(path)


def _from_litert(path):
    try:
        model = LiteRTModel(path)
    except LiteRTError as error:
        raise CriticError(str(error)) from error
    if set(model.inputs) != {"images"} or set(model.outputs) != {"scores", "class_probs"}:
        raise CriticError(
            f"{path}: is not a critic; it takes {' and '.join(model.inputs)} and gives "
            f"{' and '.join(model.outputs)}, a critic takes images and gives scores and "
            "class_probs."
        )

    def critic(images):
        rated = model(images=images)
        return rated["scores"], rated["class_probs"]

    return Critic(critic)


def _from_run(path):
    from acwgan import checkpoint, run_folder

    config = run_folder.read_config(path)
    best = checkpoint.best(path)
    if best is None:
        raise CriticError(f"{path}: has no checkpoint yet; wait for the first or --resume.")
    network = checkpoint.restore_critic(best, config)

    def critic(images):
        scores, class_logits = network.predict_on_batch(images)
        exponentials = np.exp(class_logits - class_logits.max(axis=1, keepdims=True))
        return scores, exponentials / exponentials.sum(axis=1, keepdims=True)

    return Critic(critic)


def read_pictures(paths: Sequence[str | Path]) -> tuple[list[str], np.ndarray]:
    """Read pictures, each checked by its header before its pixels are unpacked.

    Args:
        paths: PNG files, 28x28 and grey, and npz files with ``x`` or ``x_train``
            ``(N, 28, 28)`` uint8.

    Returns:
        The name of each picture (``file`` or ``file[index]``), and ``(N, 28, 28)`` uint8.

    Raises:
        PictureError: Naming the first picture that is something else.
        NpzError: The same for a file of many.
        OSError: If a file cannot be read.
    """
    names, images = [], []
    for path in map(Path, paths):
        if path.suffix == ".npz":
            found = read_array(path, ("x", "x_train"), _allowed, _ALLOWED)
            names += [f"{path}[{index}]" for index in range(len(found))]
        else:
            found = _read_png(path)[None]
            names.append(str(path))
        images.append(found)
    return names, np.concatenate(images)


def _allowed(shape, dtype):
    return shape[1:] == (_SIDE, _SIDE) and 0 < shape[0] <= MOST and dtype == np.uint8


def _read_png(path):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Of a large picture: it is refused below.
            image = Image.open(path, formats=["PNG"])
        with image:
            if image.size == (_SIDE, _SIDE):
                # Grey in whatever mode, and nowhere transparent.
                red, green, blue, alpha = np.moveaxis(np.asarray(image.convert("RGBA")), -1, 0)
                eight_bits = image.mode in ("1", "L", "LA", "P", "RGB", "RGBA")
                if (
                    eight_bits
                    and (red == green).all()
                    and (red == blue).all()
                    and alpha.min() == 255
                ):
                    return red
            what = f"{image.width}x{image.height} in {image.mode}"
    except (Image.DecompressionBombError, SyntaxError, ValueError) as error:
        raise PictureError(f"{path}: is not a PNG that can be read ({error}).") from error
    except OSError as error:
        if error.errno is not None:
            raise
        raise PictureError(f"{path}: is not a PNG that can be read.") from error
    raise PictureError(f"{path}: is {what}; the critic takes 28x28 grey.")
