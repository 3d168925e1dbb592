from dataclasses import replace

import pytest

from acwgan.config import Config
from acwgan.presets import PRESETS


def test_the_default_config_is_our_preset():
    assert PRESETS["acwgan"] == Config()


def test_the_article_is_as_published():
    article = PRESETS["article"]
    assert (article.optimizer, article.critic_learning_rate, article.generator_learning_rate) == (
        "rmsprop",
        5e-5,
        5e-5,
    )
    assert (article.clip_value, article.clip_before_update, article.gp_weight) == (0.01, True, None)
    assert (article.batch_size, article.steps, article.latent_dim) == (100, 20_000, 100)
    assert (article.schedule, article.n_critic, article.joint_update) == ("article", 5, False)
    assert article.class_loss_on_fakes and article.include_test and article.ema_decay is None


PUBLISHED = {
    "wgan": {"latent_dim": 100, "n_critic": 5, "batch_size": 64, "epochs": 100},
    "wgan-mlp": {"latent_dim": 100, "n_critic": 1, "batch_size": 128, "epochs": 200},
    "wgan-gp": {"latent_dim": 128, "n_critic": 3, "batch_size": 512, "epochs": 20},
    "wgan-dcgan": {"latent_dim": 32, "n_critic": 5, "batch_size": 64, "epochs": 60},
    "wgan-paper": {"latent_dim": 100, "n_critic": 5, "batch_size": 64, "epochs": None},
    "wgan-paper-nobn": {"latent_dim": 100, "n_critic": 5, "batch_size": 64, "epochs": None},
}


@pytest.mark.parametrize("name, published", PUBLISHED.items())
def test_the_unconditional_recipes_are_as_published(name, published):
    preset = PRESETS[name]
    assert {field: getattr(preset, field) for field in published} == published
    assert not preset.conditional and preset.joint_update and not preset.decay
    assert preset.ema_decay is None and not preset.include_test and preset.gp_every == 1
    if name == "wgan-gp":
        assert (preset.optimizer, preset.clip_value, preset.gp_weight) == ("adam", None, 10.0)
    else:
        assert (preset.optimizer, preset.clip_value, preset.gp_weight) == ("rmsprop", 0.01, None)
    rate = {"wgan-gp": 2e-4, "wgan-dcgan": 5e-4}.get(name, 5e-5)
    assert preset.critic_learning_rate == preset.generator_learning_rate == rate


def test_what_sets_two_of_them_apart():
    assert PRESETS["wgan-dcgan"].latent == "uniform"
    paper = PRESETS["wgan-paper"]
    assert paper.clip_before_update and paper.schedule == "paper" and paper.networks == "dcgan"
    assert PRESETS["wgan-paper-nobn"] == replace(paper, networks="dcgan-nobn")
