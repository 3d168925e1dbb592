"""Checks of networks of the user's own before the first step, each with one line."""

from __future__ import annotations

import warnings
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from acwgan.errors import ParameterError, UserNotice
from acwgan.networks import calls
from acwgan.networks.dropout import dropout_key

#: Images in the batch that the networks are tried on.
_ROWS = 4
#: Operations that change no number, or only the shape.
_SHAPING = {"Identity", "Reshape", "Squeeze", "Cast", "StridedSlice", "Slice", "ExpandDims"}
#: Operation at the end of a network -> the layer that it is of, and the range that it leaves.
_SQUASHING = {
    "Sigmoid": ("a sigmoid", "[0, 1]"),
    "Softmax": ("a softmax", "[0, 1]"),
    "Relu": ("a ReLU", "[0, inf)"),
    "Tanh": ("a tanh", "[-1, 1]"),
}


def check_pair(
    generator: keras.Model,
    critic: keras.Model,
    image_shape: tuple[int, int, int],
    num_classes: int | None,
    penalized: bool,
) -> None:
    """Try a generator and a critic on a small batch of random numbers.

    Args:
        generator: [z, labels] -> images, or [z] -> images, as ``UserNetworks`` makes it.
        critic: images -> [scores, class_logits], or -> [scores].
        image_shape: ``(H, W, C)`` of the data.
        num_classes: K of the data, if it has classes.
        penalized: Whether the run has a penalty on the critic's slope.

    Raises:
        ParameterError: If they cannot be trained together; the first fault, in one line.
    """
    classes = calls.class_count(generator)
    shape = tuple(generator.outputs[0].shape[1:])
    if shape != tuple(image_shape):
        words = f"has a generator that draws images {shape}, and the data has {tuple(image_shape)}"
        raise _fault(words)
    if classes is not None and len(critic.outputs) == 1:
        raise _fault(
            "has a generator with labels and a critic without class_logits, so that nothing "
            f"teaches it the classes; let the critic return [scores, class_logits (B, {classes})]"
        )
    if classes is None and len(critic.outputs) == 2:
        raise _fault(
            "has a critic with class_logits and a generator without an input `labels`; add the "
            "input, or remove the output"
        )
    if classes is not None and critic.outputs[1].shape[-1] != num_classes:
        found = critic.outputs[1].shape[-1]
        raise _fault(f"has a critic with {found} class_logits, and the data has {num_classes}")
    _check_weights("generator", generator)
    _check_weights("critic", critic)
    _check_ends(generator, critic)
    _check_values(generator, critic, image_shape)
    _check_repeatable(generator, critic, image_shape)
    _check_gradients(generator, critic, image_shape)
    _check_rows_alone(critic, image_shape, penalized)


def _fault(words: str) -> ParameterError:
    return ParameterError({"networks": words})


def _note(words: str) -> None:
    warnings.warn(UserNotice(words), stacklevel=3)


def _check_weights(role: str, network: keras.Model) -> None:
    if not network.trainable_weights:
        raise _fault(f"has a {role} without trainable weights; is trainable False in its layers?")
    for weight in network.weights:
        if not np.isfinite(np.asarray(weight)).all():
            raise _fault(f"has a {role} whose initial {weight.path} is not finite")
    if any(weight.dtype != "float32" for weight in network.trainable_weights):
        kinds = {weight.dtype for weight in network.trainable_weights}
        raise _fault(f"has a {role} with weights in {', '.join(sorted(kinds))}; float32 is needed")


def _check_ends(generator: keras.Model, critic: keras.Model) -> None:
    """The last operation of each output: a tanh for images, nothing for scores and logits."""
    z = tf.TensorSpec((_ROWS, generator.inputs[0].shape[1]))
    labels = tf.TensorSpec((_ROWS,), tf.int32)
    (end,) = _ends(lambda z, labels: [calls.generate(generator, z, labels)], z, labels)
    if end in _SQUASHING and end != "Tanh":
        layer, where = _SQUASHING[end]
        raise _fault(
            f"has a generator that ends in {layer}, in {where}, and images are in [-1, 1]; end it "
            "in activation='tanh'"
        )
    if end not in ("Tanh", "ClipByValue", "Sin", "Sub", "AddV2", "Minimum", "Maximum"):
        _note(
            f"The generator does not end in a tanh but in {end}: its images may leave [-1, 1], "
            "and are clipped where they are drawn."
        )
    images = tf.TensorSpec((_ROWS, *critic.inputs[0].shape[1:]))
    ends = _ends(lambda images: calls.rate(critic, images), images)
    for name, end in zip(("scores", "class_logits"), ends, strict=False):
        if end in _SQUASHING:
            raise _fault(
                f"has a critic whose {name} end in {_SQUASHING[end][0]}; remove this activation: "
                f"{'scores are any numbers' if name == 'scores' else 'the loss has the softmax'}"
            )


def _ends(function: Any, *specs: tf.TensorSpec) -> list[str]:
    """The kind of the last operation before each output that changes numbers."""
    graph = tf.function(function, autograph=False).get_concrete_function(*specs).graph
    kinds = []
    for output in graph.outputs:
        operation = output.op
        while operation.type in _SHAPING and operation.inputs:
            operation = operation.inputs[0].op
        kinds.append(operation.type)
    return kinds


