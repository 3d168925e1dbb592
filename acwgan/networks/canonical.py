"""Keras models of any kind in the one form that the training loop uses.

A generator is [z, labels] -> images or [z] -> images, and a critic images -> [scores, class_logits]
or [scores]; see ``networks.blocks``. A network that has this form stays as it is.
"""

from __future__ import annotations

import inspect
import math
import warnings
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from acwgan.errors import ParameterError, UserNotice
from acwgan.networks.calls import with_class_count


def as_generator(make: Callable[[], Any], latent_dim: int, num_classes: int | None) -> keras.Model:
    """A generator in the form of the loop.

    Args:
        make: Makes the generator; called once more if its first call fails.
        latent_dim: Length of z.
        num_classes: K; None if the data or the config has no classes.

    Returns:
        [z, labels] -> images, or [z] -> images if it has no input of labels.

    Raises:
        ParameterError: If it cannot be called with these.
    """
    network = _checked_kind("generator", make())
    z = keras.Input((latent_dim,), name="z")
    labels = keras.Input((), dtype="int32", name="labels")
    inputs = getattr(network, "inputs", None)
    if not inputs:
        return _from_call(network, make, z, labels, num_classes)
    position = _labels_position(inputs, latent_dim)
    latent = inputs[1 - position if position is not None else 0]
    size = math.prod(latent.shape[1:]) if None not in latent.shape[1:] else latent_dim
    if size != latent_dim:
        fault = f"has a generator that takes z of {size} numbers, and `latent_dim` is {latent_dim}"
        raise ParameterError({"networks": f"{fault}; pass `latent_dim={size}`"})
    if position is not None and num_classes is None:
        fault = "has a generator with an input of labels, and the run has no classes"
        raise ParameterError(
            {"networks": f"{fault}: give the images labels with `conditional=True`, or remove it"}
        )
    used: list[Any] = [z] if position is None else [z, labels]
    if _is_canonical_generator(network, position):
        images = network.outputs
        if _is_float32(images):
            return with_class_count(network, num_classes if position is not None else None)
    values = [_reshaped(z, latent)]
    if position is not None:
        values.insert(position, _labels_as(labels, inputs[position], num_classes or 1))
    return _generator(used, _called(network, values), num_classes)


def _is_canonical_generator(network: Any, position: int | None) -> bool:
    shapes = [len(each.shape) for each in network.inputs]
    in_order = shapes == ([2] if position is None else [2, 1])
    is_list = isinstance(getattr(network, "input", None), list)
    functional = is_list or len(network.inputs) == 1
    return (
        in_order
        and functional
        and type(network) is not keras.Sequential
        and len(network.outputs) == 1
        and not isinstance(network.output, (list, dict))
    )


def _labels_position(inputs: list[Any], latent_dim: int) -> int | None:
    """Which input is that of the labels, by its name or else by its shape; None if none is."""
    if len(inputs) == 1:
        return None
    names = [each.name for each in inputs]
    if len(inputs) == 2:
        if "labels" in names:
            return names.index("labels")
        alike = [math.prod(n or 1 for n in each.shape[1:]) == latent_dim for each in inputs]
        integer = ["int" in str(each.dtype) or each.shape[1:] in ((), (1,)) for each in inputs]
        for position in (0, 1):
            if integer[position] and alike[1 - position] and not integer[1 - position]:
                return position
    fault = f"must have a generator with one input for z and one called labels, got {names}"
    raise ParameterError({"networks": fault})


def _reshaped(value: Any, like: Any) -> Any:
    shape = tuple(like.shape[1:])
    return value if tuple(value.shape[1:]) == shape else keras.layers.Reshape(shape)(value)


def _labels_as(labels: Any, like: Any, num_classes: int) -> Any:
    """Labels ``(B,)`` in the form that an input has: a column, or one-hot rows."""
    shape = tuple(like.shape[1:])
    if shape == ():
        return labels
    if shape == (1,):
        return keras.layers.Reshape((1,))(labels)
    if shape == (num_classes,):
        note = f"The generator takes labels as one-hot rows of {num_classes}; it gets them so."
        warnings.warn(UserNotice(note), stacklevel=2)
        return keras.ops.one_hot(labels, num_classes)
    fault = (
        f"has a generator that takes labels of shape {shape}; the data has {num_classes} classes"
    )
    allowed = f"take them as integers (), or as one-hot rows ({num_classes},)"
    raise ParameterError({"networks": f"{fault}: {allowed}"})


def _called(network: Any, values: list[Any]) -> Any:
    structure = getattr(network, "input", network.inputs[0])
    return network(tf.nest.pack_sequence_as(structure, values))


