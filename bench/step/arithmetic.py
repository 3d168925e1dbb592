"""Counts the multiply-adds of one training step, from the shapes in `bench.step.common`.

A layer that is trained costs its forward count three times: forward, gradient of its weights,
gradient of its input. Elementwise work, pooling and the optimizers are no matrix products and do
not count.
"""

import math

from bench.step import common

# Rows and columns of the feature map that each convolution writes.
CONV_SIZES = {
    "critic/conv1": 28,
    "critic/conv2": 14,
    "critic/conv3": 14,
    "critic/conv4": 7,
    "generator/conv1": 14,
    "generator/conv2": 28,
    "generator/conv3": 28,
}
UPSAMPLED = ("generator/conv1", "generator/conv2")


def forward_counts(collapsed: bool) -> dict[str, int]:
    """Multiply-adds of each layer's forward pass for one image.

    Args:
        collapsed: count the 5x5 convolutions after an upsampling as 3x3 ones on the small grid,
            with four times the filters: 4 * 9 products for each 2x2 outputs in place of 4 * 25.
    """
    counts = {}
    for layer, shape in common.KERNEL_SHAPES.items():
        if layer == "generator/embedding":
            continue  # A table look-up.
        count = math.prod(shape) * CONV_SIZES.get(layer, 1) ** 2
        if collapsed and layer in UPSAMPLED:
            count = count * 9 // 25
        counts[layer] = count
    return counts


def step_counts(collapsed: bool) -> tuple[int, int]:
    """Multiply-adds of a critic step and of a generator step on `BATCH_SIZE` images."""
    counts = forward_counts(collapsed)
    critic = sum(count for layer, count in counts.items() if layer.startswith("critic"))
    generator = sum(count for layer, count in counts.items() if layer.startswith("generator"))
    # Images are data: the first layer has no gradient of its input. Fakes are made forward only.
    critic_step = 2 * (3 * critic - counts["critic/conv1"]) + generator
    # The frozen critic passes the gradient through and has none of its own.
    generator_step = 3 * generator + 2 * critic
    return common.BATCH_SIZE * critic_step, common.BATCH_SIZE * generator_step
