"""What any Keras generator draws, also one that knows nothing of this package."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from acwgan.errors import ParameterError
from acwgan.images.pixels import to_uint8
from acwgan.networks import calls

#: Layers that change no number.
_SHAPING = (keras.layers.Reshape, keras.layers.Cropping2D, keras.layers.ZeroPadding2D)


class Drawing(NamedTuple):
    """A generator, and what must be known to draw with it.

    Attributes:
        images: (z ``(B, latent_dim)``, labels ``(B,)`` int32) -> ``(B, H, W, C)``.
        latent_dim: Length of z.
        num_classes: K, or None without classes.
        size: Height and width of an image.
        lowest: The number that is black in images of floats: -1, or 0; 1 is white.
    """

    images: Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
    latent_dim: int
    num_classes: int | None
    size: tuple[int, int]
    lowest: float = -1.0

    def pixels(self, z: tf.Tensor, labels: tf.Tensor) -> np.ndarray:
        """Draw ``(B, H, W, C)`` uint8."""
        images = np.asarray(self.images(z, labels))
        if images.dtype == np.uint8:
            return images
        return to_uint8(images if self.lowest else 2 * images - 1)


def drawing_of(
    model: Any,
    generator: Callable[..., Any] | None = None,
    latent_dim: int | None = None,
    num_classes: int | None = None,
    pixel_range: tuple[float, float] | None = None,
) -> Drawing:
    """How to draw with a model, found out where it can mean only one thing.

    Args:
        model: A Keras model with a ``generator`` and perhaps an ``average`` of it.
        generator: A Keras model or a function, (z) or (z, labels) -> images, if it is not
            ``model.average`` or ``model.generator``.
        latent_dim: Length of z; from the generator's input, or ``model.latent_dim``, if None.
        num_classes: K of a generator with labels; if None, that of a generator of this package, or
            of the class head of ``model.critic``.
        pixel_range: Black and white in the images: (-1, 1) or (0, 1). From the last layer if None:
            a sigmoid ends in (0, 1), any other in (-1, 1).

    Raises:
        ParameterError: If something cannot be found out, or does not draw images.
    """
    if generator is None:
        generator = getattr(model, "average", None) or getattr(model, "generator", None)
    if generator is None:
        fault = f"must be given: {type(model).__name__} has no attribute `generator`"
        raise ParameterError({"generator": fault})
    inputs = getattr(generator, "inputs", None) or []
    if num_classes is None and hasattr(generator, "layers"):
        num_classes = calls.class_count(generator)
    if num_classes is None and len(inputs) > 1:
        num_classes = _classes_of_critic(model)
        if num_classes is None:
            fault = "must be given: the generator has an input of labels"
            raise ParameterError({"num_classes": fault})
    if latent_dim is None:
        latent_dim = _latent_dim(model, inputs)
    if pixel_range is None:
        pixel_range = (0, 1) if _ends_in_sigmoid(generator) else (-1, 1)
    if tuple(pixel_range) not in {(-1, 1), (0, 1)}:
        raise ParameterError({"pixel_range": f"must be (-1, 1) or (0, 1), got {pixel_range}"})
    images = _call(generator, bool(inputs), num_classes is not None)
    drawn = images(tf.zeros((1, latent_dim)), tf.zeros(1, tf.int32))
    if len(drawn.shape) != 4 or drawn.shape[-1] not in (1, 3):
        allowed = "draw images (B, H, W, 1) or (B, H, W, 3)"
        raise ParameterError({"generator": f"must {allowed}, got shape {tuple(drawn.shape)}"})
    size = (int(drawn.shape[1]), int(drawn.shape[2]))
    return Drawing(images, latent_dim, num_classes, size, float(pixel_range[0]))


def _classes_of_critic(model: Any) -> int | None:
    heads = getattr(getattr(model, "critic", None), "outputs", None) or []
    return int(heads[1].shape[-1]) if len(heads) == 2 else None


def _latent_dim(model: Any, inputs: list[Any]) -> int:
    latents = [each.shape[-1] for each in inputs if len(each.shape) == 2]
    found = latents[0] if len(latents) == 1 else getattr(model, "latent_dim", None)
    if found is None:
        raise ParameterError({"latent_dim": "must be given: no input of the generator tells it"})
    return int(found)


def _ends_in_sigmoid(generator: Any) -> bool:
    for layer in reversed(getattr(generator, "layers", None) or []):
        if not isinstance(layer, _SHAPING):
            return getattr(layer, "activation", None) is keras.activations.sigmoid
    return False


def _call(
    generator: Callable[..., Any], has_inputs: bool, conditional: bool
) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
    """The generator as a function of z and labels, in inference mode."""
    if has_inputs:
        return lambda z, labels: calls.generate(generator, z, labels)
    if isinstance(generator, keras.Model):  # Subclassed: it has no list of inputs.
        return lambda z, labels: generator([z, labels] if conditional else z, training=False)
    return lambda z, labels: generator(z, labels) if conditional else generator(z)
