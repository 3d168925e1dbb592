from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf
from long_ones import parameters

from acwgan.config import Config
from acwgan.errors import ParameterError
from acwgan.networks import dropout
from acwgan.networks.registry import NETWORKS
from acwgan.presets import ACWGAN, ARTICLE
from acwgan.training.build import build_model
from acwgan.wgan import losses
from acwgan.wgan.model import WGAN

KEY = tf.constant([1, 2])


def batch(digits, latent_dim):
    images, labels = digits
    size = len(labels)
    return {
        "real_images": tf.constant(images),
        "labels": tf.constant(labels),
        "z": tf.random.stateless_normal((size, latent_dim), (3, 4)),
        "fake_labels": tf.range(size) % 10,
        "alpha": tf.random.stateless_uniform((size,), (5, 6)),
    }


def copy(network):
    return [weight.numpy() for weight in network.trainable_variables]


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


@pytest.fixture(params=[ACWGAN, ARTICLE], ids=["acwgan", "article"])
def config(request):
    return replace(request.param, precision="float32")


def test_each_update_moves_its_own_side_only(config, digits):
    model = build_model(config)
    generator, critic = copy(model.generator), copy(model.critic)
    model.update_critic(**batch(digits, config.latent_dim), key=KEY)
    assert same(generator, copy(model.generator)) and not same(critic, copy(model.critic))
    critic = copy(model.critic)
    model.update_generator(tf.ones((4, config.latent_dim)), tf.range(4), KEY)
    assert same(critic, copy(model.critic)) and not same(generator, copy(model.generator))


def test_metrics_are_the_ones_that_are_announced(config, digits):
    model = build_model(config)
    critic = model.update_critic(**batch(digits, config.latent_dim), key=KEY)
    generator = model.update_generator(tf.ones((4, config.latent_dim)), tf.range(4), KEY)
    assert tuple(critic) == model.critic_metrics and tuple(generator) == model.generator_metrics
    assert all(np.isfinite(value) for value in (critic | generator).values())


def test_the_estimate_is_real_minus_fake(config, digits):
    metrics = build_model(config).update_critic(**batch(digits, config.latent_dim), key=KEY)
    difference = float(metrics["score/real"] - metrics["score/fake"])
    assert float(metrics["wasserstein_estimate"]) == pytest.approx(difference, abs=1e-6)


#: Networks, class head, Lipschitz constraint: all that goes together.
PAIRS = [
    (networks, conditional, constraint)
    for networks in NETWORKS
    for conditional in (True, False)
    for constraint in ({"clip_value": 0.05}, {"gp_weight": 10.0})
    if not (NETWORKS[networks].critic_normalizes and "gp_weight" in constraint)
]


def crossed(pair):
    """Whether it is other than the penalty with classes, or the clipping without: a long test."""
    _, conditional, constraint = pair
    return conditional != ("gp_weight" in constraint)


@pytest.mark.parametrize("pair", parameters(PAIRS, crossed))
def test_all_parts_combine_and_pull_in_the_right_direction(pair):
    networks, conditional, constraint = pair
    config = Config(
        networks=networks,
        conditional=conditional,
        **{"gp_weight": None, "gp_every": 1, **constraint},
        latent_dim=8,
        class_loss_on_fakes=True,
        critic_learning_rate=1e-3,
        generator_learning_rate=1e-3,
        precision="float32",
    )
    model = build_model(config, image_shape=(8, 12, 3), num_classes=3)
    random = np.random.default_rng(0)
    images = random.uniform(-1, 1, (6, 8, 12, 3)).astype(np.float32)
    z, labels = random.standard_normal((6, 8), dtype=np.float32), np.arange(6, dtype=np.int32) % 3
    alpha = random.random(6, dtype=np.float32)
    batch = [tf.constant(array) for array in (images, labels, z, labels, alpha)]

    critic = [model.update_critic(*batch, KEY) for _ in range(3)]
    # The first update is left out: the clipping after it is a jump.
    assert critic[1]["wasserstein_estimate"] < critic[-1]["wasserstein_estimate"]
    last = {name: float(value) for name, value in critic[-1].items()}
    loss = last["score/fake"] - last["score/real"] + 10 * last.get("loss/penalty", 0)
    loss += last.get("loss/class_real", 0) + last.get("loss/class_fake", 0)
    assert last["loss/critic"] == pytest.approx(loss, rel=1e-4)
    assert ("loss/class_real" in last) == conditional
    assert ("loss/penalty" in last) == ("gp_weight" in constraint)

    generator = [model.update_generator(batch[2], batch[3], KEY) for _ in range(2)]
    assert generator[-1]["loss/generator"] < generator[0]["loss/generator"]


