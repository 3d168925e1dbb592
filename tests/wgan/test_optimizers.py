import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from acwgan.config import Config
from acwgan.devices.distribution import Distribution
from acwgan.devices.replicas import mean_of_replicas
from acwgan.training.build import build_model
from acwgan.wgan.model import WGAN
from acwgan.wgan.optimizers import OPTIMIZERS
from acwgan.wgan.rmsprop import RMSprop

#: Gradients of one weight in three steps: two tiny ones of a clipped critic, and a large one.
GRADIENTS = (1e-8, -3e-8, 2.0)


def steps(optimizer, gradients=GRADIENTS, start=1.0):
    """The weight after each step."""
    weight = keras.Variable([start], dtype="float64")
    optimizer.build([weight])
    path = []
    for gradient in gradients:
        gradient = tf.constant([gradient], tf.float64)
        optimizer.update_step(gradient, weight, optimizer.learning_rate)
        path.append(float(weight[0]))
    return path


@pytest.mark.parametrize(
    "name",
    [
        "SGD",
        "RMSprop",
        "Adam",
        "AdamW",
        "Adadelta",
        "Adagrad",
        "Adamax",
        "Adafactor",
        "Nadam",
        "Ftrl",
        "Lion",
        "Lamb",
        "Muon",
    ],
)
def test_every_optimizer_of_keras_makes_its_own_steps(name):
    """Two critic updates move a weight as Keras' ``apply`` does with the same gradients."""
    images = keras.Input((2, 1, 1))
    dense = keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")
    critic = keras.Model(images, dense(keras.layers.Flatten()(images)))
    z = keras.Input((1,))
    generator = keras.Model(z, keras.layers.Reshape((2, 1, 1))(keras.layers.Dense(2)(z)))
    model = WGAN(generator, critic, gp_weight=None)
    optimizers = [getattr(keras.optimizers, name)(0.1) for _ in range(2)]
    model.compile(optimizers[0], "sgd")
    by_hand = keras.Variable(tf.ones((2, 1)))
    optimizers[1].build([by_hand])
    for pixels in ([[1.0, 2.0]], [[3.0, -0.5]]):
        real, none = tf.reshape(pixels, (1, 2, 1, 1)), tf.zeros(1, tf.int32)
        model.update_critic(real, none, tf.zeros((1, 1)), none, tf.zeros(1), tf.constant([1, 2]))
        # The loss is the score of the fake image, which is black, minus that of the real one.
        optimizers[1].apply([-tf.transpose(tf.constant(pixels))], [by_hand])
    weight = critic.weights[0].numpy()
    assert np.isfinite(weight).all() and not np.array_equal(weight, np.ones((2, 1)))
    np.testing.assert_allclose(weight, by_hand.numpy(), rtol=1e-5)


@pytest.mark.parametrize(
    "name, first, second",
    [
        # v = 0.1 * 1e-16, and then 0.9 * 1e-17 + 0.1 * 9e-16 = 9.9e-17.
        ("rmsprop", 1e-8 / (math.sqrt(1e-17) + 1e-7), -3e-8 / (math.sqrt(9.9e-17) + 1e-7)),
        ("rmsprop-keras2.0", 1e-8 / (math.sqrt(1e-17) + 1e-8), -3e-8 / (math.sqrt(9.9e-17) + 1e-8)),
        # v = 0.01 * 1e-16, and then 0.99 * 1e-18 + 0.01 * 9e-16 = 9.99e-18.
        ("rmsprop-pytorch", 1e-8 / (1e-9 + 1e-8), -3e-8 / (math.sqrt(9.99e-18) + 1e-8)),
        ("rmsprop-keras3", 1e-8 / math.sqrt(1e-17 + 1e-7), -3e-8 / math.sqrt(9.9e-17 + 1e-7)),
    ],
)
def test_steps_by_hand(name, first, second):
    one, two, _ = steps(OPTIMIZERS[name](0.5))
    assert 1 - one == pytest.approx(0.5 * first, rel=1e-5)
    assert one - two == pytest.approx(0.5 * second, rel=1e-5)


def test_at_large_gradients_the_constant_does_not_count():
    paths = [steps(OPTIMIZERS[name](0.5), (2.0, 1.0)) for name in OPTIMIZERS if "rms" in name]
    keras_2, keras_2_0, pytorch, keras_3 = paths
    assert keras_2_0 == pytest.approx(keras_2) and keras_3 == pytest.approx(keras_2)
    assert pytorch[0] == pytest.approx(1 - 0.5 * 2 / math.sqrt(0.01 * 4))


def test_as_in_pytorch():
    torch = pytest.importorskip("torch")
    random = np.random.default_rng(0)
    start = random.standard_normal((4, 3))
    # From far below to far above the constant.
    gradients = [random.standard_normal((4, 3)) * 10.0**power for power in (-9, -8, -7, -3, 0, -8)]
    theirs = torch.nn.Parameter(torch.tensor(start))
    optimizer = torch.optim.RMSprop([theirs], lr=5e-5)
    ours, our_optimizer = (
        keras.Variable(start, dtype="float64"),
        OPTIMIZERS["rmsprop-pytorch"](5e-5),
    )
    our_optimizer.build([ours])
    for gradient in gradients:
        theirs.grad = torch.tensor(gradient)
        optimizer.step()
        our_optimizer.update_step(tf.constant(gradient), ours, our_optimizer.learning_rate)
        moved, expected = ours.numpy() - start, theirs.detach().numpy() - start
        np.testing.assert_allclose(moved, expected, rtol=1e-5)


def test_two_devices_step_as_one():
    gradients = tf.constant([[1e-8], [3e-8]])

    def moved(devices):
        distribution = Distribution(devices)
        with distribution.strategy.scope():
            weight = keras.Variable([1e-3], dtype="float32")
            optimizer = RMSprop(0.1)
            optimizer.build([weight])

        def step():
            context = tf.distribute.get_replica_context()
            own = gradients[context.replica_id_in_sync_group] if devices > 1 else gradients
            gradient = mean_of_replicas([tf.reshape(tf.reduce_mean(own), (1,))])[0]
            optimizer.update_step(gradient, weight, optimizer.learning_rate)

        run = tf.function(lambda: distribution.strategy.run(step), autograph=False)
        for _ in range(3):
            run()
        return float(weight.value.numpy()[0])

    assert moved(1) != pytest.approx(1e-3)
    assert moved(2) == pytest.approx(moved(1), rel=1e-5)


def test_a_checkpoint_holds_the_averages(tmp_path):
    config = Config(optimizer="rmsprop", precision="float32", networks="mlp", conditional=False)
    model = build_model(config, (8, 8, 1))
    for velocity in model.critic_optimizer.velocities:
        velocity.assign(velocity + 2.0)
    path = tf.train.Checkpoint(optimizer=model.critic_optimizer).write(str(tmp_path / "state"))
    again = build_model(config, (8, 8, 1)).critic_optimizer
    tf.train.Checkpoint(optimizer=again).read(path).assert_consumed()
    assert len(again.velocities) == len(model.critic.trainable_variables)
    assert all(np.all(velocity.numpy() == 2.0) for velocity in again.velocities)


def test_it_comes_back_from_its_config():
    config = RMSprop(0.1, rho=0.99, epsilon=1e-8).get_config()
    again = RMSprop.from_config(config)
    assert (again.rho, again.epsilon) == (0.99, 1e-8)
    assert float(again.learning_rate) == pytest.approx(0.1)
