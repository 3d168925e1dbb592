"""``WGAN`` as a Keras model: compile, fit, evaluate, predict, save."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from acwgan.errors import ParameterError
from acwgan.wgan.model import WGAN

IMAGES = np.random.default_rng(0).integers(0, 256, (8, 8, 8, 1)).astype(np.uint8)
LABELS = np.arange(8) % 2


def networks(classes=True):
    z, labels = keras.Input((4,), name="z"), keras.Input((), dtype="int32", name="labels")
    x = layers.Multiply()([z, layers.Embedding(2, 4)(labels)]) if classes else z
    fakes = layers.Reshape((8, 8, 1))(layers.Dense(64, "tanh")(x))
    images = keras.Input((8, 8, 1))
    x = layers.LeakyReLU()(layers.Dense(8)(layers.Flatten()(images)))
    outputs = [layers.Dense(1)(x), *[layers.Dense(2)(x)] * classes]
    return keras.Model([z, labels][: 1 + classes], fakes), keras.Model(images, outputs)


def compiled(classes=True, **options):
    keras.utils.set_random_seed(0)
    model = WGAN(*networks(classes), **options)
    model.compile()
    return model


def linear(n_critic):
    """Score = w * mean pixel; all fakes are v * z."""
    images, z = keras.Input((2, 2, 1)), keras.Input((1,))
    score = layers.Dense(1, use_bias=False, kernel_initializer="ones")
    fake = layers.Dense(4, use_bias=False, kernel_initializer="zeros")
    critic = keras.Model(images, score(layers.GlobalAveragePooling2D()(images)))
    generator = keras.Model(z, layers.Reshape((2, 2, 1))(fake(z)))
    model = WGAN(generator, critic, n_critic=n_critic, gp_weight=None)
    model.compile(keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.0))
    return model


@pytest.mark.parametrize("n_critic", [1, 3])
def test_a_step_makes_n_critic_updates_on_its_batch_by_hand(n_critic):
    """Images of 0.5, fakes of 0: each update adds 0.1 * 0.5 to w."""
    model = linear(n_critic)
    logs = model.fit(np.full((4, 2, 2, 1), 0.5, np.float32), batch_size=2, verbose=0).history
    weight = model.critic.trainable_variables[0].numpy().item()
    assert weight == pytest.approx(1 + 2 * n_critic * 0.05)
    # The estimate of the last update, before it: w * (0.5 - 0).
    assert logs["wasserstein_estimate"][-1] == pytest.approx((weight - 0.05) * 0.5)


def test_fit_trains_both_networks_and_repeats_itself():
    histories = [
        compiled().fit(IMAGES, LABELS, batch_size=4, epochs=2, shuffle=False, verbose=0).history
        for _ in range(2)
    ]
    assert histories[0] == histories[1]
    assert {"loss/critic", "loss/generator", "loss/penalty"} <= histories[0].keys()


def test_labels_come_as_people_have_them():
    expected, *others = (
        compiled().fit(IMAGES, labels, batch_size=8, shuffle=False, verbose=0).history
        for labels in (LABELS, LABELS[:, None], LABELS.astype(float), np.eye(2)[LABELS])
    )
    assert all(logs == expected for logs in others)


def test_pixels_are_converted():
    expected, logs = (
        compiled(False).fit(x, batch_size=8, shuffle=False, verbose=0).history
        for x in (IMAGES.astype(np.float32) / 127.5 - 1, IMAGES)
    )
    assert logs["loss/critic"] == pytest.approx(expected["loss/critic"], rel=1e-5)


def test_datasets_and_generators_of_batches_are_read():
    data = tf.data.Dataset.from_tensor_slices((IMAGES, LABELS)).batch(4)
    history = compiled().fit(data, shuffle=False, verbose=0).history
    assert np.isfinite(history["loss/critic"]).all()


def test_evaluate_gives_the_mean_over_all_images():
    model = compiled()
    by_batches, at_once = (
        model.evaluate(IMAGES, LABELS, batch_size=size, verbose=0, return_dict=True)
        for size in (3, 8)
    )
    assert at_once.keys() == {
        "wasserstein_estimate",
        "class/accuracy_real",
        "class/accuracy_fake",
    }
    assert by_batches["class/accuracy_real"] == pytest.approx(at_once["class/accuracy_real"])


def test_validation_and_early_stopping():
    model = compiled()
    stop = keras.callbacks.EarlyStopping("val_wasserstein_estimate", patience=0, mode="max")
    history = model.fit(
        IMAGES,
        LABELS,
        epochs=3,
        validation_data=(IMAGES, LABELS),
        callbacks=[stop],
        verbose=0,
    ).history
    assert "val_class/accuracy_real" in history


def test_predict_draws_images():
    assert compiled(False).predict(np.zeros((3, 4), np.float32), verbose=0).shape == (3, 8, 8, 1)


@pytest.mark.parametrize("classes", [True, False])
def test_save_and_load_goes_on_alike(tmp_path, classes):
    model = compiled(classes)
    batches = {"x": IMAGES, "batch_size": 4, "shuffle": False, "verbose": 0}
    batches |= {"y": LABELS} if classes else {}
    model.fit(**batches)
    model.save(tmp_path / "wgan.keras")
    again = keras.saving.load_model(tmp_path / "wgan.keras")
    one, other = (each.fit(**batches).history for each in (model, again))
    assert one == other


def test_the_summary_names_both_networks():
    lines, model = [], compiled()
    model.summary(print_fn=lambda line, **_: lines.append(line))
    text = "".join(lines)
    assert all(network.name in text for network in (model.generator, model.critic))
    assert f"{model.generator.count_params() + model.critic.count_params():,}" in text


def test_a_critic_with_classes_needs_labels():
    with pytest.raises(ParameterError, match="`y` must be the labels of the images"):
        compiled().fit(IMAGES, verbose=0)


class GANMonitor(keras.callbacks.Callback):
    """A monitor in the shape of the tutorial's."""

    def __init__(self, num_img=3, latent_dim=4):
        self.num_img, self.latent_dim, self.shown = num_img, latent_dim, []

    def on_epoch_end(self, epoch, logs=None):
        z = tf.random.normal(shape=(self.num_img, self.latent_dim))
        self.shown.append(self.model.generator(z).numpy())


def test_a_program_in_the_shape_of_the_tutorial_runs():
    """https://keras.io/examples/generative/wgan_gp/: only the import and the class changed."""

    def discriminator_loss(real_img, fake_img):
        return tf.reduce_mean(fake_img) - tf.reduce_mean(real_img)

    def generator_loss(fake_img):
        return -tf.reduce_mean(fake_img)

    g_model, d_model = networks(classes=False)
    wgan = WGAN(discriminator=d_model, generator=g_model, latent_dim=4, discriminator_extra_steps=3)
    wgan.compile(
        d_optimizer=keras.optimizers.Adam(learning_rate=0.0002, beta_1=0.5, beta_2=0.9),
        g_optimizer=keras.optimizers.Adam(learning_rate=0.0002, beta_1=0.5, beta_2=0.9),
        g_loss_fn=generator_loss,
        d_loss_fn=discriminator_loss,
    )
    monitor = GANMonitor()
    wgan.fit(
        IMAGES.astype("float32") / 127.5 - 1, batch_size=4, epochs=2, callbacks=[monitor], verbose=0
    )
    assert len(monitor.shown) == 2 and int(wgan.critic_optimizer.iterations) == 12
