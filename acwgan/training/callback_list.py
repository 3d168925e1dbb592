"""The callbacks of a training as one: the package's own, then the user's."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import keras
import tensorflow as tf

from acwgan.errors import ParameterError, Range, UserError

if TYPE_CHECKING:
    from acwgan.training.callbacks import Checkpoints
    from acwgan.wgan.model import WGAN


class CallbackError(Exception):
    """Carries an exception of a user's callback, as its cause, past all handlers of our own."""


def checked_callbacks(callbacks: Iterable[keras.callbacks.Callback]) -> tuple[Any, ...]:
    """Refuse what cannot be called.

    Args:
        callbacks: Keras callbacks.

    Returns:
        The same.

    Raises:
        ParameterError: If one is not a Keras callback, or its ``every`` is not 1 or more.
    """
    callbacks = tuple(callbacks)
    for callback in callbacks:
        if not isinstance(callback, keras.callbacks.Callback):
            fault = f"must be Keras callbacks (instances, not classes), got {callback!r}"
            raise ParameterError({"callbacks": fault})
        if hasattr(callback, "every"):
            Range(whole=True, at_least=1).check("every", callback.every)
    return callbacks


class CallbackList:
    """Calls callbacks in their order. A user's callback that fails costs no work.

    Not ``keras.callbacks.CallbackList``: it passes copies of ``logs``, sorted by name.

    Args:
        own: The package's callbacks.
        users: The user's callbacks, called after them.
        checkpoints: One of ``own``: saves a checkpoint if a user's callback fails.

    Raises:
        CallbackError: In all methods, if a user's callback raises an ``Exception``.
    """

    def __init__(
        self,
        own: Sequence[keras.callbacks.Callback],
        users: Sequence[keras.callbacks.Callback],
        checkpoints: Checkpoints,
    ):
        self._own, self._users, self._checkpoints = own, users, checkpoints
        self._in_batch = False

    def next_stop(self, step: int, steps: int) -> int:
        """The next generator step that a callback asks the loop to stop at.

        Args:
            step: Generator steps made.
            steps: Generator steps in all: the last stop.
        """
        everys = [each.every for each in (*self._own, *self._users) if hasattr(each, "every")]
        return min([steps, *((step // every + 1) * every for every in everys)])

    def on_train_begin(self, model: WGAN, steps: int) -> None:
        """Introduce the model, then begin.

        Args:
            model: Becomes ``callback.model``.
            steps: Generator steps in all; ``callback.params["steps"]``.
        """
        model.stop_training = False
        self._call(("set_params", {"steps": steps}), ("set_model", model), ("on_train_begin", None))

    def on_train_batch_begin(self, step: int) -> None:
        """Begin a batch, unless the loop is within one, in a burst of critic steps.

        Args:
            step: Generator steps made.
        """
        if not self._in_batch:
            self._call(("on_train_batch_begin", step, None))
            self._in_batch = True

    def on_train_batch_end(self, step: int, logs: dict[str, float]) -> None:
        """End a batch.

        Args:
            step: Generator steps made.
            logs: Tag -> value; callbacks may add to it.
        """
        self._in_batch = False
        self._call(("on_train_batch_end", step, logs))

    def on_train_end(self) -> None:
        """End the training, at its last step or where it was stopped."""
        self._call(("on_train_end", None))

    def _call(self, *events: tuple[Any, ...]) -> None:
        """Call methods of all callbacks: (name, *arguments) of each."""

        def call(callbacks: Sequence[keras.callbacks.Callback]) -> None:
            for callback in callbacks:
                for name, *arguments in events:
                    getattr(callback, name)(*arguments)

        call(self._own)
        try:
            call(self._users)
        except Exception as error:
            with contextlib.suppress(UserError, OSError, tf.errors.OpError):
                path = self._checkpoints.save()
                error.add_note(f"The run can be resumed from {path}.")
            raise CallbackError from error
