"""The device that TensorFlow computes on, and what of the machine it leaves unused."""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import os
import shutil
import subprocess
import sys
import warnings
from collections.abc import Collection, Mapping
from pathlib import Path

from acwgan.devices.precision import cpu_flags
from acwgan.errors import UserNotice
from acwgan.keras_settings import KERNELS

#: Values of ``CUDA_VISIBLE_DEVICES`` with which a person hides all GPUs.
_HIDDEN = ("", "-1", "none", "NoDevFiles")
_INSTALL = 'pip install "acwgan[cuda]"'
#: Instructions with any of which TensorFlow takes oneDNN by itself, as Linux names them.
_ONEDNN_FLAGS = {"avx512_vnni", "avx512_bf16", "avx_vnni", "amx_tile", "amx_int8", "amx_bf16"}


def prepare_gpus() -> None:
    """Call this before a long computation with TensorFlow.

    Lets TensorFlow allocate GPU memory as it is needed, not all of it at the start, and warns
    once of a GPU that is there but not used, and of slow kernels. Where TensorFlow computes
    already, the first has no effect.
    """
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    for gpu in gpus:
        with contextlib.suppress(RuntimeError, ValueError):  # It computes already, or is split.
            if not tf.config.experimental.get_memory_growth(gpu):
                tf.config.experimental.set_memory_growth(gpu, True)
    if not gpus:
        _warn_once()


def start_devices() -> None:
    """``prepare_gpus``, and let TensorFlow start its devices, which prints lines too."""
    import tensorflow as tf

    prepare_gpus()
    tf.config.list_logical_devices()


@functools.cache
def _warn_once() -> None:
    import tensorflow as tf

    for notice in (
        notice_of_unused_gpu(os.environ, "/", bool(tf.test.is_built_with_cuda())),
        notice_of_slow_kernels(os.environ, cpu_flags()),
    ):
        if notice:
            warnings.warn(UserNotice(notice), stacklevel=3)


def notice_of_slow_kernels(environ: Mapping[str, str], flags: Collection[str]) -> str | None:
    """What to say if TensorFlow was imported before acwgan could choose its kernels.

    Args:
        environ: Environment variables. acwgan sets ``TF_ENABLE_ONEDNN_OPTS`` where it is first.
        flags: Names of the CPU's instructions.

    Returns:
        One line that says what to do; None if TensorFlow has fast kernels, or the user chose.

    Example:
        >>> notice_of_slow_kernels({"TF_ENABLE_ONEDNN_OPTS": "0"}, {"avx2"})
    """
    if KERNELS in environ or "avx2" not in flags or not _ONEDNN_FLAGS.isdisjoint(flags):
        return None
    advice = f"import acwgan before tensorflow and keras, or set {KERNELS}=1"
    return f"TensorFlow computes without oneDNN, and takes about 1.6 times as long; {advice}."


def notice_of_unused_gpu(environ: Mapping[str, str], root: str | Path, cuda: bool) -> str | None:
    """What to say of a GPU of this machine where TensorFlow finds none.

    Apple's GPUs are not looked for: no release of Apple's plugin goes with this TensorFlow.

    Args:
        environ: Environment variables, with the ``PATH`` on which ``nvidia-smi`` may lie.
        root: Folder with ``proc`` and ``dev``.
        cuda: Whether TensorFlow is built for NVIDIA's GPUs.

    Returns:
        One line that says what to install or to do; None if there is no GPU, or it is hidden on
        purpose (``CUDA_VISIBLE_DEVICES=-1``).

    Example:
        >>> notice_of_unused_gpu({"CUDA_VISIBLE_DEVICES": "-1"}, "/", True)
    """
    root = Path(root)
    visible = environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None and visible.strip() in _HIDDEN:
        return None
    name = _nvidia_gpu(environ, root)
    if name:
        return f"{name} is there, but TensorFlow does not use it: {_advice(root, visible, cuda)}"
    if (root / "dev/kfd").exists():
        return (
            "an AMD GPU is there (/dev/kfd), but TensorFlow does not use it: the packages of "
            "TensorFlow on the package index are for NVIDIA's GPUs only (docs/gpu.md)"
        )
    return None


def _nvidia_gpu(environ: Mapping[str, str], root: Path) -> str | None:
    """The name of the first GPU with NVIDIA's driver, or "an NVIDIA GPU"; None without one."""
    for path in sorted(root.glob("proc/driver/nvidia/gpus/*/information")):
        rows = [
            line.partition(":")
            for line in path.read_text(encoding="utf-8", errors="replace").splitlines()
        ]
        models = [value.strip() for name, _, value in rows if name.strip() == "Model"]
        return f"the GPU {models[0]}" if models else "an NVIDIA GPU"
    # Windows, and Linux within Windows, have the driver's program but not its files.
    if program := shutil.which("nvidia-smi", path=environ.get("PATH", "")):
        try:
            done = subprocess.run(
                [program, "--query-gpu=name", "--format=csv,noheader"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                encoding="utf-8",
                errors="replace",
                timeout=10,
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        names = done.stdout.strip().splitlines()
        if done.returncode == 0 and names:  # It fails where there is no GPU.
            return f"the GPU {names[0].strip()}"
    return "an NVIDIA GPU" if (root / "dev/nvidia0").exists() else None


def _advice(root: Path, visible: str | None, cuda: bool) -> str:
    if not cuda and sys.platform == "win32":
        return "on Windows it needs WSL 2; install acwgan there (docs/gpu.md)"
    if not cuda:
        return "this TensorFlow is built without CUDA; install the one for Linux and x86_64"
    files = any(root.glob("dev/nvidia[0-9]*")) or (root / "dev/dxg").exists()
    if (root / "proc/driver/nvidia").exists() and not files:
        return "this container has no access to it; start it with --gpus all"
    if visible is not None:
        return f"CUDA_VISIBLE_DEVICES is {visible!r}; unset it, or give numbers of existing GPUs"
    if not _has_cuda_libraries():
        return f"install its libraries with {_INSTALL}"
    return (
        f"the driver may be too old for the libraries that are installed; update it, or reinstall "
        f"them with {_INSTALL} --upgrade (docs/gpu.md says how to see the reason)"
    )


def _has_cuda_libraries() -> bool:
    try:
        return importlib.util.find_spec("nvidia.cudnn") is not None
    except ModuleNotFoundError:
        return False


def has_gpu() -> bool:
    """Whether TensorFlow computes on a GPU."""
    import tensorflow as tf

    return bool(tf.config.list_physical_devices("GPU"))


def describe_devices(count: int = 1) -> str:
    """The devices that a training computes on, in words that follow "on".

    Args:
        count: Number of devices of this machine.

    Example:
        >>> "CPU" in describe_devices() or "GPU" in describe_devices()
        True
    """
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")[:count]
    if gpus:
        details = tf.config.experimental.get_device_details(gpus[0])
        name = details.get("device_name", "unknown model")
        return f"the GPU {name}" if count == 1 else f"{count} GPUs ({name})"
    cores = _cores()
    cpu = f"the CPU ({cores} core{'s' if cores > 1 else ''})"
    return cpu if count == 1 else f"{count} parts of {cpu}"


def _cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
