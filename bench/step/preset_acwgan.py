"""The preset `acwgan`: its hyperparameters, the names and shapes of its weights, and their values.

The hyperparameters are those of the recipe, so that a new default is timed as it is. The shapes are
written out: with other networks the equality check fails.
"""

import math

import numpy as np

from acwgan.presets import ACWGAN
from bench.step import common

BATCH_SIZE = ACWGAN.batch_size
LATENT_DIM = ACWGAN.latent_dim
N_CRITIC = ACWGAN.n_critic
CRITIC_LEARNING_RATE, GENERATOR_LEARNING_RATE = ACWGAN.learning_rates
BETAS = (0.5, 0.9)
OPTIONS = {"epsilon": 1e-7}
#: With the epsilon of training, Adam's first update is the gradient's sign, in which every rounding
#: of a small gradient is a large one of the weights.
CHECK_OPTIONS = {"epsilon": 1e-3}
CLIP_VALUE = ACWGAN.clip_value
PENALTY_WEIGHT = ACWGAN.gp_weight
PENALTY_EVERY = ACWGAN.gp_every
PENALTY_SIZE = math.ceil(BATCH_SIZE / PENALTY_EVERY)
CRITIC_CLASS_WEIGHT = ACWGAN.critic_class_weight
GENERATOR_CLASS_WEIGHT = ACWGAN.generator_class_weight
EMA_DECAY = ACWGAN.ema_decay
LEAKY_SLOPE = 0.2
#: Of batch normalization: share of the old moving statistics that stays, and what is added to the
#: variance.
NORM_MOMENTUM, NORM_EPSILON = 0.9, 1e-3

#: Channels after each normalization of the generator.
CHANNELS = (512, 64, 48, 16)


def _normalization(number: int) -> dict[str, tuple[int, int]]:
    """The weights of the class and of the latent after a normalization, the first is 1."""
    layer, channels = f"generator/norm{number}", CHANNELS[number - 1]
    return {
        f"{layer}.scales": (LATENT_DIM, channels),
        f"{layer}.embedding": (common.NUM_CLASSES, channels),
        f"{layer}.shift": (common.NUM_CLASSES, channels),
    }


KERNEL_SHAPES = {
    "critic/conv1": (5, 5, 1, 48),
    "critic/conv2": (5, 5, 48, 96),
    "critic/conv3": (5, 5, 96, 192),
    "critic/dense": (4 * 4 * 192, 256),
    "critic/score": (256, 1),
    "critic/classes": (256, common.NUM_CLASSES),
    "generator/embedding": (common.NUM_CLASSES, LATENT_DIM),
    "generator/dense1": (LATENT_DIM, CHANNELS[0]),
    **_normalization(1),
    "generator/dense2": (CHANNELS[0], 7 * 7 * CHANNELS[1]),
    **_normalization(2),
    "generator/conv1": (5, 5, CHANNELS[1], CHANNELS[2]),
    **_normalization(3),
    "generator/conv2": (5, 5, CHANNELS[2], CHANNELS[3]),
    **_normalization(4),
    "generator/conv3": (3, 3, CHANNELS[3], 1),
}
_UNBIASED = ("generator/dense1", "generator/conv1", "generator/conv2")
_TRAINED = common.weight_shapes(KERNEL_SHAPES, _UNBIASED)
#: With the moving average of the generator's weights, as a third network.
WEIGHT_SHAPES = _TRAINED | {
    name.replace("generator", "average"): shape
    for name, shape in _TRAINED.items()
    if name.startswith("generator")
}
CONV_SIZES = {
    "critic/conv1": 14,
    "critic/conv2": 7,
    "critic/conv3": 4,
    "generator/conv1": 14,
    "generator/conv2": 28,
    "generator/conv3": 28,
}


def initial_weights(seed: int) -> dict[str, np.ndarray]:
    """Weights of the scale of our initial ones, but all random: those of the check, too.

    Kernels are Glorot uniform. What scales a channel is around 1, what is added to it around 0.
    The average starts as the generator.
    """
    rng = np.random.default_rng(seed)
    weights = {}
    for name, shape in _TRAINED.items():
        scales = name.endswith(("embedding/kernel", "scales/bias"))
        if scales or name.endswith(("bias", "shift/kernel")):
            values = rng.normal(float(scales), 0.3 if scales else 0.1, shape)
        else:
            size = math.prod(shape[:-2])  # Taps of a convolution; 1 of a dense layer.
            limit = math.sqrt(6.0 / (size * sum(shape[-2:])))
            values = rng.uniform(-limit, limit, shape)
        weights[name] = values.astype(np.float32)
    averages = {name.replace("generator", "average"): array for name, array in weights.items()}
    return weights | averages


check_weights = initial_weights


def check_latents(rng: np.random.Generator, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Latents z (B, LATENT_DIM) and labels (B,) of fakes, which are those of the real images."""
    return rng.standard_normal((len(labels), LATENT_DIM)), labels
