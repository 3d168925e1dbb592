"""Networks of one's own in ``train``: all kinds that Keras has, resumed, exported and drawn."""

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from command_lines import fails, run
from keras import layers
from long_ones import parameters
from run_files import assert_same_run, state

import acwgan
from acwgan.config import Config
from acwgan.errors import ParameterError, UserError, UserNotice
from acwgan.export.litert import export_generator
from acwgan.export.onnx import export_onnx
from acwgan.export.savedmodel import export_savedmodel
from acwgan.generation.loading import LoadError
from acwgan.networks import users
from acwgan.networks.registry import HANDED_IN, NETWORKS
from acwgan.presets import PRESETS
from acwgan.runs import networks as run_networks
from acwgan.runs.folder import RunFolderError
from acwgan.training.trainer import train

EXAMPLES = Path(__file__).parent.parent.parent / "docs" / "examples"
SHAPE = (8, 8, 1)


@pytest.fixture(scope="module")
def config(tiny_config):
    """Four steps of small networks, with a checkpoint in the middle."""
    return replace(tiny_config, latent_dim=6, evaluate_every=None, augmentation="none", decay=False)


def generator(latent_dim=6, conditional=True):
    """A functional generator with an embedding of the labels."""
    z, labels = keras.Input((latent_dim,)), keras.Input((), dtype="int32", name="labels")
    x = layers.Multiply()([z, layers.Embedding(3, latent_dim)(labels)]) if conditional else z
    x = layers.Reshape(SHAPE)(layers.Dense(64, "tanh")(x))
    return keras.Model([z, labels] if conditional else z, x)


def critic(conditional=True, last=()):
    """A functional critic with one output or two."""
    images = keras.Input(SHAPE)
    x = layers.Dense(5, "relu")(layers.Flatten()(images))
    for layer in last:
        x = layer(x)
    outputs = [layers.Dense(1)(x), layers.Dense(3)(x)]
    return keras.Model(images, outputs if conditional else outputs[0])


class Drawer(keras.Model):
    """A subclassed generator, whose ``__init__`` takes arguments."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.embedding, self.dense = layers.Embedding(3, 6), layers.Dense(64, "tanh")
        self.noise, self.to_image = layers.GaussianNoise(0.1), layers.Reshape(SHAPE)

    def call(self, inputs, training=False):
        z, labels = inputs
        return self.to_image(self.dense(self.noise(z * self.embedding(labels), training=training)))


class Configured(Drawer):
    """The same as Keras can copy it."""

    def get_config(self):
        return {"units": self.units}


class Judge(keras.Model):
    """A subclassed critic with a dict of outputs, the classes first in the alphabet."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.flatten, self.dropout = layers.Flatten(), layers.Dropout(0.3)
        self.score, self.classes = layers.Dense(1), layers.Dense(3)

    def call(self, images, training=False):
        x = self.dropout(self.flatten(images), training=training)
        return {"class": self.classes(x), "score": self.score(x)}


class Plain(Drawer):
    """A subclassed generator as people write it, without arguments and without configuration."""

    def __init__(self):
        super().__init__(64)


@pytest.mark.parametrize("preset", ["wgan-mlp", pytest.param("acwgan", marks=pytest.mark.long)])
def test_the_package_s_builders_give_the_weights_of_the_preset(preset, tiny_config, tmp_path):
    settings = ("batch_size", "steps", "schedule", "n_critic", "log_every", "checkpoint_every")
    small = {name: getattr(tiny_config, name) for name in settings}
    config = replace(PRESETS[preset], **small, epochs=None, evaluate_every=None)
    shipped = NETWORKS[config.networks]
    own = train(config, tmp_path / "own", networks=(shipped.generator, shipped.critic))
    assert_same_run(train(config, tmp_path / "preset"), own)


