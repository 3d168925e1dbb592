"""Layers that Keras does not have: class conditioning, the upsampling convolution, a LeakyReLU."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from acwgan.errors import ParameterError


@keras.saving.register_keras_serializable(package="acwgan")
class ClassConditioning(keras.layers.Layer):
    """The Hadamard product with the class embedding: ``x * embedding[label]``, channel by channel.

    On the latent it is the generator's class input; after a batch normalization, with ``shift``,
    it is conditional batch normalization (Dumoulin et al. 2017, "A learned representation for
    artistic style", eq. 5): ``x * embedding[label] + shift[label]``.

    The table is read with a one-hot product, not a gather: a gather's gradient is sparse, and
    sparse gradients make Keras' Adam skip the momentum of the rows that are not in the batch.

    Args:
        num_classes: K, rows of the table.
        embeddings_initializer: Initializer of the table ``(K, C)``.
        shift: Add the rows of a second table, zeros at first.

    Call shapes: ``x`` ``(B, ..., C)`` float; ``labels`` ``(B,)`` integers 0..K-1, or ``(B, K)``
    float, the weights of a mixture of classes; returns the shape of ``x``.

    Reference: the Keras AC-GAN example, after Odena et al. 2017.

    Example:
        >>> layer = ClassConditioning(10, embeddings_initializer="ones")
        >>> layer(tf.constant([[1.0, -2.0]]), tf.constant([3])).numpy().tolist()
        [[1.0, -2.0]]
    """

    def __init__(
        self,
        num_classes: int,
        embeddings_initializer: Any = "glorot_uniform",
        shift: bool = False,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.num_classes = num_classes
        self.embeddings_initializer = keras.initializers.get(embeddings_initializer)
        self.shift = shift

    def build(self, x_shape: tuple, labels_shape: tuple | None = None) -> None:
        self.embeddings = self.add_weight(
            shape=(self.num_classes, x_shape[-1]),
            initializer=self.embeddings_initializer,
            name="embeddings",
        )
        if self.shift:
            self.shifts = self.add_weight(
                shape=(self.num_classes, x_shape[-1]), initializer="zeros", name="shifts"
            )

    def call(self, x: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        if len(labels.shape) == 1:
            labels = tf.one_hot(labels, self.num_classes, dtype=x.dtype)
        weights = tf.cast(labels, x.dtype)
        row = (-1, *[1] * (len(x.shape) - 2), x.shape[-1])
        x *= tf.reshape(tf.matmul(weights, self.embeddings), row)
        if self.shift:
            x += tf.reshape(tf.matmul(weights, self.shifts), row)
        return x

    def compute_output_shape(self, x_shape: tuple, labels_shape: tuple | None = None) -> tuple:
        return x_shape

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {
            "num_classes": self.num_classes,
            "embeddings_initializer": keras.initializers.serialize(self.embeddings_initializer),
            "shift": self.shift,
        }


@keras.saving.register_keras_serializable(package="acwgan")
class UpsampleConv2D(keras.layers.Layer):
    """``UpSampling2D(factor)`` then ``Conv2D(..., padding="same")``, in one smaller convolution.

    After a nearest-neighbour upsampling by s, each output pixel sees only a few different inputs:
    output ``i = s * q + r`` reads, through tap t of a kernel of size k, the small image at
    ``q + floor((r + t - p) / s)`` with the 'same' padding ``p = (k - 1) // 2``. Taps with the same
    floor are added up beforehand: one convolution of the small image, with s * s times the filters
    (one set for each phase r), then ``depth_to_space``. For k = 5, s = 2 the 25 taps of a phase
    become 9: 2.8 times fewer multiplications for the same function of the same weights.

    The weights have the shapes and names of the ``Conv2D``, so its saved weights fit: ``kernel``
    ``(kh, kw, C, filters)`` and ``bias`` ``(filters,)``.

    Args:
        filters: Channels of the output.
        kernel_size: Height and width of the kernel, an int or a pair, 1 or more.
        factor: Upsampling factor s, an int or a pair, 1 or more.
        negative_slope: Slope of a LeakyReLU on the output, or None for a linear output.
        use_bias: Add a bias.
        kernel_initializer: Initializer of the kernel.

    Call shapes: ``(B, H, W, C)`` to ``(B, sh * H, sw * W, filters)``.

    Raises:
        ParameterError: If ``kernel_size`` or ``factor`` is not allowed.

    Example:
        >>> UpsampleConv2D(8, 5)(tf.zeros((2, 7, 7, 3))).shape
        TensorShape([2, 14, 14, 8])
    """

    def __init__(
        self,
        filters: int,
        kernel_size: int | tuple[int, int],
        factor: int | tuple[int, int] = 2,
        negative_slope: float | None = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.filters = filters
        self.negative_slope = negative_slope
        self.use_bias = use_bias
        self.kernel_size = _pair("kernel_size", kernel_size)
        self.factor = _pair("factor", factor)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, input_shape: tuple) -> None:
        # The attribute names of Keras' Conv2D: they are the keys of tf.train.Checkpoint.
        self._kernel = self.add_weight(
            shape=(*self.kernel_size, input_shape[-1], self.filters),
            initializer=self.kernel_initializer,
            name="kernel",
        )
        if self.use_bias:
            self.bias = self.add_weight(shape=(self.filters,), initializer="zeros", name="bias")

    @property
    def kernel(self) -> keras.Variable:
        """The kernel of the ``Conv2D``."""
        return self._kernel

    def call(self, images: tf.Tensor) -> tf.Tensor:
        kernel, pads = self._collapsed_kernel(images.shape[-1])
        outputs = tf.nn.conv2d(images, kernel, strides=1, padding=pads)
        # Bias and activation before the interleaving: TensorFlow fuses them into the convolution.
        if self.use_bias:
            phases = self.factor[0] * self.factor[1]
            outputs = tf.nn.bias_add(outputs, tf.tile(self.bias, [phases]))
        if self.negative_slope is not None:
            outputs = tf.nn.leaky_relu(outputs, self.negative_slope)
        return _interleave(outputs, self.factor)

    def _collapsed_kernel(self, channels: int) -> tuple[tf.Tensor, str | list[list[int]]]:
        """The kernel ``(height, width, C, sh * sw * filters)`` on the small grid, its padding."""
        (rows, top), (columns, left) = map(_collapse, self.kernel_size, self.factor)
        (height, taps_y), (width, taps_x) = rows.shape[1:], columns.shape[1:]
        phases = self.factor[0] * self.factor[1]
        # Taps (y, x) of the kernel to taps (d, e) on the small grid, for each phase (r, s): one
        # matrix of zeros and ones.
        collapse = np.einsum("rdy,sex->dersyx", rows, columns).reshape(-1, taps_y * taps_x)
        kernel = tf.convert_to_tensor(self.kernel)  # In the precision of the computation.
        kernel = tf.reshape(kernel, (taps_y * taps_x, channels * self.filters))
        kernel = tf.matmul(tf.constant(collapse, kernel.dtype), kernel)
        kernel = tf.reshape(kernel, (height, width, phases, channels, self.filters))
        kernel = tf.transpose(kernel, (0, 1, 3, 2, 4))
        kernel = tf.reshape(kernel, (height, width, channels, phases * self.filters))
        pads = [[0, 0], [top, height - 1 - top], [left, width - 1 - left], [0, 0]]
        same = top == (height - 1) // 2 and left == (width - 1) // 2
        return kernel, "SAME" if same else pads

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        batch, height, width, _ = input_shape
        sizes = [n and n * s for n, s in zip((height, width), self.factor, strict=True)]
        return (batch, *sizes, self.filters)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "factor": self.factor,
            "negative_slope": self.negative_slope,
            "use_bias": self.use_bias,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }


@keras.saving.register_keras_serializable(package="acwgan")
class LeakyReLU(keras.layers.LeakyReLU):
    """Keras' layer, with a second derivative that TensorFlow knows to be zero.

    The gradient of the critic's penalty needs second derivatives. TensorFlow's of LeakyReLU is a
    tensor of zeros, which goes back through all layers below; here nothing does. The sums are the
    same, bit for bit, and the penalty takes 0.7 of the time.

    Example:
        >>> LeakyReLU(negative_slope=0.25)(tf.constant([-1.0, 1.0])).numpy().tolist()
        [-0.25, 1.0]
    """

    def call(self, x: tf.Tensor) -> tf.Tensor:
        slope = self.negative_slope

        @tf.custom_gradient
        def leaky_relu(x):
            def gradient(upstream):
                fixed = tf.stop_gradient(x)
                return tf.raw_ops.LeakyReluGrad(gradients=upstream, features=fixed, alpha=slope)

            return tf.nn.leaky_relu(x, slope), gradient

        return leaky_relu(x)


def _pair(name: str, value: int | tuple[int, int]) -> tuple[int, int]:
    pair = (value, value) if isinstance(value, int) else tuple(value)
    if len(pair) != 2 or not all(isinstance(n, int) and n >= 1 for n in pair):
        allowed = "a whole number, 1 or more, or a pair of such numbers"
        raise ParameterError({name: f"must be {allowed}, got {value!r}"})
    return pair


def _collapse(size: int, factor: int) -> tuple[np.ndarray, int]:
    """Which taps add up along one axis.

    Returns:
        ``(factor, taps, size)`` zeros and ones: tap t of phase r lands on small-grid tap d; and
        the padding before the first pixel of the small grid.
    """
    phase, tap = np.ogrid[:factor, :size]
    offset = (phase + tap - (size - 1) // 2) // factor
    offsets = np.arange(offset.min(), offset.max() + 1)
    return (offset[:, None, :] == offsets[:, None]).astype(np.float32), -int(offsets[0])


def _interleave(outputs: tf.Tensor, factor: tuple[int, int]) -> tf.Tensor:
    """``(B, H, W, sh * sw * F)`` to ``(B, sh * H, sw * W, F)``."""
    if factor == (1, 1):
        return outputs
    if factor[0] == factor[1]:
        return tf.nn.depth_to_space(outputs, factor[0])
    height, width = outputs.shape[1:3]
    filters = outputs.shape[3] // (factor[0] * factor[1])
    outputs = tf.reshape(outputs, (-1, height, width, *factor, filters))
    outputs = tf.transpose(outputs, (0, 1, 3, 2, 4, 5))
    return tf.reshape(outputs, (-1, factor[0] * height, factor[1] * width, filters))
