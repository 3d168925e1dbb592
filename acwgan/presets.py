"""Recipes by name: pure data, each a few changes to the defaults of ``Config``."""

from dataclasses import replace

from acwgan.config import Config

#: Our own recipe; how it was found: bench/recipes.md.
ACWGAN = Config()

#: The Keras article: weight clipping, RMSprop, and all 70,000 images.
ARTICLE = replace(
    ACWGAN,
    include_test=True,
    networks="article",
    latent_dim=100,
    class_loss_on_fakes=True,
    generator_class_weight=1.0,
    clip_value=0.01,
    clip_before_update=True,
    gp_weight=None,
    gp_every=1,
    schedule="article",
    n_critic=5,
    joint_update=False,  # Differs from Alg. 1: one update on the real, one on the fake batch.
    optimizer="rmsprop",
    critic_learning_rate=5e-5,
    generator_learning_rate=5e-5,
    decay_steps=None,
    ema_decay=None,
    evaluate_every=None,  # The judge would see the digits that this recipe trains on.
    batch_size=100,
    steps=20_000,
)

PRESETS = {"acwgan": ACWGAN, "article": ARTICLE}