def _from_call(
    network: Any, make: Callable[[], Any], z: Any, labels: Any, num_classes: int | None
) -> keras.Model:
    """The generator of a model that tells its inputs only when it is called, as subclassed ones."""
    names = inspect.signature(network.call).parameters
    if "labels" in names:
        if num_classes is None:
            fault = "has a generator whose call takes labels, and the run has no classes"
            raise ParameterError({"networks": f"{fault}; pass `conditional=True`, with labels"})
        return _generator([z, labels], network(z, labels=labels), num_classes)
    try:
        with warnings.catch_warnings():  # Keras warns of a call that fails, as it may.
            warnings.filterwarnings("ignore", module="keras")
            images = network(z)
        return _generator([z], images, None)
    except ParameterError:
        raise
    except Exception:
        if num_classes is None:
            raise
        again = make()  # The first call may have built a part of it.
        try:
            images = again([z, labels])
        except Exception:
            images = None
        if images is None:
            raise
        return _generator([z, labels], images, num_classes)


def _generator(inputs: list[Any], made: Any, num_classes: int | None) -> keras.Model:
    images = tf.nest.flatten(made)
    if len(images) != 1:
        fault = f"must have a generator with one output, the images; it has {len(images)}"
        raise ParameterError({"networks": fault})
    network = keras.Model(inputs, _in_float32("generator", images[0]), name="generator")
    return with_class_count(network, num_classes if len(inputs) == 2 else None)


def as_critic(make: Callable[[], Any], image_shape: tuple[int, int, int]) -> keras.Model:
    """A critic in the form of the loop.

    Args:
        make: Makes the critic.
        image_shape: ``(H, W, C)``.

    Returns:
        images -> [scores, class_logits] or [scores].

    Raises:
        ParameterError: If it has other inputs or outputs.
    """
    network = _checked_kind("critic", make())
    images = keras.Input(image_shape, name="images")
    inputs = getattr(network, "inputs", None)
    if inputs:
        if len(inputs) != 1:
            names = [each.name for each in inputs]
            fault = f"must have a critic that takes images alone, got the inputs {names}"
            raise ParameterError({"networks": f"{fault}; the class is its second output"})
        shape = tuple(inputs[0].shape[1:])
        if len(shape) != 3 or any(
            n not in (None, m) for n, m in zip(shape, image_shape, strict=False)
        ):
            fault = f"has a critic that takes images {shape}, and the data has {image_shape}"
            advice = "make it for these, in a function of `image_shape`, or change `image_size`"
            raise ParameterError({"networks": f"{fault}; {advice}"})
        made = network.outputs if None not in shape else _called(network, [images])
        if None not in shape:
            images = inputs[0]
    else:
        made = network(images)
    outputs = _ordered(tf.nest.flatten(made))
    plain = type(network) is not keras.Sequential and images is not None
    if inputs and plain and outputs == tf.nest.flatten(network.output) and _is_float32(outputs):
        return network
    outputs = [_in_float32("critic", each) for each in outputs]
    return keras.Model(images, outputs if len(outputs) > 1 else outputs[0], name="critic")


def _ordered(outputs: list[Any]) -> list[Any]:
    """[scores] or [scores, class_logits], told apart by their shapes."""
    shapes = [tuple(each.shape[1:]) for each in outputs]
    scores = [each for each, shape in zip(outputs, shapes, strict=True) if shape in ((), (1,))]
    if len(outputs) == 1 and len(scores) == 1:
        return outputs
    if len(outputs) == 2 and len(scores) == 1:
        (logits,) = (each for each in outputs if each is not scores[0])
        if len(logits.shape) == 2:
            return [*scores, logits]
    fault = "must have a critic that returns scores (B,) or (B, 1), with classes also class_logits "
    fault += f"(B, K); it returns {' and '.join(str(('B', *shape)) for shape in shapes)}"
    if len(shapes) == 1 and len(shapes[0]) == 3:
        fault += "; average them with GlobalAveragePooling2D, and are the two in the order "
        fault += "(generator, critic)?"
    raise ParameterError({"networks": fault.replace("'", "")})


def _checked_kind(role: str, network: Any) -> Any:
    if not isinstance(network, keras.layers.Layer):
        fault = f"must make a Keras model as {role}, got {type(network).__name__}"
        raise ParameterError({"networks": fault})
    return network


def _is_float32(outputs: list[Any]) -> bool:
    return all(keras.backend.standardize_dtype(each.dtype) == "float32" for each in outputs)


def _in_float32(role: str, output: Any) -> Any:
    dtype = keras.backend.standardize_dtype(output.dtype)
    if "float" not in dtype:
        fault = f"must have a {role} that returns floats, got {dtype}"
        raise ParameterError({"networks": fault})
    if dtype == "float32":
        return output
    return keras.layers.Activation("linear", dtype="float32")(output)