def test_a_critic_that_normalizes_sees_real_and_fake_batches_apart():
    """Real images that are all alike have no spread: apart, their scores do not see the fakes."""
    config = Config(networks="dcgan", conditional=False, gp_weight=None, precision="float32")
    scores = []
    for scale in (0.1, 1.0):
        model = build_model(config, image_shape=(8, 8, 1))
        z = tf.fill((4, 64), scale)
        metrics = model.update_critic(tf.ones((4, 8, 8, 1)), None, z, None, tf.zeros(4), KEY)
        scores.append(float(metrics["score/real"]))
    assert scores[0] == scores[1]


@pytest.mark.parametrize("in_inference", [True, False])
@pytest.mark.parametrize("joint", [True, False])
def test_fakes_are_drawn_with_moving_statistics_or_those_of_the_batch(in_inference, joint):
    config = Config(
        networks="mlp",
        conditional=False,
        gp_weight=None,
        joint_update=joint,
        fakes_in_inference=in_inference,
        precision="float32",
    )
    model = build_model(config, image_shape=(8, 8, 1))
    statistics = model.generator.non_trainable_variables
    before = [variable.numpy() for variable in statistics]
    z = 3.0 + tf.random.stateless_normal((8, 64), (3, 4))
    fakes = [model.generator([z], training=training) for training in (False, True)]
    for variable, value in zip(statistics, before, strict=True):
        variable.assign(value)  # The second call has moved them.
    batch, moving = (float(tf.reduce_mean(model.critic(images))) for images in fakes[::-1])
    metrics = model.update_critic(tf.zeros((8, 8, 8, 1)), None, z, None, tf.zeros(8), KEY)
    if joint:  # The second of two updates scores after the first has changed the critic.
        expected = moving if in_inference else batch
        assert float(metrics["score/fake"]) == pytest.approx(expected, abs=1e-5)
        assert abs(moving - batch) > 1e-3
    assert same(before, [variable.numpy() for variable in statistics]) == in_inference


def masks(monkeypatch, **options):
    """The keys of the dropout masks of one critic update with a penalty."""
    seen, draw = [], dropout._random_int16
    monkeypatch.setattr(
        dropout, "_random_int16", lambda shape, key: seen.append(key) or draw(shape, key)
    )
    images = keras.Input((2, 2, 1))
    x = keras.layers.Flatten()(dropout.StatelessDropout(0.5)(images))
    critic = keras.Model(images, keras.layers.Reshape(())(keras.layers.Dense(1)(x)))
    z = keras.Input((1,))
    generator = keras.Model([z], keras.layers.Reshape((2, 2, 1))(keras.layers.Dense(4)(z)))
    model = WGAN(generator, critic, gp_weight=10.0)
    model.compile(*[keras.optimizers.SGD(0.1) for _ in range(2)])
    batch = (tf.ones((2, 2, 2, 1)), None, tf.ones((2, 1)), None, tf.zeros(2))
    model.update_critic(*batch, KEY, **options)
    return [key.numpy().tolist() for key in seen]


def test_the_penalty_has_dropout_masks_of_its_own(monkeypatch):
    scores, penalty = masks(monkeypatch)
    assert scores != penalty


def test_the_penalty_takes_the_key_that_it_is_given(monkeypatch):
    scores, penalty = masks(monkeypatch, penalty_key=KEY)
    assert scores == penalty


def linear_model(**options):
    """A critic with one weight: score = w * mean pixel, and no say in the class."""
    images = keras.Input((2, 2, 1))
    flat = keras.layers.Flatten()(images)
    dense = keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")
    scores = keras.layers.Reshape(())(dense(flat))
    logits = keras.layers.Dense(2, use_bias=False, kernel_initializer="zeros")(flat)
    critic = keras.Model(images, [scores, logits])
    z, labels = keras.Input((1,)), keras.Input((), dtype="int32")
    image = keras.layers.Dense(4, use_bias=False, kernel_initializer="ones")(z)
    generator = keras.Model([z, labels], keras.layers.Reshape((2, 2, 1))(image))
    weights = {"critic_class_weight": 0.0, "generator_class_weight": 0.0, "gp_weight": None}
    model = WGAN(generator, critic, **weights | options)
    model.compile(*[keras.optimizers.SGD(0.1) for _ in range(2)])
    return model


