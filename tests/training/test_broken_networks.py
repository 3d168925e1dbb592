"""Broken networks and callbacks as people write them: one clear line each, and no run folder."""

from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from acwgan.errors import UserError, UserNotice
from acwgan.training.trainer import train

SHAPE = (8, 8, 1)


@pytest.fixture(scope="module")
def config(tiny_config):
    return replace(tiny_config, latent_dim=6, evaluate_every=None, augmentation="none", steps=1)


def generator(*last, shape=SHAPE, activation="tanh", first=None, **dense):
    z, labels = keras.Input((6,)), keras.Input((), dtype="int32", name="labels")
    x = layers.Multiply()([z, layers.Embedding(3, 6)(labels)])
    x = first(x) if first else x
    x = layers.Reshape(shape)(layers.Dense(int(np.prod(shape)), activation, **dense)(x))
    for layer in last:
        x = layer(x)
    return keras.Model([z, labels], x)


def critic(*middle, score=None, classes=3, logits=None, shape=SHAPE, one=False, **dense):
    images = keras.Input(shape)
    x = layers.Flatten()(images)
    for layer in middle:
        x = layer(x)
    x = layers.Dense(5, "relu", **dense)(x)
    outputs = [layers.Dense(1, score)(x), layers.Dense(classes, logits)(x)]
    return keras.Model(images, outputs[0] if one else outputs)


def labelled_critic():
    images, labels = keras.Input(SHAPE), keras.Input((), dtype="int32", name="labels")
    x = layers.Concatenate()([layers.Flatten()(images), layers.Embedding(3, 2)(labels)])
    return keras.Model([images, labels], layers.Dense(1)(x))


def patch_critic():
    images = keras.Input(SHAPE)
    return keras.Model(images, layers.Conv2D(1, 3, padding="same")(images))


def frozen(model):
    model.trainable = False
    return model


