"""Recipes by name: pure data, each a few changes to the defaults of ``Config``."""

from dataclasses import replace

from acwgan.config import Config

#: Our own recipe: the feasible half hour on two CPU cores.
ACWGAN = Config()

#: The Keras article: weight clipping, RMSprop, and all 70,000 images.
ARTICLE = replace(
    ACWGAN,
    include_test=True,
    networks="article",
    latent_dim=100,
    class_loss_on_fakes=True,
    clip_value=0.01,
    clip_before_update=True,
    gp_weight=None,
    schedule="article",
    n_critic=5,
    joint_update=False,  # Differs from Alg. 1: one update on the real, one on the fake batch.
    optimizer="rmsprop",
    critic_learning_rate=5e-5,
    generator_learning_rate=5e-5,
    ema_decay=None,
    batch_size=100,
    steps=20_000,
)

PRESETS = {"acwgan": ACWGAN, "article": ARTICLE}