def test_with_the_class_in_the_score_an_image_is_scored_as_one_of_its_class():
    """The score is 4 pixels' sum, the logits half and minus the sum: f(x, y) = (1.5, 0) * sum."""

    def new_model():
        model = linear_model(class_in_score=True, gp_weight=10.0)
        model.critic.layers[-1].set_weights([np.tile([[0.5, -1.0]], (4, 1))])
        return model

    model = new_model()
    ones, labels = tf.ones((2, 2, 2, 1)), tf.constant([0, 1])
    assert model.scores(ones, labels).numpy().tolist() == [6, 0]
    assert model.scores(ones).numpy().tolist() == [6, 6]  # As ones of the class that it reads.
    z, first = tf.fill((2, 1), 0.5), tf.zeros(2, tf.int32)
    generator = model.update_generator(z, first, KEY)
    assert float(generator["loss/generator"]) == -3
    model = new_model()
    critic = model.update_critic(ones, labels, z, first, tf.zeros(2), KEY)
    assert (float(critic["score/real"]), float(critic["score/fake"])) == (3, 3)
    # The slopes of both classes, 3 and 0, as those of the labels of the real images.
    assert float(critic["loss/penalty"]) == pytest.approx(((3 - 1) ** 2 + (0 - 1) ** 2) / 2)
    # The class head learns from the scores of fakes, without a class loss.
    assert not np.allclose(model.critic.layers[-1].get_weights()[0][:, 0], 0.5)


def linear_update(model):
    """Real images of 1, fake images of 0.5: one critic update."""
    size = 2
    model.update_critic(
        tf.ones((size, 2, 2, 1)),
        tf.zeros(size, tf.int32),
        tf.fill((size, 1), 0.5),
        tf.zeros(size, tf.int32),
        tf.zeros(size),
        KEY,
    )
    return model.critic.trainable_variables[0].numpy().ravel()


def test_the_critic_learns_to_score_real_above_fake_by_hand():
    # d loss / d w = mean(fake) - mean(real) = 0.5 - 1 a pixel: w = 1 - 0.1 * -0.5.
    assert linear_update(linear_model()) == pytest.approx(1.05)


def test_two_updates_add_up_to_the_joint_one_where_the_loss_is_linear():
    assert linear_update(linear_model(joint_update=False)) == pytest.approx(1.05)


def test_the_generator_learns_to_raise_its_score_by_hand():
    model = linear_model()
    model.update_generator(tf.fill((2, 1), 0.5), tf.zeros(2, tf.int32), KEY)
    # d loss / d v = -w * z = -0.5: v = 1 + 0.1 * 0.5.
    weights = model.generator.trainable_variables[0].numpy().ravel()
    assert weights == pytest.approx(1.05)


def test_clipping_after_the_update_holds_the_bound_and_before_it_does_not():
    assert linear_update(linear_model(clip_value=0.5)) == pytest.approx(0.5)
    # Clipped to 0.5 first, then moved by 0.05.
    assert linear_update(linear_model(clip_value=0.5, clip_before_update=True)) == pytest.approx(
        0.55
    )


def test_clipping_reaches_every_critic_weight(digits):
    config = replace(ARTICLE, clip_before_update=False, precision="float32", clip_value=0.001)
    model = build_model(config)
    model.update_critic(**batch(digits, config.latent_dim), key=KEY)
    assert max(np.abs(weight).max() for weight in copy(model.critic)) <= 0.001 + 1e-9
    share = np.mean([np.abs(w) >= 0.001 for weights in copy(model.critic) for w in weights.ravel()])
    assert model.clipped_share() == pytest.approx(share) and share > 0.5


def test_the_penalty_enters_the_critic_loss_with_its_weight(digits):
    config = replace(ACWGAN, precision="float32", gp_weight=10.0)
    metrics = build_model(config).update_critic(**batch(digits, config.latent_dim), key=KEY)
    parts = metrics["score/fake"] - metrics["score/real"] + metrics["loss/class_real"]
    assert float(metrics["loss/critic"]) == pytest.approx(
        float(parts + 10.0 * metrics["loss/penalty"]), rel=1e-5
    )


@pytest.mark.parametrize("on_fakes", [True, False])
def test_the_switch_decides_whether_fakes_train_the_class_head(digits, on_fakes):
    config = replace(ARTICLE, class_loss_on_fakes=on_fakes, precision="float32")
    metrics = build_model(config).update_critic(**batch(digits, config.latent_dim), key=KEY)
    loss = metrics["score/fake"] - metrics["score/real"] + metrics["loss/class_real"]
    loss += metrics["loss/class_fake"] if on_fakes else 0.0
    assert float(metrics["loss/critic"]) == pytest.approx(float(loss), rel=1e-5)


