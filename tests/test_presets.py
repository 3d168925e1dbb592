from dataclasses import replace

import pytest

from acwgan.config import Config
from acwgan.presets import PRESETS


def test_the_default_config_is_our_preset():
    assert PRESETS["acwgan"] == Config()


def test_the_article_is_as_published():
    article = PRESETS["article"]
    assert (article.optimizer, article.critic_learning_rate, article.generator_learning_rate) == (
        "rmsprop-keras2.0",
        5e-5,
        5e-5,
    )
    assert (article.clip_value, article.clip_before_update, article.gp_weight) == (0.01, True, None)
    assert (article.batch_size, article.steps, article.latent_dim) == (100, 20_000, 100)
    assert (article.schedule, article.n_critic, article.joint_update) == ("article", 5, False)
    assert article.class_loss_on_fakes and article.include_test and article.ema_decay is None
    assert article.image_order == "batches" and not article.labels_of_data
    assert (article.critic_class_weight, article.generator_class_weight) == (1.0, 1.0)


PUBLISHED = {
    "wgan": {"latent_dim": 100, "n_critic": 5, "batch_size": 64, "steps": 101 * 937},
    "wgan-mlp": {"latent_dim": 100, "n_critic": 1, "batch_size": 128, "steps": 200 * 468},
    "wgan-gp": {"latent_dim": 128, "n_critic": 3, "batch_size": 512, "epochs": 20},
    "wgan-dcgan": {"latent_dim": 32, "n_critic": 5, "batch_size": 64, "epochs": 60},
    "wgan-paper": {"latent_dim": 100, "n_critic": 5, "batch_size": 64, "epochs": None},
    "wgan-paper-nobn": {"latent_dim": 100, "n_critic": 5, "batch_size": 64, "epochs": None},
}
OPTIMIZERS = {
    "wgan-gp": "adam",
    "wgan-paper": "rmsprop-pytorch",
    "wgan-paper-nobn": "rmsprop-pytorch",
}


@pytest.mark.parametrize("name, published", PUBLISHED.items())
def test_the_unconditional_recipes_are_as_published(name, published):
    preset = PRESETS[name]
    assert {field: getattr(preset, field) for field in published} == published
    assert not preset.conditional and not preset.decay
    assert preset.ema_decay is None and not preset.include_test and preset.gp_every == 1
    lipschitz = (None, 10.0) if name == "wgan-gp" else (0.01, None)
    assert (preset.clip_value, preset.gp_weight) == lipschitz
    assert preset.optimizer == OPTIMIZERS.get(name, "rmsprop")
    rate = {"wgan-gp": 2e-4, "wgan-dcgan": 5e-4}.get(name, 5e-5)
    assert preset.critic_learning_rate == preset.generator_learning_rate == rate
    # Two programs train with Keras' train_on_batch and predict.
    in_turn = name in ("wgan", "wgan-mlp")
    assert (preset.joint_update, preset.fakes_in_inference) == (not in_turn, in_turn)


def test_what_sets_two_of_them_apart():
    assert PRESETS["wgan-dcgan"].latent == "uniform"
    paper = PRESETS["wgan-paper"]
    assert paper.clip_before_update and paper.schedule == "paper" and paper.networks == "dcgan"
    assert PRESETS["wgan-paper-nobn"] == replace(paper, networks="dcgan-nobn")


def test_all_presets_have_the_newest_random_streams_and_networks():
    assert {(each.random_streams, each.networks_version) for each in PRESETS.values()} == {(2, 4)}
