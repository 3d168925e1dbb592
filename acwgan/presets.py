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
    labels_of_data=False,
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
    decay=False,
    ema_decay=None,
    evaluate_every=None,  # The judge would see the digits that this recipe trains on.
    batch_size=100,
    steps=20_000,
)
#: What the unconditional recipes share: weight clipping (Arjovsky et al. 2017, Algorithm 1).
_CLIPPED = replace(
    ACWGAN,
    conditional=False,
    latent_dim=100,
    clip_value=0.01,
    gp_weight=None,
    gp_every=1,
    schedule="constant",
    n_critic=5,
    optimizer="rmsprop",
    critic_learning_rate=5e-5,
    generator_learning_rate=5e-5,
    decay=False,
    ema_decay=None,
)
#: A convolutional WGAN.
WGAN = replace(_CLIPPED, networks="wgan", steps=None, epochs=100)
#: A WGAN whose generator has dense layers alone, and as many updates as the critic.
WGAN_MLP = replace(_CLIPPED, networks="mlp", n_critic=1, batch_size=128, steps=None, epochs=200)
#: Keras' example of a WGAN with gradient penalty (Gulrajani et al. 2017).
WGAN_GP = replace(
    _CLIPPED,
    networks="wgan-gp",
    latent_dim=128,
    clip_value=None,
    gp_weight=10.0,
    n_critic=3,
    optimizer="adam",
    critic_learning_rate=2e-4,
    generator_learning_rate=2e-4,
    batch_size=512,
    steps=None,
    epochs=20,
)
#: DCGAN networks on small images, MNIST or CIFAR-10, with uniform latents.
WGAN_DCGAN = replace(
    _CLIPPED,
    networks="dcgan",
    latent_dim=32,
    latent="uniform",
    critic_learning_rate=5e-4,
    generator_learning_rate=5e-4,
    steps=None,
    epochs=60,
)
#: The WGAN paper's code. Its 25 epochs are of three million bedrooms; the steps here are ours.
WGAN_PAPER = replace(
    _CLIPPED, networks="dcgan", clip_before_update=True, schedule="paper", steps=20_000
)
#: The same with ``--noBN``: no batch normalisation in the generator.
WGAN_PAPER_NOBN = replace(WGAN_PAPER, networks="dcgan-nobn")
PRESETS = {
    "acwgan": ACWGAN,
    "article": ARTICLE,
    "wgan": WGAN,
    "wgan-mlp": WGAN_MLP,
    "wgan-gp": WGAN_GP,
    "wgan-dcgan": WGAN_DCGAN,
    "wgan-paper": WGAN_PAPER,
    "wgan-paper-nobn": WGAN_PAPER_NOBN,
}