def test_one_generator_update_lowers_its_loss(digits):
    config = replace(ACWGAN, precision="float32", generator_learning_rate=1e-3)
    model = build_model(config)
    z, labels = tf.random.stateless_normal((16, config.latent_dim), (0, 1)), tf.range(16) % 10

    def loss():
        scores, logits = model.critic(model.generator([z, labels], training=True), training=True)
        return float(losses.generator_loss(scores) + losses.class_loss(labels, logits))

    before = loss()
    for _ in range(3):
        model.update_generator(z, labels, KEY)
    assert loss() < before


@pytest.mark.parametrize(
    "averaging, updates, decay",
    [
        ("warm-up", 1, 2 / 11),
        ("warm-up", 3, 4 / 13),
        ("warm-up", 40, 0.75),
        ("constant", 1, 0.75),
        ("uniform", 1, 0.0),
        ("uniform", 5, 0.8),
        ("power", 1, 0.0),
        ("power", 4, 27 / 64),  # (1 - 1/4)^(2 + 1)
    ],
)
def test_the_average_follows_the_generator(averaging, updates, decay):
    changes = {"ema_decay": 0.75, "averaging": averaging, "averaging_gamma": 2.0}
    model = build_model(replace(ACWGAN, precision="float32", **changes))
    model.generator_optimizer.iterations.assign(updates - 1)
    before = [weight.numpy() for weight in model.average.weights]
    model.update_generator(tf.ones((4, 64)), tf.range(4), KEY)
    for old, new, mean in zip(before, model.generator.weights, model.average.weights, strict=True):
        np.testing.assert_allclose(mean, decay * old + (1 - decay) * new.numpy(), atol=1e-6)


def averaged(updates, **options):
    """The generator's only bias after each update, and its average, with a step of 1 up."""
    model = linear_model(**options.pop("rules", {}))
    model.average = keras.models.clone_model(model.generator)
    model.compile("sgd", keras.optimizers.SGD(1.0), **options)
    rows = []
    for _ in range(updates):
        model.update_generator(tf.fill((2, 1), 0.5), tf.zeros(2, tf.int32), KEY)
        rows.append([float(net.weights[0][0, 0]) for net in (model.generator, model.average)])
    return np.transpose(rows)


def test_a_uniform_average_is_the_mean_of_all_weights():
    weights, means = averaged(4, averaging="uniform")
    assert len(set(weights)) == 4
    np.testing.assert_allclose(means, np.cumsum(weights) / [1, 2, 3, 4], rtol=1e-6)


def test_a_power_average_counts_each_step_by_its_number():
    """The recursion (1 - 1/t)^2, gamma = 1, written out: weights 1, 3, 5, 7 in 16ths."""
    weights, means = averaged(4, averaging="power", rules={"averaging_gamma": 1.0})
    np.testing.assert_allclose(means[-1], weights @ [1 / 16, 3 / 16, 5 / 16, 7 / 16], rtol=1e-6)


def test_an_average_from_a_step_on_is_the_generator_before_it():
    weights, means = averaged(5, averaging="uniform", rules={"averaging_from": 2})
    np.testing.assert_allclose(means[:3], weights[:3], rtol=1e-6)
    np.testing.assert_allclose(means[3:], [weights[2:4].mean(), weights[2:].mean()], rtol=1e-6)


def test_an_average_may_be_any_function():
    weights, means = averaged(3, averaging=lambda t: tf.where(t < 3.0, 0.0, 0.25))
    np.testing.assert_allclose(means[:2], weights[:2], rtol=1e-6)
    assert means[2] == pytest.approx(0.25 * weights[1] + 0.75 * weights[2])


def test_an_unknown_average_is_refused():
    with pytest.raises(ParameterError, match="`averaging` must be one of warm-up, constant"):
        linear_model().compile("sgd", "sgd", averaging="mean")


def test_the_learning_rates_fall_to_zero_over_the_decay_steps():
    model = linear_model(decay_steps=4)
    for step, left in ((0, 1.0), (1, 0.75), (3, 0.25)):
        model.set_learning_rates(tf.constant(step))
        for optimizer in (model.critic_optimizer, model.generator_optimizer):
            assert float(optimizer.learning_rate) == pytest.approx(0.1 * left)


