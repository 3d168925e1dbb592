"""Counts the multiply-adds of one training step, from the shapes in the module of its preset.

A layer that is trained costs its forward count three times: forward, gradient of its weights,
gradient of its input. Elementwise work, tables, pooling and the optimizers are no matrix products
and do not count.
"""

import math
from types import ModuleType

from bench.step import common

UPSAMPLED = ("generator/conv1", "generator/conv2")


def forward_counts(preset: ModuleType, collapsed: bool) -> dict[str, int]:
    """Multiply-adds of each layer's forward pass for one image.

    Args:
        preset: see `common`.
        collapsed: count the 5x5 convolutions after an upsampling as 3x3 ones on the small grid,
            with four times the filters: 4 * 9 products for each 2x2 outputs in place of 4 * 25.
    """
    counts = {}
    for layer, shape in preset.KERNEL_SHAPES.items():
        if common.is_table(layer):
            continue
        count = math.prod(shape) * preset.CONV_SIZES.get(layer, 1) ** 2
        if collapsed and layer in UPSAMPLED:
            count = count * 9 // 25
        counts[layer] = count
    return counts


def step_counts(preset: ModuleType, collapsed: bool) -> tuple[int, int]:
    """Multiply-adds of a critic step and of a generator step on `BATCH_SIZE` images."""
    counts = forward_counts(preset, collapsed)
    critic = sum(count for layer, count in counts.items() if layer.startswith("critic"))
    generator = sum(count for layer, count in counts.items() if layer.startswith("generator"))
    # Images are data: the first layer has no gradient of its input. Fakes are made forward only.
    critic_step = 2 * (3 * critic - counts["critic/conv1"]) + generator
    # The frozen critic passes the gradient through and has none of its own.
    generator_step = 3 * generator + 2 * critic
    penalty = preset.PENALTY_SIZE * penalty_count(counts)
    return preset.BATCH_SIZE * critic_step + penalty, preset.BATCH_SIZE * generator_step


def penalty_count(counts: dict[str, int]) -> int:
    """Multiply-adds of the gradient penalty on one image, from `forward_counts`.

    The penalty is a function of the score's gradient by the image: forward, for the sign of what
    enters each LeakyReLU, then back to the image. Both are linear in each layer's weights while
    the signs stay, and LeakyReLU has no curvature, so the gradient of the penalty is one pass more
    through the layers, from the image up, and a gradient of the weights from it and the pass down.
    The heads have neither pass up: their outputs are not needed.
    """
    critic = sum(count for layer, count in counts.items() if layer.startswith("critic"))
    heads = counts["critic/score"] + counts["critic/classes"]
    forward = up = critic - heads
    down = weights = critic
    return forward + down + up + weights
