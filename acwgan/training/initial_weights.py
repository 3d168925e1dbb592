"""A new run that starts from the networks of another one."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from acwgan.errors import ParameterError, UserNotice
from acwgan.runs import weights

if TYPE_CHECKING:
    import keras

    from acwgan.wgan.model import WGAN

#: Arrays that a notice names; the others are counted.
_NAMED = 4


def start_from(model: WGAN, run_dir: str) -> None:
    """Give a new model the weights of the best checkpoint of a run, as far as they fit.

    The generator starts as the one that ``acwgan generate`` draws with, the moving average if the
    run has one. An array fits if a layer of the same name, the n-th of its kind, has an array of
    this shape: networks for other classes or sizes keep what does not depend on them. The
    optimizers start anew. A ``UserNotice`` says what was kept and what was not.

    Args:
        model: A new model.
        run_dir: The run folder.

    Raises:
        ParameterError: If nothing fits.
        CheckpointError: If the run has no checkpoint that can be used.
        RunFolderError: If the folder is not a run folder.
    """
    restore = (weights.restore_generator, weights.restore_critic)
    path, _, generator, critic = weights.best_networks(run_dir, *restore)
    kept, others = 0, []
    for new, old in ((model.generator, generator), (model.critic, critic)):
        values = {name: np.asarray(array) for name, array in _arrays(old)}
        for name, array in _arrays(new):
            before, shape = values.get(name), tuple(array.shape)
            if before is not None and before.shape == shape:
                array.assign(before)
                kept += 1
            else:
                was = "" if before is None else f" instead of {before.shape}"
                others.append(f"{new.name}/{name} {shape}{was}")
    if model.average is not None:
        for mean, array in zip(model.average.weights, model.generator.weights, strict=True):
            mean.assign(array)
    if not kept:
        fault = f"must be a run with networks like those of the new run, got {run_dir}"
        raise ParameterError({"init": f"{fault}: no array has the same layer and shape"})
    note = f"Starts from {path}: {kept} of {kept + len(others)} arrays are kept"
    if others:
        more = f" and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
        note += f"; new are {', '.join(others[:_NAMED])}{more}"
    warnings.warn(UserNotice(f"{note}."), stacklevel=2)


def _arrays(network: keras.Model) -> Iterator[tuple[str, Any]]:
    """Name -> array of each layer: "dense-2/kernel" is that of the second dense layer."""
    counts: Counter[str] = Counter()
    for layer in network.layers:
        # Keras numbers the layers of a process; with several devices a class has another name.
        kind = re.sub(r"_\d+$", "", layer.name).removeprefix("global_")
        counts[kind] += 1
        for array in layer.weights:
            yield f"{kind}-{counts[kind]}/{array.name}", array