KINDS = {
    "functional": (generator, critic),
    "models": lambda: (generator(), critic()),
    "subclassed": (lambda: Drawer(64), Judge),
    "subclassed model": lambda: (Configured(64), Judge()),
    "subclassed model without arguments": lambda: (Plain(), Judge()),
    "one function": lambda: (generator(), critic()),
    "sequential": (
        lambda latent_dim: keras.Sequential(
            [
                layers.Dense(9),
                layers.GaussianDropout(0.1),
                layers.Dense(64, "tanh"),
                layers.Reshape(SHAPE),
            ]
        ),
        lambda: keras.Sequential(
            [layers.RandomFlip(), layers.Flatten(), *map(layers.Dense, (5, 4, 1))]
        ),
    ),
    "a column of labels": (
        lambda: keras.Model(
            (z := keras.Input((6,)), y := keras.Input((1,), dtype="int32", name="label")),
            layers.Reshape(SHAPE)(
                layers.Dense(64, "tanh")(
                    layers.Multiply()([z, layers.Flatten()(layers.Embedding(3, 6)(y))])
                )
            ),
        ),
        critic,
    ),
}


#: Others are as these: functions of Keras' layers, and classes.
LONG_KINDS = KINDS.keys() - {"functional", "subclassed"}


@pytest.mark.filterwarnings("ignore:.*(The generator|no generator.keras):acwgan.errors.UserNotice")
@pytest.mark.parametrize("kind", parameters(KINDS, LONG_KINDS.__contains__))
def test_networks_of_every_kind_train_and_resume_bit_for_bit(kind, data, config, tmp_path):
    networks = KINDS[kind]
    if kind.startswith(("models", "subclassed model")):
        networks = networks()
    whole = train(config, tmp_path / "whole", data=data, networks=networks)
    assert acwgan.Run(whole).config.networks == HANDED_IN
    part = train(replace(config, steps=2), tmp_path / "part", data=data, networks=networks)
    assert_same_run(whole, train(config, part, data=data, networks=networks, resume=True))
    assert acwgan.load(whole).generate_count(4).shape == (4, 8, 8)
    assert acwgan.Run(whole).config.conditional == (kind != "sequential")


def test_the_seed_decides_the_initial_weights_and_models_stay_as_they_are(data, config, tmp_path):
    config = replace(config, steps=1)
    runs = [
        train(replace(config, seed=s), tmp_path / str(n), data=data, networks=(generator, critic))
        for n, s in enumerate((1, 1, 2))
    ]
    one, same, other = (state(each) for each in runs)
    assert all(np.array_equal(one[name], same[name]) for name in one)
    assert any(not np.array_equal(one[name], other[name]) for name in one)
    model = generator()
    before = model.get_weights()
    train(config, tmp_path / "model", data=data, networks=(model, critic()))
    assert all(map(np.array_equal, before, model.get_weights()))


def test_random_layers_differ_at_each_step_and_within_it(data):
    from acwgan.networks.dropout import dropout_key

    network = users.user_networks((generator, lambda: critic(last=[layers.Dropout(0.5)])))
    made = network.critic(SHAPE, 3)
    images = np.float32(data[0][:4, ..., None]) / 127.5 - 1

    def scores(key):
        with dropout_key(key):
            return [made(images, training=True)[0].numpy() for _ in range(2)]

    (one, next_one), (same, _), (other, _) = scores([0, 1]), scores([0, 1]), scores([0, 2])
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other) and not np.array_equal(one, next_one)


def test_an_embedding_is_trained_like_any_other_layer():
    # With sparse gradients Keras' Adam would leave the rows alone that are not in a batch.
    wgan = acwgan.WGAN(generator(), critic())
    wgan.compile()
    z, key = tf.ones((2, 6)), tf.constant([0, 1])
    (embedding,) = (each for each in wgan.generator.layers if isinstance(each, layers.Embedding))
    wgan.update_generator(z, tf.constant([0, 0]), key)
    first = embedding.embeddings.numpy()
    wgan.update_generator(z, tf.constant([1, 1]), key)
    assert (embedding.embeddings.numpy() != first)[:2].any(axis=1).all()


