"""Where latents come from, and which of the images drawn from them are kept."""

from collections.abc import Callable, Iterator

import numpy as np

from acwgan.errors import UserError
from acwgan.wgan.latents import LATENTS

#: Images in one pass through a generator: bounds the memory.
BATCH = 500
#: So many draws for each image that is asked for; then the judge will never be content.
_PATIENCE = 100


class RejectionError(UserError):
    """Too few images reach the wanted score; the message says how many are missing."""


class Latents:
    """A stream of latents: the same seed gives the same ones, in whatever portions.

    Truncation scales each latent towards the mean, 0: ``psi * z``. StyleGAN does so in its own
    latent space (Karras et al. 2019, appendix B, ``w' = mean + psi * (w - mean)``): the smaller
    psi, the more typical the images, and the more alike. Differs from BigGAN (Brock et al. 2019),
    which calls so the redrawing of numbers that are far from 0.

    Args:
        seed: Of the stream.
        latent_dim: Length of z.
        truncation: psi, above 0 and at most 1; 1 changes nothing.
        latent: ``normal``, N(0, 1), or ``uniform``, U[-1, 1): what the generator was trained on.

    Example:
        >>> whole, parts = Latents(7, 3)(4), Latents(7, 3)
        >>> bool((whole == np.concatenate([parts(1), parts(3)])).all())
        True
    """

    def __init__(self, seed: int, latent_dim: int, truncation: float = 1.0, latent: str = "normal"):
        self._random = np.random.default_rng(seed)
        self._latent_dim, self._latent = latent_dim, latent
        self._truncation = np.float32(truncation)

    def __call__(self, count: int) -> np.ndarray:
        """The next latents.

        Args:
            count: How many.

        Returns:
            ``(count, latent_dim)`` float32.
        """
        shape = (count, self._latent_dim)
        return LATENTS[self._latent].draw_array(self._random, shape) * self._truncation


class Sampler:
    """Draws images of given classes from a stream of latents, and rejects the bad ones.

    Args:
        draw: (z ``(B, latent_dim)``, labels ``(B,)``) -> images, uint8.
        latents: The stream.
        judge: images -> (class probabilities ``(B, K)``, whatever else); None keeps every image.
        min_score: What the judge must give to the wanted class, which must be its first choice.

    Attributes:
        latents: The stream.
        drawn: Images drawn so far.
        rejected: How many of them were not kept.
    """

    def __init__(
        self,
        draw: Callable[[np.ndarray, np.ndarray], np.ndarray],
        latents: Latents,
        judge: Callable | None = None,
        min_score: float = 0.0,
    ):
        self._draw, self.latents = draw, latents
        self._judge, self._min_score = judge, min_score
        self.drawn = self.rejected = 0

    def stream(self, labels: np.ndarray) -> Iterator[np.ndarray]:
        """Draw an image for each label, in portions of at most ``BATCH``.

        Args:
            labels: ``(N,)`` integers.

        Yields:
            Images, in the order of the labels.

        Raises:
            RejectionError: If 100 times as many images as asked for were drawn in vain.
        """
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
        return np.concatenate(list(self.stream(np.asarray(labels))))

    def _portion(self, labels):
        images = self._draw(self.latents(len(labels)), labels)
        self.drawn += len(labels)
        if self._judge is None:
            return images
        missing = np.flatnonzero(~self._good(images, labels))
        drawn = len(labels)
        while len(missing):
            self.rejected += len(missing)
            if drawn >= _PATIENCE * len(labels):
                raise RejectionError(
                    f"after {drawn} draws for {len(labels)} images, {len(missing)} of them still "
                    f"score below {self._min_score}; ask for a lower score"
                )
            wanted = labels[missing]
            again = self._draw(self.latents(len(wanted)), wanted)
            self.drawn += len(wanted)
            drawn += len(wanted)
            good = self._good(again, wanted)
            images[missing[good]] = again[good]
            missing = missing[~good]
        return images

    def _good(self, images, labels):
        class_probs = self._judge(images)[0]
        wanted = class_probs[np.arange(len(labels)), labels]
        return (wanted >= self._min_score) & (class_probs.argmax(axis=1) == labels)
