"""The settings of Keras and TensorFlow with which this package computes, whatever the user set."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import sys
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path

from acwgan.errors import UserError

_BACKEND = "tensorflow"
#: The variable with which TensorFlow takes the kernels of oneDNN (1) or its own (0).
KERNELS = "TF_ENABLE_ONEDNN_OPTS"
#: TensorFlow 2.21's rewriting of arithmetic makes one sum of several additions, whose order differs
#: from one tracing of the same function to the next: where a tensor is used more than twice, its
#: gradient would not be repeatable. A step takes the same time without it.
_REWRITING = "arithmetic_optimization"
#: Settings of the whole process -> the values that the networks are written for.
_STANDARD: dict[str, object] = {
    _REWRITING: False,
    "floatx": "float32",
    "epsilon": 1e-7,
    "image_data_format": "channels_last",
    "max_epochs": None,
    "max_steps_per_epoch": None,
}
#: Guards the two below: threads share the settings, and the last one to leave restores them.
_lock = threading.Lock()
_entered = 0
_users: dict[str, object] = {}


def choose_backend() -> None:
    """Let Keras take TensorFlow for its backend when it is imported; later than that, nothing.

    TensorFlow imports Keras, so this must come before any import of either.
    """
    if "keras" not in sys.modules:
        os.environ["KERAS_BACKEND"] = _BACKEND


def choose_kernels() -> None:
    """Let TensorFlow compute with oneDNN on every x86 processor, unless the user has chosen.

    By itself it does so only on those with AVX-512 VNNI or newer instructions; on the others a step
    of the default recipe takes 0.6 of the time with it (``docs/speed.md``). TensorFlow decides when
    it is imported; later than that, nothing.
    """
    if "tensorflow" not in sys.modules and platform.machine().lower() in ("x86_64", "amd64"):
        os.environ.setdefault(KERNELS, "1")


@contextlib.contextmanager
def standard_settings() -> Iterator[None]:
    """Compute with the standard settings in the block, then restore the user's.

    Sums are added in the order in which they are written, so that a training can be repeated.

    ``~/.keras/keras.json``, the environment or the user's program may have set others:
    ``channels_first``, ``float16``, another epsilon, a limit on the epochs, a dtype policy. All but
    the policy, which each thread has for itself, hold for the whole process.

    Raises:
        UserError: If Keras was imported with another backend than TensorFlow.

    Example:
        >>> import keras
        >>> with standard_settings():
        ...     keras.config.image_data_format()
        'channels_last'
    """
    import keras

    backend = keras.config.backend()
    if backend != _BACKEND:
        raise UserError(
            f"Keras is imported with the backend {backend}, and acwgan needs {_BACKEND}; import "
            f"acwgan before keras, or set KERAS_BACKEND={_BACKEND} in the environment"
        )
    policy = keras.config.dtype_policy()
    _enter()
    try:
        keras.config.set_dtype_policy("float32")
        yield
    finally:
        _leave()
        keras.config.set_dtype_policy(policy)


def require_eager_execution() -> None:
    """Refuse a program that has switched TensorFlow to graphs, in which no value can be read.

    Raises:
        UserError: If it has.
    """
    import tensorflow as tf

    if not tf.executing_eagerly():
        raise UserError(
            "TensorFlow's eager execution is off in this program, and acwgan needs it; remove "
            "tf.compat.v1.disable_eager_execution() or disable_v2_behavior()"
        )


def _enter() -> None:
    global _entered, _users
    # Keras 3.15's own saving under NumPy 2; it would end a run of a user whose warnings are errors.
    message = "__array__ implementation doesn't accept a copy keyword"
    warnings.filterwarnings("ignore", message, DeprecationWarning)
    with _lock:
        if not _entered:
            _users = {name: _get(name) for name in _STANDARD}
        _set(_STANDARD)  # Each time, since every thread holds TensorFlow's options for itself.
        _entered += 1


def _leave() -> None:
    global _entered
    with _lock:
        _entered -= 1
        if not _entered:
            _set(_users)


def _get(name: str) -> object:
    import keras
    import tensorflow as tf

    if name == _REWRITING:
        return tf.config.optimizer.get_experimental_options().get(name, True)
    return getattr(keras.config, name)()


def _set(settings: dict[str, object]) -> None:
    import keras
    import tensorflow as tf

    for name, value in settings.items():
        if name == _REWRITING:
            tf.config.optimizer.set_experimental_options({name: value})
        else:
            getattr(keras.config, f"set_{name}")(value)


def keras_folder() -> Path:
    """The folder of Keras' settings and downloads."""
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")


def fault_of_settings() -> str | None:
    """What is wrong with the user's settings of Keras, with which it cannot be imported.

    Returns:
        One line that names the file or the variable; None if nothing is wrong.
    """
    for variable in ("KERAS_MAX_EPOCHS", "KERAS_MAX_STEPS_PER_EPOCH"):
        number = os.environ.get(variable, "0")
        if not number.strip().lstrip("+-").isdecimal():
            return f"{variable} must be a whole number, got {number!r}; Keras reads it"
    path = keras_folder() / "keras.json"
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # Keras reads it as empty.
        return None
    advice = "mend or remove the file; Keras reads it"
    if not isinstance(settings, dict):
        return f"{path}: must be a JSON object; {advice}"
    allowed: dict[str, tuple[str, ...]] = {
        "floatx": ("float16", "float32", "float64"),
        "image_data_format": ("channels_last", "channels_first"),
    }
    for name, values in allowed.items():
        if settings.get(name, values[0]) not in values:
            return f"{path}: {name} must be one of {', '.join(values)}; {advice}"
    if not isinstance(settings.get("epsilon", 0.0), float):
        return f"{path}: epsilon must be a number with a point, as 1e-7; {advice}"
    return None
