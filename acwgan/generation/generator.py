"""``Generator``: images of given classes from a network."""

from collections.abc import Callable, Sequence

import numpy as np

from acwgan.errors import UserError
from acwgan.generation.sampling import BATCH, Latents, Sampler
from acwgan.images.pixels import to_uint8


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