class _Trial:
    """One pass of both networks, as in training, which leaves their statistics as they were."""

    def __init__(self, generator: keras.Model, critic: keras.Model, image_shape: Any):
        self._networks = generator, critic
        seeds = [(0, n) for n in range(3)]
        self.z = tf.random.stateless_normal((_ROWS, generator.inputs[0].shape[1]), seeds[0])
        self.labels = tf.range(_ROWS, dtype=tf.int32) % (calls.class_count(generator) or 1)
        self.images = tf.random.stateless_uniform((_ROWS, *image_shape), seeds[1], -1.0, 1.0)

    def __enter__(self) -> _Trial:
        self._saved = [network.get_weights() for network in self._networks]
        return self

    def __exit__(self, *_: object) -> None:
        for network, saved in zip(self._networks, self._saved, strict=True):
            network.set_weights(saved)

    def generate(self) -> tf.Tensor:
        with dropout_key(tf.constant([1, 2])):
            return calls.generate(self._networks[0], self.z, self.labels, training=True)

    def rate(self, images: tf.Tensor) -> list[tf.Tensor]:
        with dropout_key(tf.constant([1, 2])):
            return calls.rate(self._networks[1], images, training=True)


def _check_values(generator: keras.Model, critic: keras.Model, image_shape: Any) -> None:
    with _Trial(generator, critic, image_shape) as trial:
        images = trial.generate()
        if images.dtype != tf.float32:
            raise _fault(f"must have a generator that returns floats, got {images.dtype.name}")
        if not np.isfinite(images).all():
            raise _fault("has a generator whose images are not finite at the first step")
        if np.abs(images).max() > 1.001:
            low, high = float(np.min(images)), float(np.max(images))
            raise _fault(
                f"has a generator that draws from {low:.3g} to {high:.3g}, and images are in "
                "[-1, 1]; end it in activation='tanh'"
            )
        for name, values in zip(("scores", "class_logits"), trial.rate(trial.images), strict=False):
            if not np.isfinite(values).all():
                raise _fault(f"has a critic whose {name} are not finite at the first step")


def _check_repeatable(generator: keras.Model, critic: keras.Model, image_shape: Any) -> None:
    with _Trial(generator, critic, image_shape) as trial:
        for role, draw in (("generator", trial.generate), ("critic", lambda: _scores(trial))):
            if not np.allclose(draw(), draw(), rtol=1e-3, atol=1e-5):
                raise _fault(
                    f"has a {role} with random numbers that a resumed run cannot repeat; draw them "
                    "in a layer of Keras, or with seed=self.seed_generator, a "
                    "keras.random.SeedGenerator that the layer makes in __init__"
                )


def _scores(trial: _Trial) -> tf.Tensor:
    return trial.rate(trial.images)[0]


def _check_gradients(generator: keras.Model, critic: keras.Model, image_shape: Any) -> None:
    with _Trial(generator, critic, image_shape) as trial:
        with tf.GradientTape(persistent=True) as tape:
            images = trial.generate()
            # As the losses see it, and apart from it as the penalty does.
            tape.watch(images)
            outputs = trial.rate(images)
            total = tf.add_n([tf.reduce_sum(each) for each in outputs])
            drawn, scores = tf.reduce_sum(images), tf.reduce_sum(outputs[0])
        if tape.gradient(scores, images) is None:
            raise _fault(
                "has a critic whose scores have no gradient in the images, so that the generator "
                "learns nothing; look for argmax, round, casts to integers or NumPy in it"
            )
        for role, network, target in (("generator", generator, drawn), ("critic", critic, total)):
            variables = network.trainable_variables
            gradients = tape.gradient(target, [variable.value for variable in variables])
            lost = [v.path for v, each in zip(variables, gradients, strict=True) if each is None]
            if len(lost) == len(variables):
                raise _fault(
                    f"has a {role} whose weights get no gradient; look for stop_gradient, argmax, "
                    "casts to integers or NumPy in it"
                )
            if lost:
                more = f" and {len(lost) - 3} more" if len(lost) > 3 else ""
                names = ", ".join(lost[:3]) + more
                _note(f"The {role} has weights that get no gradient and stay as they are: {names}.")


def _check_rows_alone(critic: keras.Model, image_shape: Any, penalized: bool) -> None:
    """A penalty is on the gradient of one example, which no other example may enter."""
    if not penalized:
        return
    norms = [
        layer.name
        for layer in calls.all_layers(critic)
        if isinstance(layer, keras.layers.BatchNormalization)
    ]
    if norms:
        raise _fault(
            f"has a critic that normalizes over the batch ({norms[0]}), for which no gradient "
            "penalty is defined; use LayerNormalization, or pass `gp_weight=None` with a "
            "`clip_value`"
        )
    first = tf.random.stateless_uniform((_ROWS, *image_shape), (0, 4), -1.0, 1.0)
    other = tf.concat([first[:1], -first[1:] / 2], axis=0)
    one, same = (_first_score(critic, images) for images in (first, other))
    if not np.allclose(one, same, rtol=1e-3, atol=1e-5):
        _note(
            "The score of an image depends on the others in the batch: the penalty, which is on "
            "the gradient of one image, has then no exact meaning."
        )


def _first_score(critic: keras.Model, images: tf.Tensor) -> tf.Tensor:
    with dropout_key(tf.constant([1, 2])):
        return calls.rate(critic, images, training=True)[0][0]