class NumPyCritic(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense, self.classes = layers.Dense(1), layers.Dense(3)

    def call(self, images):
        flat = tf.reshape(tf.round(images), (-1, 64))
        return self.dense(flat), self.classes(flat)


class Global(layers.Layer):
    def call(self, x):
        return x + keras.random.normal((1, 64))


def needs_size(size):
    return generator()


#: What is wrong -> the networks, and a part of the line.
BROKEN = {
    "another size": ((lambda: generator(shape=(7, 7, 1)), critic), r"images \(7, 7, 1\), and the"),
    "no channels": (
        (lambda: generator(layers.Reshape((8, 8))), critic),
        r"draws images \(8, 8\), and the data has \(8, 8, 1\)",
    ),
    "images in [0, 1]": ((lambda: generator(activation="sigmoid"), critic), "ends in a sigmoid"),
    "images of a ReLU": ((lambda: generator(activation="relu"), critic), "ends in a ReLU"),
    "images far away": (
        (lambda: generator(layers.Rescaling(127.5)), critic),
        r"draws from -[\d.]+ to [\d.]+, and images are in \[-1, 1\]",
    ),
    "a squashed score": ((generator, lambda: critic(score="sigmoid")), "scores end in a sigmoid"),
    "squashed logits": (
        (generator, lambda: critic(logits="softmax")),
        "class_logits end in a softmax; remove this activation: the loss has the softmax",
    ),
    "other classes": ((generator, lambda: critic(classes=10)), "10 class_logits, and the data has"),
    "no classes to learn": ((generator, lambda: critic(one=True)), "a critic without class_logits"),
    "a critic with labels": (
        (generator, labelled_critic),
        r"takes images alone, got the inputs \['keras_tensor_?\d*', 'labels'\]",
    ),
    "a score for each patch": (
        (generator, patch_critic),
        r"it returns \(B, 8, 8, 1\); average them with GlobalAveragePooling2D",
    ),
    "in the wrong order": ((critic, generator), "for z and one called labels|returns|takes"),
    "a NaN in the generator": (
        (lambda: generator(bias_initializer=keras.initializers.Constant(np.nan)), critic),
        r"has a generator whose initial .*bias is not finite",
    ),
    "a NaN in the critic": (
        (generator, lambda: critic(kernel_initializer=keras.initializers.Constant(np.inf))),
        r"has a critic whose initial .*kernel is not finite",
    ),
    "a division by zero": (
        (lambda: generator(first=lambda x: x / keras.ops.zeros_like(x)), critic),
        "images are not finite at the first step",
    ),
    "batch normalization": (
        (generator, lambda: critic(layers.BatchNormalization())),
        r"normalizes over the batch \(batch_normalization.*LayerNormalization",
    ),
    "a frozen critic": ((generator, lambda: frozen(critic())), "critic without trainable weights"),
    "no gradient": ((generator, NumPyCritic), "no gradient in the images"),
    "numbers of no seed": ((generator, lambda: critic(Global())), "resumed run cannot repeat"),
    "integers": (
        (lambda: generator(layers.Lambda(lambda x: tf.cast(x, tf.int32))), critic),
        "generator that returns floats, got int32",
    ),
    "one network": (critic, "must return the pair|must be a pair"),
    "a model alone": (lambda: critic(), "must return the pair"),
    "not networks": (("generator", 7), "as generator, got 'generator'"),
    "a number": (7, r"must be a pair \(generator, critic\) of Keras models or of functions"),
    "a function that returns None": (
        (lambda: None, critic),
        "a Keras model as generator, got None",
    ),
    "another argument": ((needs_size, critic), "needs_size needs 'size': give it a default"),
    "an error within": ((lambda: generator() + 1, critic), "make a generator; it failed with Type"),
    "no such module": ("nowhere.at_all:build", "package.module:name, got 'nowhere.at_all:build'"),
    "no such name": ("json:build", "has 'json:build': module 'json' has no attribute 'build'"),
    "a name of nothing": ("mine", "No module named 'mine'|must be|has 'mine'"),
    "a critic of another size": (
        (generator, lambda: critic(shape=(28, 28, 1))),
        r"takes images \(28, 28, 1\), and the data has \(8, 8, 1\)",
    ),
}


@pytest.mark.filterwarnings("ignore::acwgan.errors.UserNotice")
@pytest.mark.parametrize("what", BROKEN)
def test_broken_networks(what, data, config, tmp_path):
    networks, line = BROKEN[what]
    with pytest.raises(UserError, match=line) as caught:
        train(config, tmp_path / "run", data=data, networks=networks)
    assert str(caught.value).startswith("`networks` ") and len(str(caught.value).splitlines()) == 1
    assert not (tmp_path / "run").exists()


def test_images_that_are_clipped_are_told(data, config, tmp_path):
    with pytest.warns(UserNotice, match="does not end in a tanh but in BiasAdd"):
        networks = (lambda: generator(activation=None, kernel_initializer="zeros"), critic)
        train(config, tmp_path / "run", data=data, networks=networks)


def test_a_layer_without_a_gradient_is_told(data, config, tmp_path):
    def lost():
        images = keras.Input(SHAPE)
        x = layers.Flatten()(images)
        cut = layers.Lambda(tf.stop_gradient)(layers.Dense(2, name="cut")(x))
        x = layers.Concatenate()([x, cut])
        return keras.Model(images, [layers.Dense(1)(x), layers.Dense(3)(x)])

    with pytest.warns(UserNotice, match="The critic has weights that get no gradient .*cut/kernel"):
        train(config, tmp_path / "run", data=data, networks=(generator, lost))


class MissingAttribute(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        self.model.foo.bar()


class MissingLog(keras.callbacks.Callback):
    def on_train_batch_begin(self, batch, logs=None):
        print(logs["loss"])


@pytest.mark.parametrize("callback", [MissingAttribute, MissingLog])
def test_a_callback_that_fails_before_the_first_step_leaves_no_run(
    callback, data, config, tmp_path
):
    with pytest.raises((AttributeError, TypeError)) as caught:
        train(config, tmp_path / "run", data=data, callbacks=callback())
    (note,) = caught.value.__notes__
    assert note.startswith(f"{callback.__name__}.on_train_b")
    assert note.endswith("failed before the first step.")
    assert [path.name for path in (tmp_path / "run").glob("*")] in ([], ["run.lock"], [".lock"])
    train(config, tmp_path / "run", data=data)
