"""What a bug report needs to know of TensorFlow on this machine."""

import os
from collections.abc import Iterator


def tensorflow_facts() -> Iterator[tuple[str, str]]:
    """Import TensorFlow and Keras, and tell what they compute with and on.

    Yields:
        A fact as it becomes known: what it is of, and the fact. What begins with "problem" is
        one.

    Raises:
        ImportError: If TensorFlow cannot be imported.
    """
    import tensorflow as tf

    build = tf.sysconfig.get_build_info()
    cuda = f"CUDA {build.get('cuda_version', '?')}, cuDNN {build.get('cudnn_version', '?')}"
    built = f"built for {cuda}" if tf.test.is_built_with_cuda() else "built without CUDA"
    yield "TensorFlow", f"{tf.__version__}, {built}"
    import keras

    setting = keras.config
    yield (
        "Keras",
        f"{keras.__version__} on {setting.backend()}, {setting.dtype_policy().name}, "
        f"{setting.image_data_format()}",
    )
    from acwgan.devices.gpus import describe_devices, notice_of_unused_gpu
    from acwgan.devices.precision import resolve_precision

    gpus = tf.config.list_physical_devices("GPU")
    yield "devices", describe_devices(max(1, len(gpus)))
    notice = notice_of_unused_gpu(os.environ, "/", bool(tf.test.is_built_with_cuda()))
    if notice and not gpus:
        yield "GPU", f"problem: {notice}"
    yield "precision", f"auto means {resolve_precision('auto')}"
    yield "arithmetic", _arithmetic()


def _arithmetic() -> str:
    """Whether a convolution and its gradient give the numbers that they must."""
    import tensorflow as tf

    images, kernel = tf.ones((2, 8, 8, 3)), tf.Variable(tf.ones((3, 3, 3, 4)))
    with tf.GradientTape() as tape:
        sums = tf.nn.conv2d(images, kernel, 1, "VALID")
        total = tf.reduce_sum(sums)
    gradient = tape.gradient(total, kernel)
    # 27 numbers in each sum; each weight takes part in 6 x 6 sums of 2 images.
    if bool(tf.reduce_all(sums == 27.0)) and bool(tf.reduce_all(gradient == 72.0)):
        return "a convolution and its gradient are right"
    return f"problem: a convolution gives {float(sums[0, 0, 0, 0])}, expected 27.0"
