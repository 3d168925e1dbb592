"""The callbacks in a plain ``fit`` of a GAN that knows nothing of this package."""

import csv
import io
import json
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from PIL import Image
from run_files import steps

import acwgan
from acwgan import callbacks
from acwgan.errors import ParameterError, UserNotice
from acwgan.files.bundled import JUDGE
from acwgan.runs import weights
from acwgan.runs.checkpoints import checkpoints
from acwgan.training.health import BadNumbersError

IMAGES = np.random.default_rng(0).integers(0, 256, (12, 28, 28, 1)).astype(np.uint8)
FLOATS = np.float32(IMAGES) / 127.5 - 1


class GAN(keras.Model):
    """In the shape of https://keras.io/examples/generative/wgan_gp/, without its penalty."""

    def __init__(self, discriminator, generator, latent_dim):
        super().__init__()
        self.discriminator, self.generator = discriminator, generator
        self.latent_dim = latent_dim

    def compile(self, d_optimizer, g_optimizer):
        super().compile()
        self.d_optimizer, self.g_optimizer = d_optimizer, g_optimizer

    def train_step(self, real):
        z = tf.random.normal((tf.shape(real)[0], self.latent_dim))
        with tf.GradientTape() as tape:
            fake = self.discriminator(self.generator(z, training=True), training=True)
            d_loss = tf.reduce_mean(fake) - tf.reduce_mean(self.discriminator(real, training=True))
        weights = self.discriminator.trainable_variables
        self.d_optimizer.apply_gradients(zip(tape.gradient(d_loss, weights), weights, strict=True))
        with tf.GradientTape() as tape:
            fake = self.discriminator(self.generator(z, training=True), training=True)
            g_loss = -tf.reduce_mean(fake)
        weights = self.generator.trainable_variables
        self.g_optimizer.apply_gradients(zip(tape.gradient(g_loss, weights), weights, strict=True))
        return {"d_loss": d_loss, "g_loss": g_loss}


def generator_of(activation="tanh"):
    return keras.Sequential(
        [keras.Input((6,)), layers.Dense(784, activation), layers.Reshape((28, 28, 1))]
    )


def gan(generator=None):
    keras.utils.set_random_seed(0)
    critic = keras.Sequential([keras.Input((28, 28, 1)), layers.Flatten(), layers.Dense(1)])
    model = GAN(critic, generator or generator_of(), 6)
    model.compile(keras.optimizers.Adam(1e-3), keras.optimizers.Adam(1e-3))
    return model


def fit(model, *used, epochs=3, **options):
    return model.fit(
        FLOATS, batch_size=2, epochs=epochs, verbose=0, callbacks=[*used], **options
    )  # Six steps in an epoch.


@pytest.fixture(scope="module")
def log_dir(tmp_path_factory):
    """A training of three epochs with all callbacks."""
    log_dir = tmp_path_factory.mktemp("logs") / "tutorial"
    fit(
        gan(),
        callbacks.MetricsLogger(log_dir, every=3),
        callbacks.SamplePictures(log_dir, every=2),
        callbacks.Quality(log_dir, every=6, images=IMAGES, judge=JUDGE),
        callbacks.HealthWarnings(log_dir, every=3),
        callbacks.FiniteWeights(every=6),
        callbacks.Checkpoints(log_dir, every=6),
        keras.callbacks.CSVLogger(str(log_dir.parent / "epochs.csv")),
    )
    return log_dir


