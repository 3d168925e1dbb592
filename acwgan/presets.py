"""Recipes by name: pure data, each a few changes to the defaults of ``Config``.

What each source says, and what is chosen where it says nothing: docs/recipes.md.
"""

from dataclasses import replace

from acwgan.config import Config

#: Our own recipe; how it was found: bench/recipes.md.
ACWGAN = Config()
#: The Keras article, https://myurasov.github.io/2017/09/24/wasserstein-gan-keras.html
ARTICLE = replace(
    ACWGAN,
    include_test=True,
    networks="article",
    labels_of_data=False,
    latent_dim=100,
    class_in_score=False,
    class_loss_on_fakes=True,
    generator_class_weight=1.0,
    clip_value=0.01,
    clip_before_update=True,
    gp_weight=None,
    gp_every=1,
    schedule="article",
    n_critic=5,
    joint_update=False,  # Differs from Alg. 1: one update on the real, one on the fake batch.
    fakes_in_inference=True,  # Without effect: its generator has no batch normalization.
    optimizer="rmsprop-keras2.0",  # Keras 2.0.8 was current when the article appeared.
    critic_learning_rate=5e-5,
    generator_learning_rate=5e-5,
    decay=False,
    ema_decay=None,
    image_order="batches",
    augmentation="none",
    evaluate_every=None,  # The judge would see the digits that this recipe trains on.
    batch_size=100,
    steps=20_000,
)
#: What the unconditional recipes share: weight clipping (Arjovsky et al. 2017, Algorithm 1).
_CLIPPED = replace(
    ACWGAN,
    conditional=False,
    class_in_score=False,
    augmentation="none",
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
#: What the two programs share that train with Keras' ``train_on_batch`` and ``predict``.
_KERAS_PROGRAM = replace(
    _CLIPPED,
    joint_update=False,  # Differs from Alg. 1: one update on the real, one on the fake batch.
    fakes_in_inference=True,
)
#: A convolutional WGAN: mafda/generative_adversarial_networks_101, src/mnist/05_WGAN_MNIST.ipynb.
#: Differs from the notebook: the five critic updates of a step see five batches, not one, the
#: images are shuffled, and the generator update draws a z of its own.
WGAN = replace(
    _KERAS_PROGRAM,
    networks="wgan",
    steps=94_637,  # 937 batches in each of 101 epochs: its loop runs once more than ``epochs``.
)
#: A WGAN whose generator has dense layers only, and one generator step for each critic update.
#: Differs from its text, which trains with the mean squared error to labels of 1 and -1: here it
#: is the Wasserstein loss. Differs from its pixels in [0, 1]: here they are in [-1, 1], as the
#: generator's tanh is.
WGAN_MLP = replace(
    _KERAS_PROGRAM,
    networks="mlp",
    n_critic=1,
    batch_size=128,
    steps=93_600,  # 468 whole batches in each of 200 epochs.
)
#: Keras' example, https://keras.io/examples/generative/wgan_gp/ (Gulrajani et al. 2017).
#: Differs from the example: alpha is uniform, and each critic update has a batch of its own.
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
#: The WGAN paper's code, https://github.com/martinarjovsky/WassersteinGAN. Its 25 epochs are of
#: three million bedrooms; the number of steps here is chosen.
WGAN_PAPER = replace(
    _CLIPPED,
    networks="dcgan",
    clip_before_update=True,
    schedule="paper",
    optimizer="rmsprop-pytorch",
    steps=20_000,
)
#: The same with ``--noBN``: no batch normalization in the generator.
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