@pytest.fixture(scope="module")
def residual_run(tiny_config, tmp_path_factory):
    """A short run of the example, made in another process."""
    folder = tmp_path_factory.mktemp("residual")
    words = "train --networks residual:build_generator,build_critic --schedule constant --steps 2"
    words += " --n-critic 1 --batch-size 4 --checkpoint-every 1 --no-decay"
    words += " --evaluate-every none --run-dir"
    command = [sys.executable, "-m", "acwgan", *words.split(), folder / "run"]
    done = subprocess.run(command, cwd=EXAMPLES, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder / "run"


@pytest.mark.long
def test_the_example_is_resumed_drawn_and_exported_without_its_code(
    residual_run, tmp_path, capsys, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    assert "residual" not in sys.modules
    assert run("generate", "20260", "--checkpoint", residual_run) == 0
    assert run("web", residual_run) == 0
    for kind in ("litert", "keras", "savedmodel"):
        assert run("export", residual_run, "--format", kind, "--out", tmp_path) == 0
    drawn = acwgan.load(residual_run).generate("20260", seed=3)
    exported = acwgan.load(tmp_path / "generator.tflite").generate("20260", seed=3)
    assert np.abs(drawn.astype(int) - exported).max() <= 1
    assert run("train", "--resume", "--steps", 3, "--run-dir", residual_run) == 0
    assert acwgan.Run(residual_run).metrics["generator_step"][-1] == 3


@pytest.mark.long
def test_plain_keras_opens_the_generator_of_the_example(residual_run):
    code = "import sys, keras, numpy as np; g = keras.saving.load_model(sys.argv[1])\n"
    code += "print(g.predict([np.zeros((2, 64)), np.zeros(2, int)], verbose=0).shape)\n"
    code += "assert 'acwgan' not in sys.modules"
    command = [sys.executable, "-c", code, residual_run / "generator.keras"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stdout == "(2, 28, 28, 1)\n", done.stderr


class Doubled(layers.Layer):
    """A layer that no other program has."""

    def call(self, x):
        return 2 * x


def doubled_critic():
    """A critic whose config names a layer of this module."""
    return critic(last=[Doubled()])


def test_code_of_a_run_is_run_only_if_it_is_trusted(data, config, tmp_path, monkeypatch, capsys):
    config = replace(config, steps=1, checkpoint_every=1)
    networks = (generator, doubled_critic)
    run_dir = train(config, tmp_path / "run", data=data, networks=networks)
    monkeypatch.setattr(run_networks, "_begun", {})  # As in another process.
    named = "are code, .*test_own_networks:generator,doubled_critic; if you trust it, set ACWGAN_T"
    with pytest.raises(RunFolderError, match=named):
        acwgan.load(run_dir)
    assert "ACWGAN_TRUST=1" in fails(capsys, "generate", "012", "--checkpoint", run_dir)
    monkeypatch.setenv("ACWGAN_TRUST", "1")
    assert acwgan.load(run_dir).generate("012").shape == (3, 8, 8)
    monkeypatch.delenv("ACWGAN_TRUST")
    train(replace(config, steps=2), run_dir, data=data, networks=networks, resume=True)


MINE = """
import keras
from keras import layers


@keras.saving.register_keras_serializable("mine")
class Doubled(layers.Layer):
    def call(self, x):
        return 2 * x


def generator():
    z, labels = keras.Input((6,)), keras.Input((), dtype="int32", name="labels")
    x = Doubled()(layers.Multiply()([z, layers.Embedding(3, 6)(labels)]))
    return keras.Model([z, labels], layers.Reshape((8, 8, 1))(layers.Dense(64, "tanh")(x)))


def critic():
    images = keras.Input((8, 8, 1))
    x = Doubled()(layers.Flatten()(images))
    return keras.Model(images, [layers.Dense(1)(x), layers.Dense(3)(x)])
"""


def test_another_process_opens_layers_of_ones_own_if_they_are_trusted(
    data, config, tmp_path, monkeypatch
):
    (tmp_path / "mine.py").write_text(MINE)
    monkeypatch.syspath_prepend(tmp_path)
    config = replace(config, steps=1, checkpoint_every=1)
    run_dir = train(config, tmp_path / "run", data=data, networks="mine:generator,critic")
    file = run_dir / "generator.keras"
    code = "import sys, acwgan; print(acwgan.load(sys.argv[1]).generate('012').shape)"
    for path in (run_dir, file):
        drawn = {}
        for trust in ("0", "1"):
            done = subprocess.run(
                [sys.executable, "-c", code, path],
                env=os.environ | {"ACWGAN_TRUST": trust},
                cwd=EXAMPLES,
                capture_output=True,
                text=True,
            )
            drawn[trust] = done.stdout or done.stderr.splitlines()[-1]
        assert "if you trust it, set ACWGAN_TRUST=1 in the environment" in drawn["0"]
        assert drawn["1"] == "(3, 8, 8)\n"
    # Alone, the file doesn't say where the layer is.
    alone = shutil.copy(file, tmp_path / "alone.keras")
    monkeypatch.setenv("ACWGAN_TRUST", "1")
    keras.saving.get_custom_objects().pop("mine>Doubled")
    monkeypatch.setitem(sys.modules, "mine", None)
    with pytest.raises(LoadError, match=r"Keras .Could not locate class") as why:
        acwgan.load(alone)
    assert len(str(why.value)) < 400


def test_a_converter_says_in_one_line_what_it_does_not_take(tmp_path):
    def spectrum(x):
        return tf.math.real(tf.signal.fft2d(tf.cast(x, tf.complex64)))

    z = keras.Input((6,), name="z")
    x = layers.Lambda(spectrum, (8, 8))(layers.Reshape((8, 8))(layers.Dense(64)(z)))
    network = keras.Model(z, layers.Reshape(SHAPE)(layers.Activation("tanh")(x)))
    fault = "the network cannot be converted to {}: .*FFT2D.*; keras and savedmodel take it"
    for export, name in ((export_generator, "LiteRT"), (export_onnx, "ONNX")):
        with pytest.raises(UserError, match=fault.format(name)) as error:
            export(network, tmp_path / "file")
        assert len(str(error.value).splitlines()) == 1
    assert not list(tmp_path.iterdir())
    export_savedmodel(network, tmp_path / "folder")


@pytest.mark.parametrize(
    "value",
    [
        {"class_name": "Lambda", "config": {}, "module": "keras.layers"},
        {"class_name": "Popen", "config": {}, "module": "subprocess"},
        {"class_name": "Popen", "config": {}, "module": "keras.layers.core"},
        {"class_name": "TFSMLayer", "config": {}, "module": "keras.layers"},
        [{"x": {"class_name": "Drawer", "config": {}, "module": None, "registered_name": "a>D"}}],
    ],
)
def test_a_config_that_runs_code_is_not_plain(value):
    assert not run_networks.is_plain_config(value)


def test_a_registered_name_and_a_config_of_one(data, config, tmp_path):
    with pytest.raises(ParameterError, match=r"`networks` must be one of acwgan, .*or package"):
        Config(networks="mine")
    with pytest.raises(ParameterError, match="`name` must be new, got 'mlp', which the package"):
        users.register("mlp", (generator, critic))
    users.register("mine", (generator, critic))
    try:
        named = replace(config, networks="mine", steps=1)
        one = train(named, tmp_path / "one", data=data)
        other = train(
            replace(config, steps=1), tmp_path / "o", data=data, networks=(generator, critic)
        )
        assert_same_run(one, other)
    finally:
        del NETWORKS["mine"]


def test_what_can_mean_only_one_thing_is_told(data, config, tmp_path):
    config = replace(config, steps=1)
    with pytest.warns(UserNotice, match="takes z of 9 numbers: `latent_dim` is 9, not 6"):
        run_dir = train(config, tmp_path / "z", data=data, networks=(generator(9), critic))
    assert acwgan.Run(run_dir).config.latent_dim == 9
    with pytest.warns(UserNotice, match="has no input `labels`: the run has no classes"):
        networks = (lambda: generator(conditional=False), lambda: critic(False))
        run_dir = train(config, tmp_path / "y", data=data, networks=networks)
    assert not acwgan.Run(run_dir).config.conditional

    def one_hot(latent_dim, num_classes):
        z, labels = keras.Input((latent_dim,)), keras.Input((num_classes,), name="labels")
        x = layers.Dense(64, "tanh")(layers.Concatenate()([z, labels]))
        return keras.Model([z, labels], layers.Reshape(SHAPE)(x))

    with pytest.warns(UserNotice, match="takes labels as one-hot rows of 3; it gets them so"):
        train(config, tmp_path / "hot", data=data, networks=(one_hot, critic))
