"""The three layers that Keras does not have: conditioning, upsampling convolution, dropout."""

import contextlib
import contextvars

import keras
import numpy as np
import tensorflow as tf

from acwgan.devices.replicas import own_rows


@keras.saving.register_keras_serializable(package="acwgan")
class ClassConditioning(keras.layers.Layer):
    """The Hadamard product with the class embedding: ``x * embedding[label]``, channel by channel.

    On the latent it is the generator's class input; after a batch normalisation, with ``shift``,
    it is conditional batch normalisation (Dumoulin et al. 2017, "A learned representation for
    artistic style", eq. 5): ``x * embedding[label] + shift[label]``.

    The table is read with a one-hot product, not a gather: a gather's gradient is sparse, and
    sparse gradients make Keras' Adam skip the momentum of the rows that are not in the batch.

    Args:
        num_classes: K, rows of the table.
        embeddings_initializer: Of the table ``(K, C)``.
        shift: Whether a second table, zeros at first, is added.

    Call shapes: ``x`` ``(B, ..., C)`` float; ``labels`` ``(B,)`` integers 0..K-1, or ``(B, K)``
    float, the weights of a mixture of classes; returns the shape of ``x``.

    Reference: the Keras AC-GAN example, after Odena et al. 2017.

    Example:
        >>> layer = ClassConditioning(10, embeddings_initializer="ones")
        >>> layer(tf.constant([[1.0, -2.0]]), tf.constant([3])).numpy().tolist()
        [[1.0, -2.0]]
    """

    def __init__(self, num_classes, embeddings_initializer="glorot_uniform", shift=False, **kwargs):
        super().__init__(**kwargs)
        self.num_classes = num_classes
        self.embeddings_initializer = keras.initializers.get(embeddings_initializer)
        self.shift = shift

    def build(self, x_shape, labels_shape=None):
        self.embeddings = self.add_weight(
            shape=(self.num_classes, x_shape[-1]),
            initializer=self.embeddings_initializer,
            name="embeddings",
        )
        if self.shift:
            self.shifts = self.add_weight(
                shape=(self.num_classes, x_shape[-1]), initializer="zeros", name="shifts"
            )

    def call(self, x, labels):
        if len(labels.shape) == 1:
            labels = tf.one_hot(labels, self.num_classes, dtype=x.dtype)
        weights = tf.cast(labels, x.dtype)
        row = (-1, *[1] * (len(x.shape) - 2), x.shape[-1])
        x *= tf.reshape(tf.matmul(weights, self.embeddings), row)
        if self.shift:
            x += tf.reshape(tf.matmul(weights, self.shifts), row)
        return x

    def compute_output_shape(self, x_shape, labels_shape=None):
        return x_shape

    def get_config(self):
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

    The weights are those of the ``Conv2D``: ``kernel`` ``(kh, kw, C, filters)`` and ``bias``
    ``(filters,)``, under the same names, so its saved weights fit.

    Args:
        filters: Channels of the output.
        kernel_size: An int or a pair, any size.
        factor: Upsampling factor s, an int or a pair, 1 or more.
        negative_slope: Of a LeakyReLU on the output, or None for a linear output.
        use_bias: Whether a bias is added.
        kernel_initializer: Of the kernel; Keras' default for a ``Conv2D``.

    Call shapes: ``(B, H, W, C)`` to ``(B, sh * H, sw * W, filters)``.

    Example:
        >>> UpsampleConv2D(8, 5)(tf.zeros((2, 7, 7, 3))).shape
        TensorShape([2, 14, 14, 8])
    """

    def __init__(
        self,
        filters,
        kernel_size,
        factor=2,
        negative_slope=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.filters = filters
        self.negative_slope = negative_slope
        self.use_bias = use_bias
        self.kernel_size = _pair("kernel_size", kernel_size)
        self.factor = _pair("factor", factor)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, input_shape):
        # The attribute names of Keras' Conv2D: they are the keys of tf.train.Checkpoint.
        self._kernel = self.add_weight(
            shape=(*self.kernel_size, input_shape[-1], self.filters),
            initializer=self.kernel_initializer,
            name="kernel",
        )
        if self.use_bias:
            self.bias = self.add_weight(shape=(self.filters,), initializer="zeros", name="bias")

    @property
    def kernel(self):
        return self._kernel

    def call(self, images):
        (rows, top), (columns, left) = map(_collapse, self.kernel_size, self.factor)
        (height, taps_y), (width, taps_x) = rows.shape[1:], columns.shape[1:]
        phases, channels = self.factor[0] * self.factor[1], images.shape[-1]
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
        same = pads[1][0] == (height - 1) // 2 and pads[2][0] == (width - 1) // 2
        outputs = tf.nn.conv2d(images, kernel, strides=1, padding="SAME" if same else pads)
        # Bias and activation before the interleaving: TensorFlow fuses them into the convolution.
        if self.use_bias:
            outputs = tf.nn.bias_add(outputs, tf.tile(self.bias, [phases]))
        if self.negative_slope is not None:
            outputs = tf.nn.leaky_relu(outputs, self.negative_slope)
        return _interleave(outputs, self.factor)

    def compute_output_shape(self, input_shape):
        batch, height, width, _ = input_shape
        sizes = [n and n * s for n, s in zip((height, width), self.factor, strict=True)]
        return (batch, *sizes, self.filters)

    def get_config(self):
        return super().get_config() | {
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "factor": self.factor,
            "negative_slope": self.negative_slope,
            "use_bias": self.use_bias,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }


def _pair(name, value):
    pair = (value, value) if isinstance(value, int) else tuple(value)
    if len(pair) != 2 or not all(isinstance(n, int) and n >= 1 for n in pair):
        raise ValueError(f"{name}: {value!r} is not allowed; allowed: 1 or more, or a pair of such")
    return pair


def _collapse(size: int, factor: int) -> tuple[np.ndarray, int]:
    """Which taps add up, along one axis.

    Returns:
        ``(factor, taps, size)`` zeros and ones: tap t of phase r lands on small-grid tap d; and
        the padding before the first pixel of the small grid.
    """
    phase, tap = np.ogrid[:factor, :size]
    offset = (phase + tap - (size - 1) // 2) // factor
    offsets = np.arange(offset.min(), offset.max() + 1)
    return (offset[:, None, :] == offsets[:, None]).astype(np.float32), -int(offsets[0])


def _interleave(outputs, factor):
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


_dropout_key = contextvars.ContextVar("dropout_key", default=None)


@contextlib.contextmanager
def dropout_key(key: tf.Tensor):
    """Give the masks of all ``StatelessDropout`` layers called inside the block their key.

    Args:
        key: ``(2,)`` int32; each layer folds its own ``salt`` in.

    Example:
        >>> layer = StatelessDropout(0.5)
        >>> with dropout_key(tf.constant([1, 2])):
        ...     twice = [layer(tf.ones((1, 8)), training=True) for _ in range(2)]
        >>> bool(tf.reduce_all(twice[0] == twice[1]))
        True
    """
    token = _dropout_key.set(key)
    try:
        yield
    finally:
        _dropout_key.reset(token)


@keras.saving.register_keras_serializable(package="acwgan")
class StatelessDropout(keras.layers.Layer):
    """Dropout whose mask is a pure function of the key in force (see ``dropout_key``).

    Keras' own ``Dropout`` draws from a counter that no checkpoint saves, and gives every replica
    the same mask: a resumed or distributed run would differ.

    Args:
        rate: Share of values set to zero, 0 up to but not 1, in steps of 1 / 65536; the others
            are scaled by ``1 / (1 - rate)``.
        salt: Tells the layers of one network apart.

    Call shapes: any shape with the batch first; returns the same.

    Raises:
        RuntimeError: If called for training outside of a ``dropout_key`` block.

    Example:
        >>> StatelessDropout(0.5)(tf.ones((1, 2))).numpy().tolist()
        [[1.0, 1.0]]
    """

    def __init__(self, rate, salt=0, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate
        self.salt = salt

    def call(self, inputs, training=False):
        if not training:
            return inputs
        key = _dropout_key.get()
        if key is None:
            raise RuntimeError("StatelessDropout is called for training without a dropout_key.")
        key = tf.random.experimental.stateless_fold_in(key, self.salt)
        replicas = tf.distribute.get_strategy().num_replicas_in_sync
        shape = (inputs.shape[0] * replicas, *inputs.shape[1:])
        keep = own_rows(_random_int16(shape, key)) >= round(self.rate * 2**16) - 2**15
        return inputs * (tf.cast(keep, inputs.dtype) / (1.0 - self.rate))

    def get_config(self):
        return super().get_config() | {"rate": self.rate, "salt": self.salt}


def _random_int16(shape, key):
    """Uniform int16 of a shape. Two share one draw of 32 bits, which is what dropout costs."""
    count = int(np.prod(shape))
    draws = tf.random.stateless_uniform(((count + 1) // 2,), key, None, None, tf.int32)
    return tf.reshape(tf.reshape(tf.bitcast(draws, tf.int16), (-1,))[:count], shape)