def test_steps_are_counted_through_all_epochs(log_dir):
    with (log_dir / "metrics.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [int(row["generator_step"]) for row in rows] == [3, 6, 9, 12, 15, 18]
    assert list(rows[0]) == ["generator_step", "d_loss", "g_loss"]
    assert steps(log_dir, "samples/grid") == list(range(2, 19, 2))
    # At 2, 3, 5 and 8 pictures, and at the end.
    assert steps(log_dir, "samples/video") == [4, 6, 10, 16, 18]
    assert steps(log_dir, "weights/critic") == list(range(2, 19, 2))


def test_the_quality_is_in_the_logs_of_the_epoch(log_dir):
    assert steps(log_dir, "quality/frechet_distance") == [6, 12, 18]
    with (log_dir.parent / "epochs.csv").open() as file:
        distances = [row["quality/frechet_distance"] for row in csv.DictReader(file)]
    assert len(set(distances)) == 3


def test_all_callbacks_of_a_folder_write_one_file_of_events(log_dir):
    assert len(list(log_dir.glob("events.*"))) == 1


def test_a_checkpoint_of_fit_comes_back(log_dir):
    paths = checkpoints(log_dir / "checkpoints")
    assert [path.name for path in paths] == ["step-00000012", "step-00000018"]
    model, untrained = gan(), gan()
    fit(model, epochs=1)
    weights.restore(model, paths[-1])
    kernel = model.generator.layers[0].kernel.numpy()
    again = gan()
    fit(again, epochs=3)
    assert np.array_equal(kernel, again.generator.layers[0].kernel.numpy())
    assert not np.array_equal(kernel, untrained.generator.layers[0].kernel.numpy())


@pytest.fixture(scope="module")
def ask(log_dir):
    """Asks a real TensorBoard: path, query -> bytes."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", log_dir.parent]
    board = subprocess.Popen(
        [*command, "--host", "127.0.0.1", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def answer(path, **query):
        address = f"http://127.0.0.1:{port}/data/plugin/images/{path}"
        with urllib.request.urlopen(f"{address}?{urllib.parse.urlencode(query)}") as reply:
            return reply.read()

    try:
        while True:
            assert board.poll() is None
            try:
                if "samples/video" in json.loads(answer("tags")).get("tutorial", {}):
                    break
            except OSError:
                pass
            time.sleep(0.5)
        yield answer
    finally:
        board.terminate()
        board.wait()


def test_tensorboard_serves_the_playing_video(ask):
    *_, last = json.loads(ask("images", run="tutorial", tag="samples/video", sample=0))
    assert last["step"] == 18
    content = ask("individualImage", **dict(urllib.parse.parse_qsl(last["query"])))
    assert content.startswith(b"GIF89a")
    video = Image.open(io.BytesIO(content))
    assert video.n_frames == 9 and video.size == (280, 280)


def test_acwgan_wgan_is_trained_with_them_too(tmp_path):
    assert callbacks.SamplePictures is acwgan.callbacks.SamplePictures
    images = keras.Input((28, 28, 1))
    model = acwgan.WGAN(
        generator_of(), keras.Model(images, layers.Dense(1)(layers.Flatten()(images))), n_critic=1
    )
    model.compile()
    pictures = callbacks.SamplePictures(tmp_path, every=3)
    saved = callbacks.Checkpoints(tmp_path, every=6)
    fit(model, pictures, callbacks.HealthWarnings(tmp_path, every=3), saved, epochs=1)
    assert steps(tmp_path, "samples/grid") == [3, 6] and steps(tmp_path, "samples/video") == [6]
    (path,) = checkpoints(tmp_path / "checkpoints")
    weights.restore(model, path)


def test_the_count_goes_on_in_a_second_fit_and_from_an_initial_epoch(tmp_path):
    model, pictures = gan(), callbacks.SamplePictures(tmp_path, every=4)
    fit(model, pictures, epochs=1)
    fit(model, pictures, epochs=1)
    fit(model, callbacks.SamplePictures(tmp_path, every=4), initial_epoch=2, epochs=3)
    assert steps(tmp_path, "samples/grid") == [4, 8, 12, 16]


def test_steps_that_one_call_makes_together_are_not_missed(tmp_path):
    model = gan()
    model.steps_per_execution = 3
    fit(model, callbacks.SamplePictures(tmp_path, every=2), epochs=1)
    assert steps(tmp_path, "samples/grid") == [3, 6]


def grey(level):
    return lambda z: tf.fill((len(z), 8, 8, 3), level)


@pytest.mark.parametrize(
    ("generator", "options", "pixel"),
    [
        (generator_of("sigmoid"), {}, None),
        (grey(0.0), {"latent_dim": 3}, 128),
        (grey(0.0), {"latent_dim": 3, "pixel_range": (0, 1)}, 0),
        (
            lambda z, labels: tf.fill((len(z), 8, 8, 1), -1.0),
            {"latent_dim": 3, "num_classes": 2},
            0,
        ),
    ],
    ids=["sigmoid", "function", "zero to one", "labels"],
)
def test_any_generator_is_drawn(tmp_path, generator, options, pixel):
    model = gan()
    if pixel is None:
        model.generator = generator
    else:
        options = options | {"generator": generator}
    fit(model, callbacks.SamplePictures(tmp_path, every=6, **options), epochs=1)
    with Image.open(tmp_path / "samples" / "step-00000006.png") as picture:
        pixels = np.asarray(picture)
    if pixel is None:  # A sigmoid of small numbers is around 0.5, which is grey.
        assert 100 < pixels.mean() < 155
    else:
        assert (pixels == pixel).all()


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(64, "tanh")

    def call(self, z):
        return tf.reshape(self.dense(z), (-1, 8, 8, 1))


def test_a_subclassed_generator_is_drawn_with_the_latent_dim_of_the_model(tmp_path):
    callback = callbacks.SamplePictures(tmp_path, every=1)
    model = gan()
    model.generator = Subclassed()
    callback.set_model(model)
    callback.on_train_begin()
    callback.at_step(1, {})
    assert (tmp_path / "samples" / "step-00000001.png").exists()


def two_inputs():
    z, labels = keras.Input((3,)), keras.Input((), dtype="int32", name="labels")
    x = layers.Multiply()([z, layers.Embedding(4, 3)(labels)])
    return keras.Model([z, labels], layers.Reshape((8, 8, 1))(layers.Dense(64, "tanh")(x)))


def test_the_class_head_of_a_wgan_says_how_many_classes_there_are(tmp_path):
    images = keras.Input((8, 8, 1))
    x = layers.Flatten()(images)
    critic = keras.Model(images, [layers.Dense(1)(x), layers.Dense(4)(x)])
    callback = callbacks.SamplePictures(tmp_path, every=1)
    callback.set_model(acwgan.WGAN(two_inputs(), critic))
    callback.on_train_begin()
    callback.at_step(1, {})
    with Image.open(tmp_path / "samples" / "step-00000001.png") as picture:
        assert picture.height == 4 * 8


def broken(model, **how):
    def begin(tmp_path):
        callback = callbacks.SamplePictures(tmp_path, every=1, **how)
        callback.set_model(model)
        callback.on_train_begin()

    return begin


@pytest.mark.parametrize(
    ("begin", "said"),
    [
        (broken(keras.Sequential([layers.Dense(1)])), "`generator` must be given: Sequential has"),
        (broken(gan(), generator=grey(0.0)), None),
        (broken(gan(), generator=lambda z: z), "`generator` must draw images .* got shape"),
        (broken(gan(), pixel_range=(0, 255)), r"`pixel_range` must be \(-1, 1\) or \(0, 1\), got"),
        (broken(gan(), latent=3, colour=1), "`colour` is not known; known are generator,"),
        (
            broken(keras.Sequential([layers.Dense(1)]), generator=grey(0.0)),
            "`latent_dim` must be given",
        ),
        (
            broken(keras.Sequential([layers.Dense(1)]), generator=two_inputs()),
            "`num_classes` must be given: the generator has an input of labels",
        ),
        (lambda path: callbacks.SamplePictures(path, every=0), "`every` must be a whole number"),
    ],
)
def test_what_cannot_be_drawn_is_said_in_one_line(tmp_path, begin, said):
    if said is None:
        begin(tmp_path)
        return
    with pytest.raises(ParameterError, match=said) as error:
        begin(tmp_path)
    assert len(str(error.value).splitlines()) == 1


def test_numbers_that_are_not_finite_are_told_and_stop_the_training(tmp_path):
    model = gan()
    model.generator.layers[0].kernel.assign(np.full((6, 784), np.nan))
    with pytest.warns(UserNotice) as told:
        fit(model, callbacks.HealthWarnings(tmp_path, every=2), epochs=1)
    # Once, not at each step.
    assert [str(each.message) for each in told] == [
        "step 2: d_loss is nan.",
        "step 2: g_loss is nan.",
    ]
    with pytest.raises(BadNumbersError, match="kernel has nan in GAN"):
        fit(model, callbacks.FiniteWeights(every=1), epochs=1)
