"""The preset `article`: its hyperparameters, the names and shapes of its weights, and their values.

Written out here and not read from acwgan: a wrong value in either fails the equality check.
"""

import math

import numpy as np

from bench.step import common

BATCH_SIZE = 100
LATENT_DIM = 100
N_CRITIC = 5
LEARNING_RATE = 5e-5
RHO = 0.9
EPSILON = 1e-7
CLIP_VALUE = 0.01
PENALTY_SIZE = 0
OPTIONS = {"dropout": 0.3}
CHECK_OPTIONS = {"dropout": 0.0}  # Each contender draws masks of its own.
LEAKY_SLOPE = 0.3

CRITIC_FILTERS = (32, 64, 128, 256)
CRITIC_POOLS = (2, 1, 2, 1)  # 1: no pooling after this convolution.
CRITIC_FEATURES = 7 * 7 * 256

KERNEL_SHAPES = {
    "critic/conv1": (3, 3, 1, 32),
    "critic/conv2": (3, 3, 32, 64),
    "critic/conv3": (3, 3, 64, 128),
    "critic/conv4": (3, 3, 128, 256),
    "critic/score": (CRITIC_FEATURES, 1),
    "critic/classes": (CRITIC_FEATURES, common.NUM_CLASSES),
    "generator/embedding": (common.NUM_CLASSES, LATENT_DIM),
    "generator/dense1": (LATENT_DIM, 1024),
    "generator/dense2": (1024, 7 * 7 * 128),
    "generator/conv1": (5, 5, 128, 256),
    "generator/conv2": (5, 5, 256, 128),
    "generator/conv3": (2, 2, 128, 1),
}
WEIGHT_SHAPES = common.weight_shapes(KERNEL_SHAPES)
CONV_SIZES = {
    "critic/conv1": 28,
    "critic/conv2": 14,
    "critic/conv3": 14,
    "critic/conv4": 7,
    "generator/conv1": 14,
    "generator/conv2": 28,
    "generator/conv3": 28,
}


def initial_weights(seed: int) -> dict[str, np.ndarray]:
    """The article's initial weights: convolutions N(0, 0.02), else Glorot uniform, biases 0."""
    rng = np.random.default_rng(seed)
    weights = {}
    for name, shape in WEIGHT_SHAPES.items():
        if name.endswith("bias"):
            values = np.zeros(shape)
        elif len(shape) == 4:
            values = rng.normal(0.0, 0.02, shape)
        else:
            limit = math.sqrt(6.0 / sum(shape))
            values = rng.uniform(-limit, limit, shape)
        weights[name] = values.astype(np.float32)
    return weights


def check_weights(seed: int) -> dict[str, np.ndarray]:
    """Weights for comparing contenders: biases count too, and updates stand out of the rounding.

    From the initial weights the generator's first update is a few last places of a weight. Here
    the generator keeps the scale of its input from layer to layer (He et al. 2015), and the
    critic's heads are large. The critic's other weights stay near the clip value: were nearly all
    clipped to one size, some sums would be 0, where rounding decides the slope of a LeakyReLU.
    """
    rng = np.random.default_rng(seed)
    weights = {}
    for name, shape in WEIGHT_SHAPES.items():
        if name.startswith("generator"):
            scale = 0.1 if name.endswith("bias") else math.sqrt(2.0 / math.prod(shape[:-1]))
        elif "conv" in name:
            scale = 0.01 if name.endswith("bias") else 0.02
        else:
            scale = 1.0
        weights[name] = (scale * rng.standard_normal(shape)).astype(np.float32)
    return weights


def check_latents(rng: np.random.Generator, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Latents z (B, 100) and labels (B,) of the fakes in the equality check.

    Each class has ten fakes, and each of the ten uses other coordinates of z, so that every number
    of the embedding has its gradient from one fake only. Keras 3.15 squares the gradients of an
    embedding's repeated rows one by one, where RMSprop squares their sum: that is left out here.
    """
    fakes, coordinates = np.arange(len(labels)), np.arange(LATENT_DIM)
    classes = common.NUM_CLASSES
    mask = fakes[:, None] // classes == coordinates * BATCH_SIZE // LATENT_DIM // classes
    return rng.normal(0.0, math.sqrt(classes), mask.shape) * mask, fakes % classes