def test_the_rates_of_a_short_training_are_raised_to_the_same_sum_and_20_times_at_most():
    def rates(decay_steps, earlier=()):
        model = linear_model(decay_steps=decay_steps, raise_rates=True)
        model.rules = replace(model.rules, earlier_lengths=earlier)
        found = []
        for step in (0, 200):
            model.set_learning_rates(tf.constant(step))
            found.append(float(model.critic_optimizer.learning_rate) / 0.1)
        return found

    for steps, factor in ((400, 20), (800, 20), (4000, 4), (16_000, 1), (100_000, 1)):
        assert rates(steps) == pytest.approx([factor, factor * (1 - 200 / steps)])
    # Up to step 100 the run had 400 steps; it is resumed as one of 4,000.
    assert rates(4000, earlier=((100, 400),)) == pytest.approx([20, 4 * 0.95])


def test_without_decay_steps_the_learning_rates_stay():
    model = linear_model()
    model.set_learning_rates(tf.constant(1000))
    assert float(model.critic_optimizer.learning_rate) == pytest.approx(0.1)


def test_the_penalty_is_taken_on_every_nth_example():
    seen = []
    model = linear_model(gp_weight=10.0, gp_every=2)
    model.compile("sgd", "sgd", penalty=lambda inputs: seen.append(inputs) or tf.zeros([]))
    model.update_critic(
        tf.reshape(tf.repeat(tf.range(5.0), 4), (5, 2, 2, 1)),
        tf.zeros(5, tf.int32),
        tf.fill((5, 1), 0.5),
        tf.zeros(5, tf.int32),
        tf.range(5.0),
        KEY,
    )
    (inputs,) = seen
    real = inputs.real_images[:, 0, 0, 0].numpy()
    assert inputs.alpha.numpy().tolist() == real.tolist() == [0.0, 2.0, 4.0]
    assert inputs.fake_images.shape == (3, 2, 2, 1) and inputs.real_scores.shape == (5,)


def test_optimizers_with_extras_take_keras_own_way():
    """One step of SGD with weight decay by hand: w = 1 - 0.1 * -0.5 - 0.1 * 0.2 * 1."""
    model = linear_model()
    model.compile(keras.optimizers.SGD(0.1, weight_decay=0.2), "sgd")
    assert linear_update(model) == pytest.approx(1.03)
    assert int(model.critic_optimizer.iterations) == 1


@pytest.mark.parametrize("name", ["adamw", "lion", "muon", "nadam"])
def test_any_keras_optimizer_trains(name):
    model = linear_model()
    model.compile(name, name)
    assert linear_update(model)[0] > 1


def test_a_schedule_of_keras_sets_the_learning_rate():
    """The rate is 0.1 at the first step and 0 at the second."""
    model = linear_model()
    schedule = keras.optimizers.schedules.PiecewiseConstantDecay([0], [0.1, 0.0])
    model.compile(keras.optimizers.SGD(schedule), "sgd")
    model.set_learning_rates(tf.constant(0))
    assert [linear_update(model)[0] for _ in range(2)] == pytest.approx([1.05, 1.05])


def test_a_schedule_and_rates_that_decay_exclude_each_other():
    schedule = keras.optimizers.schedules.PiecewiseConstantDecay([0], [0.1, 0.0])
    with pytest.raises(ParameterError, match="`decay` must be False with learning rates of a"):
        linear_model(decay_steps=10).compile(keras.optimizers.SGD(schedule), "sgd")


def test_losses_are_exchangeable():
    """A critic that is paid three times for its estimate: w = 1 + 0.1 * 3 * 0.5."""
    model = linear_model()
    model.compile(
        keras.optimizers.SGD(0.1),
        keras.optimizers.SGD(0.1),
        critic_loss=lambda real_scores, fake_scores: (
            3 * losses.critic_loss(real_scores, fake_scores)
        ),
    )
    assert linear_update(model) == pytest.approx(1.15)


def test_the_averages_of_lecam_follow_the_scores():
    model = linear_model(gp_weight=1e-9)
    model.compile("sgd", "sgd", penalty="lecam")
    assert model.state_variables.keys() == {"average_scores"}
    linear_update(model)
    # Scores 4 and 2 before the update; the decay after one update is 2 / 11.
    assert model.average_scores.numpy() == pytest.approx([4 * 9 / 11, 2 * 9 / 11])


def test_unknown_penalties_and_combinations_are_refused():
    with pytest.raises(ParameterError, match="`penalty` must be one of gradient, one-sided"):
        linear_model().compile("sgd", "sgd", penalty="gp")
    with pytest.raises(ParameterError, match="`joint_update` must be True with gp_weight"):
        linear_model(joint_update=False, gp_weight=1.0)
    with pytest.raises(ParameterError, match="`joint_update` must be True with a critic_loss"):
        linear_model(joint_update=False).compile(critic_loss=losses.critic_loss)
