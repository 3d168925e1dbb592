"""What this machine computes fast."""

from pathlib import Path

#: Values of ``Config.precision``.
PRECISIONS = ("auto", "float32", "bfloat16")
#: Instructions that multiply bfloat16 matrices, as Linux names them.
_BFLOAT16_FLAGS = {"avx512_bf16", "amx_bf16"}


def has_bfloat16(cpuinfo: str | None = None) -> bool:
    """Whether bfloat16 arithmetic is in the hardware: a CPU flag, or a GPU of Ampere or newer.

    Args:
        cpuinfo: The text of ``/proc/cpuinfo``; read from there if None.

    Returns:
        True where bfloat16 is the faster format; False also where it cannot be told.

    Example:
        >>> has_bfloat16("flags : fpu sse2 avx512_bf16")
        True
    """
    import tensorflow as tf

    for gpu in tf.config.list_physical_devices("GPU"):
        major, _ = tf.config.experimental.get_device_details(gpu).get("compute_capability", (0, 0))
        return major >= 8
    if cpuinfo is None:
        path = Path("/proc/cpuinfo")
        cpuinfo = path.read_text() if path.exists() else ""
    return not _BFLOAT16_FLAGS.isdisjoint(cpuinfo.split())


def resolve_precision(precision: str) -> str:
    """Turn ``auto`` into ``bfloat16`` where the hardware has it, else into ``float32``."""
    if precision != "auto":
        return precision
    return "bfloat16" if has_bfloat16() else "float32"


def grow_gpu_memory() -> None:
    """Take a GPU's memory as it is needed, not all of it at once.

    Raises:
        RuntimeError: From TensorFlow, if a GPU is in use already and set up otherwise.
    """
    import tensorflow as tf

    for gpu in tf.config.list_physical_devices("GPU"):
        if not tf.config.experimental.get_memory_growth(gpu):
            tf.config.experimental.set_memory_growth(gpu, True)
