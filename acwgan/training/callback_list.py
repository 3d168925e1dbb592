"""The callbacks of a training as one: the package's own, then the user's."""

from __future__ import annotations

import contextlib
import difflib
import inspect
import warnings
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import keras
import tensorflow as tf

from acwgan.errors import ParameterError, Range, UserError, UserNotice

if TYPE_CHECKING:
    from acwgan.training.callbacks import Checkpoints
    from acwgan.wgan.model import WGAN


class CallbackError(Exception):
    """Carries an exception of a user's callback, as its cause, past all handlers of our own."""


#: Methods of a callback that a training calls -> arguments as it passes them.
_CALLED: dict[str, tuple[Any, ...]] = {
    "on_train_begin": (None,),
    "on_epoch_begin": (0, None),
    "on_train_batch_begin": (0, None),
    "on_train_batch_end": (0, {}),
    "on_epoch_end": (0, {}),
    "on_train_end": (None,),
}
#: Callbacks that would set a learning rate.
_RATES = (keras.callbacks.ReduceLROnPlateau, keras.callbacks.LearningRateScheduler)


def checked_callbacks(
    callbacks: keras.callbacks.Callback | Iterable[keras.callbacks.Callback],
) -> tuple[Any, ...]:
    """Refuse what cannot be called, before anything is trained.

    Args:
        callbacks: Keras callbacks, or one.

    Returns:
        The callbacks.

    Raises:
        ParameterError: If one is not a Keras callback, its ``every`` is not 1 or more, a method
            does not take what it is called with, or it would set a learning rate.
    """
    if isinstance(callbacks, keras.callbacks.Callback):
        callbacks = getattr(callbacks, "callbacks", [callbacks])  # Of a keras CallbackList.
    callbacks = tuple(callbacks)
    for callback in callbacks:
        if not isinstance(callback, keras.callbacks.Callback):
            fault = f"must be Keras callbacks (instances, not classes), got {callback!r}"
            if callable(callback) and not isinstance(callback, type):
                fault += "; wrap it: keras.callbacks.LambdaCallback(on_epoch_end=...)"
            raise ParameterError({"callbacks": fault})
        name = type(callback).__name__
        if isinstance(callback, _RATES):
            fault = f"must not have {name}: a run computes its learning rates from the step, so "
            fault += "that it resumes exactly; pass `decay=True`, or train with acwgan.WGAN.fit"
            raise ParameterError({"callbacks": fault})
        if hasattr(callback, "every"):
            Range(whole=True, at_least=1).check("every", callback.every)
        _check_methods(callback, name)
    return callbacks


def _check_methods(callback: keras.callbacks.Callback, name: str) -> None:
    """Refuse methods with other arguments, and tell of methods that nothing calls."""
    for method, arguments in _CALLED.items():
        signature = inspect.signature(getattr(callback, method))
        try:
            signature.bind(*arguments)
        except TypeError:
            first = "" if len(arguments) == 1 else f"{method.split('_')[-2]}, "
            fault = f"must have a {name}.{method}({first}logs=None), got {method}{signature}"
            raise ParameterError({"callbacks": fault}) from None
    known = [method for method in dir(keras.callbacks.Callback) if method.startswith("on_")]
    for method in dir(type(callback)):
        if method.startswith("on_") and method not in known:
            for meant in difflib.get_close_matches(method, known, 1, 0.8):
                note = f"nothing calls {name}.{method}; Keras calls {meant}."
                warnings.warn(UserNotice(note), stacklevel=4)


class CallbackList:
    """Calls callbacks in their order. A user's callback that fails costs no work.

    Not ``keras.callbacks.CallbackList``: it passes copies of ``logs``, sorted by name.

    Args:
        own: The package's callbacks.
        users: The user's callbacks, called after them.
        checkpoints: One of ``own``: saves a checkpoint if a user's callback fails.
        epoch_steps: Generator steps of an epoch. The user's callbacks alone are told of epochs.

    Raises:
        CallbackError: In all methods, if a user's callback raises an ``Exception``.
    """

    def __init__(
        self,
        own: Sequence[keras.callbacks.Callback],
        users: Sequence[keras.callbacks.Callback],
        checkpoints: Checkpoints,
        epoch_steps: int,
    ):
        self._own, self._users, self._checkpoints = own, users, checkpoints
        self._epoch_steps, self._steps = epoch_steps, 0
        self._in_batch = self._in_epoch = False
        self._row: dict[str, float] = {}  # The last value of each metric.

    def next_stop(self, step: int, steps: int) -> int:
        """The next generator step that a callback asks the loop to stop at.

        Args:
            step: Generator steps made.
            steps: Generator steps in all: the last stop.
        """
        everys = [each.every for each in (*self._own, *self._users) if hasattr(each, "every")]
        if self._users:
            everys.append(self._epoch_steps)
        return min([steps, *((step // every + 1) * every for every in everys)])

    def on_train_begin(self, model: WGAN, steps: int) -> None:
        """Introduce the model, then begin.

        Args:
            model: Becomes ``callback.model``.
            steps: Generator steps in all; ``callback.params["steps"]``.
        """
        model.stop_training = False
        self._steps = steps
        params = {"steps": steps, "epochs": -(-steps // self._epoch_steps)}
        self._call(("set_params", params), ("set_model", model), ("on_train_begin", None))

    def on_train_batch_begin(self, step: int) -> None:
        """Begin a batch, and an epoch, unless the loop is within one.

        A burst of critic steps is within a batch.

        Args:
            step: Generator steps made.
        """
        if not self._in_epoch:
            self._call_users(("on_epoch_begin", step // self._epoch_steps, None))
            self._in_epoch = True
        if not self._in_batch:
            self._call(("on_train_batch_begin", step, None))
            self._in_batch = True

    def on_train_batch_end(self, step: int, logs: dict[str, float]) -> None:
        """End a batch, and an epoch at its last step or at that of the run.

        Args:
            step: Generator steps made.
            logs: Tag -> value; callbacks may add to it.
        """
        self._in_batch = False
        self._call(("on_train_batch_end", step, logs))
        self._row |= logs
        if step % self._epoch_steps == 0 or step == self._steps:
            epoch = (step - 1) // self._epoch_steps
            self._call_users(("on_epoch_end", epoch, dict(self._row)))
            self._in_epoch = False

    def on_train_end(self) -> None:
        """End the training, at its last step or where it was stopped."""
        self._call(("on_train_end", None))

    def _call(self, *events: tuple[Any, ...]) -> None:
        """Call methods of all callbacks: (name, *arguments) of each."""
        for callback in self._own:
            for name, *arguments in events:
                getattr(callback, name)(*arguments)
        self._call_users(*events)

    def _call_users(self, *events: tuple[Any, ...]) -> None:
        where = ""
        try:
            for callback in self._users:
                for name, *arguments in events:
                    where = f"{type(callback).__name__}.{name}"
                    getattr(callback, name)(*arguments)
        except Exception as error:
            note = f"{where} failed"
            if not self._checkpoints.state.critic_steps:
                note += " before the first step"
            else:
                with contextlib.suppress(UserError, OSError, tf.errors.OpError):
                    note += f"; the run can be resumed from {self._checkpoints.save()}"
            error.add_note(f"{note}.")
            raise CallbackError from error
