"""``Generator``: images of given classes from a network."""

from collections.abc import Callable, Sequence

import numpy as np

from acwgan.errors import ParameterError
from acwgan.generation.checks import check_count, check_labels, check_rows
from acwgan.generation.class_names import ClassError, labels_in, labels_of
from acwgan.generation.sampling import BATCH, JudgeFunction, Latents, OneLatent, Sampler
from acwgan.images.pixels import to_uint8
from acwgan.wgan.latents import LATENTS


class Generator:
    """Draws images of given classes or, if the model has no classes, any images.

    Args:
        generator: (z ``(B, latent_dim)``, class_weights ``(B, K)``) -> images ``(B, H, W, C)`` in
            [-1, 1], or uint8. A one-hot row of weights stands for a class, any other row for a
            mixture of classes. K may be 0.
        latent_dim: Length of z.
        classes: Names of the K classes, all different.
        latent: The distribution of z, ``normal`` or ``uniform``.

    Raises:
        ParameterError: If ``latent_dim``, ``classes`` or ``latent`` is something else.

    Example:
        >>> black = lambda z, class_weights: np.full((len(z), 28, 28, 1), -1.0)
        >>> Generator(black, latent_dim=8, classes="0123456789").generate("20260", seed=7).shape
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
        latent_dim = check_count("latent_dim", latent_dim)
        if latent not in LATENTS:
            raise ParameterError({"latent": f"must be {' or '.join(LATENTS)}, got {latent!r}"})
        self.latent_dim, self.latent = latent_dim, latent
        self.classes = tuple(classes)
        if len(set(self.classes)) < len(self.classes):
            raise ParameterError({"classes": "must be different names, got one twice"})

    def labels(self, names: str | Sequence[str]) -> np.ndarray:
        """The labels of class names.

        Args:
            names: One or more class names. A string is cut into names, as ``20260`` or ``cat
                dog``, or, if it has commas, is a list of names, as ``cat,dog`` or ``12,``. See
                ``generation.class_names``.

        Returns:
            ``(N,)`` int32.

        Raises:
            ClassError: If there are no names, one is not a class, or a string may mean two things.

        Example:
            >>> months = Generator(None, 8, [str(month) for month in range(1, 13)])
            >>> months.labels("12,").tolist(), months.labels("1 2").tolist()
            ([11], [0, 1])
        """
        self.require_classes("a text")
        if isinstance(names, str):
            return np.array(labels_in(names, self.classes), np.int32)
        return np.array(labels_of(names, self.classes), np.int32)

    def require_classes(self, what: str) -> None:
        """Refuse a request that needs classes if the model has none.

        Args:
            what: The request, for the message.

        Raises:
            ClassError: If the model has no classes.
        """
        if not self.classes:
            raise ClassError(f"{what}: the model has no classes; ask for a number with `count`")

    def one_hot(self, labels: np.ndarray) -> np.ndarray:
        """Class weights of single classes.

        Args:
            labels: ``(N,)`` integers from 0 to K-1, N at least 1.

        Returns:
            ``(N, K)`` float32.

        Raises:
            ParameterError: If they are other numbers.
        """
        labels = check_labels(labels, len(self.classes))
        if not self.classes:
            return np.empty((len(labels), 0), np.float32)
        return np.eye(len(self.classes), dtype=np.float32)[labels]

    def draw(self, z: np.ndarray, class_weights: np.ndarray) -> np.ndarray:
        """Draw images from given latents.

        Args:
            z: ``(N, latent_dim)`` finite numbers, N at least 1.
            class_weights: ``(N, K)`` finite numbers; a one-hot row for a class, others for
                mixtures.

        Returns:
            Gray images ``(N, H, W)`` or color images ``(N, H, W, 3)``, uint8.

        Raises:
            ParameterError: If the shapes are others, or a number is not finite.
        """
        z = check_rows("z", z, (None, self.latent_dim))
        class_weights = check_rows("class_weights", class_weights, (len(z), len(self.classes)))
        images = np.concatenate(
            [
                self._pixels(z[i : i + BATCH], class_weights[i : i + BATCH])
                for i in range(0, len(z), BATCH)
            ]
        )
        return images.squeeze(-1) if images.shape[-1] == 1 else images

    def _pixels(self, z: np.ndarray, class_weights: np.ndarray) -> np.ndarray:
        images = self._generator(z, class_weights)
        return images if images.dtype == np.uint8 else to_uint8(images)

    def sampler(
        self,
        seed: int = 0,
        truncation: float = 1.0,
        judge: JudgeFunction | None = None,
        min_score: float = 0.0,
        z: np.ndarray | None = None,
    ) -> Sampler:
        """A sampler that draws images of given classes, each from its own latent or all from one.

        Args:
            seed: Seed of the latents, 0 or more.
            truncation: Scale of the latents, above 0 and at most 1.25; see ``Latents``.
            judge: Reads the images; those that it does not read as their class are drawn again.
                None keeps every image. See ``Sampler``.
            min_score: Lowest probability, from 0 to 1, that the judge must give to the class.
            z: ``(latent_dim,)``, the latent of all images, as ``encoder.encode`` finds it; then
                ``seed`` is not used. None to draw them.

        Returns:
            The sampler, at the start of its stream of latents.

        Raises:
            ParameterError: If an argument is out of its range.
        """
        latents: Callable[[int], np.ndarray]
        if z is None:
            latents = Latents(seed, self.latent_dim, truncation, self.latent)
        else:
            latents = OneLatent(check_rows("z", z, (self.latent_dim,)), truncation)
        return Sampler(
            lambda z, labels: self.draw(z, self.one_hot(labels)), latents, judge, min_score
        )

    def generate(
        self,
        names: str | Sequence[str],
        seed: int = 0,
        rows: int = 1,
        z: np.ndarray | None = None,
    ) -> np.ndarray:
        """Draw classes by name, each image from its own latent, or all from one.

        Args:
            names: One or more class names, as for ``labels``.
            seed: Seed of the latents, 0 or more. More rows leave the first rows as they are.
            rows: Number of times that all names are drawn, 1 or more.
            z: ``(latent_dim,)``, the latent of all images, as ``encoder.encode`` finds it; then
                ``seed`` is not used. None to draw them.

        Returns:
            ``(rows * len(names), H, W)``, or ``(..., H, W, 3)`` in color, uint8, row by row.

        Raises:
            ClassError: As ``labels``.
            ParameterError: If ``seed``, ``rows`` or ``z`` is something else.
        """
        labels = np.tile(self.labels(names), check_count("rows", rows))
        return self.sampler(seed, z=z).all(labels)

    def generate_count(self, count: int, seed: int = 0) -> np.ndarray:
        """Draw ``count`` images, of each class in turn if there are classes.

        Args:
            count: Number of images, at least 1.
            seed: Seed of the latents, 0 or more. More images leave the first images as they are.

        Returns:
            ``(count, H, W)``, or ``(count, H, W, 3)`` in color, uint8.

        Raises:
            ParameterError: If ``count`` or ``seed`` is something else.
        """
        return self.generate_labels(self.labels_in_turn(count), seed)

    def labels_in_turn(self, count: int) -> np.ndarray:
        """Labels of ``count`` images, each class in turn.

        Returns:
            ``(count,)`` int32; zeros if there are no classes.

        Raises:
            ParameterError: If ``count`` is not 1 or more.
        """
        count = check_count("count", count)
        return np.arange(count, dtype=np.int32) % max(1, len(self.classes))

    def generate_labels(
        self, labels: np.ndarray | Sequence[int] | Sequence[str], seed: int = 0
    ) -> np.ndarray:
        """Draw an image for each label, each from its own latent.

        Args:
            labels: ``(N,)`` integers from 0 to K-1, N at least 1. Texts are names of classes.
            seed: Seed of the latents, 0 or more. More labels leave the first images as they are.

        Returns:
            ``(N, H, W)``, or ``(N, H, W, 3)`` in color, uint8.

        Raises:
            ParameterError: If ``labels`` or ``seed`` is something else.
        """
        given = np.asarray(labels)
        if given.dtype.kind == "U":
            given = self.labels(given.tolist())
        return self.sampler(seed).all(check_labels(given, len(self.classes)))
