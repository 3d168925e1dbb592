"""The floating-point format of the networks, chosen by what this machine computes fast."""

from pathlib import Path

#: Values of ``Config.precision``.
PRECISIONS = ("auto", "float32", "bfloat16")
#: Instructions that multiply bfloat16 matrices, as Linux names them.
_BFLOAT16_FLAGS = {"avx512_bf16", "amx_bf16"}


def cpu_flags(cpuinfo: str | None = None) -> set[str]:
    """The words of ``/proc/cpuinfo``, the names of the CPU's instructions among them.

    Args:
        cpuinfo: The text; read from that file if None, and empty where there is none.
    """
    if cpuinfo is None:
        path = Path("/proc/cpuinfo")
        cpuinfo = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    return set(cpuinfo.split())


def has_bfloat16(cpuinfo: str | None = None) -> bool:
    """Whether the CPU, or the GPU if there is one, has bfloat16 arithmetic.

    Args:
        cpuinfo: The text of ``/proc/cpuinfo``; read from that file if None.

    Returns:
        True if bfloat16 is the faster format; False also if that is unknown.

    Example:
        >>> has_bfloat16("flags : fpu sse2 avx512_bf16")
        True
    """
    import tensorflow as tf

    for gpu in tf.config.list_physical_devices("GPU"):  # Ampere (8) and newer have it.
        major, _ = tf.config.experimental.get_device_details(gpu).get("compute_capability", (0, 0))
        return major >= 8
    return not _BFLOAT16_FLAGS.isdisjoint(cpu_flags(cpuinfo))


def resolve_precision(precision: str) -> str:
    """Replace ``"auto"`` with ``"bfloat16"`` if the hardware has it, else with ``"float32"``.

    Example:
        >>> resolve_precision("float32")
        'float32'
    """
    if precision != "auto":
        return precision
    return "bfloat16" if has_bfloat16() else "float32"
