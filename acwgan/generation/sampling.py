"""Seeded latents, and rejection of images that a judge does not read as their class."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from acwgan.errors import ParameterError, Range, UserError
from acwgan.generation.checks import (
    check_count,
    check_labels,
    check_rows,
    check_seed,
    check_share,
)
from acwgan.wgan.latents import LATENTS

#: Images in one pass through a generator; it bounds the memory.
BATCH = 500
#: Most draws for each requested image. A judge that rejects them all will never accept one.
_MOST_DRAWS = 100
_MIN_SCORE = Range(at_least=0, at_most=1)
#: psi. At 1.25 the Fréchet distance was 2.8 times that at 1 (``bench/recipes.md``), and the numbers
#: of uniform latents have an end, 1.
_TRUNCATION, _OF_UNIFORM = Range(above=0, at_most=1.25), Range(above=0, at_most=1)

#: images -> (class probabilities ``(B, K)``, anything else), as ``evaluation.Judge``.
JudgeFunction = Callable[[np.ndarray], tuple[np.ndarray, Any]]


class RejectionError(UserError):
    """Too few images reach the minimum score; the message says how many are missing."""


class Latents:
    """A stream of latents. A seed gives the same stream, in portions of any size.

    Truncation scales each latent towards the mean, 0: ``psi * z``. StyleGAN does this in its own
    latent space (Karras et al. 2019, appendix B, ``w' = mean + psi * (w - mean)``): the smaller
    psi is, the more typical and the more alike the images are. Above 1 it scales away from the
    mean, for images that are more varied than those of the training.

    Differs from BigGAN (Brock et al. 2019), whose truncation draws numbers that are far from 0
    again.

    Args:
        seed: Seed of the stream, 0 or more.
        latent_dim: Length of z, 1 or more.
        truncation: psi, above 0 and at most 1.25 (uniform latents: 1); 1 changes nothing.
        latent: The distribution that the generator was trained on: ``normal``, N(0, 1), or
            ``uniform``, U[-1, 1).

    Raises:
        ParameterError: If an argument is out of its range.

    Example:
        >>> whole, parts = Latents(7, 3)(4), Latents(7, 3)
        >>> bool((whole == np.concatenate([parts(1), parts(3)])).all())
        True
    """

    def __init__(self, seed: int, latent_dim: int, truncation: float = 1.0, latent: str = "normal"):
        self._random = np.random.default_rng(check_seed(seed))
        self._latent_dim, self._latent = check_count("latent_dim", latent_dim), latent
        if latent not in LATENTS:
            raise ParameterError({"latent": f"must be {' or '.join(LATENTS)}, got {latent!r}"})
        allowed = _OF_UNIFORM if latent == "uniform" else _TRUNCATION
        self._truncation = np.float32(check_share("truncation", truncation, allowed))

    def __call__(self, count: int) -> np.ndarray:
        """The next ``count`` latents.

        Returns:
            ``(count, latent_dim)`` float32.
        """
        shape = (count, self._latent_dim)
        return LATENTS[self._latent].draw_array(self._random, shape) * self._truncation


class OneLatent:
    """One latent in place of a stream: all images are drawn from it.

    Args:
        z: ``(latent_dim,)``.
        truncation: As of ``Latents``.

    Raises:
        ParameterError: If an argument is out of its range.

    Example:
        >>> OneLatent(np.ones(3), truncation=0.5)(2).tolist()
        [[0.5, 0.5, 0.5], [0.5, 0.5, 0.5]]
    """

    def __init__(self, z: np.ndarray, truncation: float = 1.0):
        psi = np.float32(check_share("truncation", truncation, _TRUNCATION))
        self._z = check_rows("z", z, (None,)) * psi

    def __call__(self, count: int) -> np.ndarray:
        """The latent, ``count`` times.

        Returns:
            ``(count, latent_dim)`` float32.
        """
        return np.tile(self._z, (count, 1))


class Sampler:
    """Draws images of given classes from a stream of latents, and rejects the bad ones.

    Args:
        draw: (z ``(B, latent_dim)``, labels ``(B,)``) -> images, uint8.
        latents: The stream of latents.
        judge: images -> (class probabilities ``(B, K)``, anything else). None keeps every image.
        min_score: Lowest probability, from 0 to 1, that the judge must give to the class of a
            label. The class must also be the most probable one.

    Raises:
        ParameterError: If ``min_score`` is out of its range.

    Attributes:
        latents: The stream of latents.
        drawn: Number of images drawn so far.
        rejected: Number of images rejected so far.
    """

    def __init__(
        self,
        draw: Callable[[np.ndarray, np.ndarray], np.ndarray],
        latents: Callable[[int], np.ndarray],
        judge: JudgeFunction | None = None,
        min_score: float = 0.0,
    ):
        self._draw, self.latents = draw, latents
        self._judge = judge
        self._min_score = check_share("min_score", min_score, _MIN_SCORE)
        self.drawn = self.rejected = 0

    def stream(self, labels: np.ndarray) -> Iterator[np.ndarray]:
        """Draw an image for each label, in portions of at most ``BATCH``.

        Args:
            labels: ``(N,)`` integers, 0 or more, N at least 1.

        Yields:
            Images, in the order of the labels.

        Raises:
            ParameterError: If they are other numbers.
            RejectionError: If 100 draws for each image of a portion do not give enough good images.
        """
        labels = check_labels(labels)
        for start in range(0, len(labels), BATCH):
            yield self._portion(labels[start : start + BATCH])

    def all(self, labels: np.ndarray) -> np.ndarray:
        """Draw an image for each label.

        Args:
            labels: ``(N,)`` integers, N at least 1.

        Returns:
            The images, in the order of the labels.

        Raises:
            RejectionError: As ``stream``.
        """
        return np.concatenate(list(self.stream(labels)))

    def _portion(self, labels: np.ndarray) -> np.ndarray:
        images = self._draw(self.latents(len(labels)), labels)
        self.drawn += len(labels)
        if self._judge is None:
            return images
        missing = np.flatnonzero(~self._good(self._judge, images, labels))
        drawn = len(labels)
        while len(missing):
            self.rejected += len(missing)
            if drawn >= _MOST_DRAWS * len(labels):
                raise RejectionError(
                    f"after {drawn} draws for {len(labels)} images, {len(missing)} of them still "
                    f"score below {self._min_score}; ask for a lower `min_score`"
                )
            wanted = labels[missing]
            again = self._draw(self.latents(len(wanted)), wanted)
            self.drawn += len(wanted)
            drawn += len(wanted)
            good = self._good(self._judge, again, wanted)
            images[missing[good]] = again[good]
            missing = missing[~good]
        return images

    def _good(self, judge: JudgeFunction, images: np.ndarray, labels: np.ndarray) -> np.ndarray:
        class_probs = judge(images)[0]
        scores = class_probs[np.arange(len(labels)), labels]
        return (scores >= self._min_score) & (class_probs.argmax(axis=1) == labels)
