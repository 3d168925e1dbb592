"""Draws the picture and prints the table of broken trainings in docs/troubleshooting.md.

``python -m tools.pictures.trouble PICTURE`` trains small networks in six short runs, which differ
in one thing each.
"""

import argparse
import io

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from matplotlib.figure import Figure
from PIL import Image

from acwgan.datasets.named import load_mnist
from acwgan.evaluation.quick import Quality
from acwgan.images.grids import grid
from acwgan.images.pixels import to_uint8
from acwgan.networks.blocks import (
    conditioned_latent,
    convolution,
    critic_model,
    generator_model,
    glorot_uniform,
    leaky_relu,
)
from acwgan.networks.calls import generate
from acwgan.networks.layers import UpsampleConv2D
from acwgan.plots.style import FIGURE_WIDTH
from acwgan.wgan import schedule
from acwgan.wgan.loop import compiled_loop
from acwgan.wgan.model import WGAN

STEPS, LATENT, JUDGED = 200, 32, 500
HEALTHY = {"n_critic": 3, "rates": (1e-3, 1e-3), "gp_weight": 10.0, "clip_value": None}
#: What is wrong -> what differs from the healthy run; rates are those of critic and generator.
CASES = {
    "healthy": {},
    "shuffled labels": {"shuffled": True},
    "clipped to ±0.001": {"gp_weight": None, "clip_value": 0.001},
    "neither clipping nor penalty": {"gp_weight": None},
    "learning rate 0.1": {"rates": (0.1, 0.1)},
    "critic too weak": {"n_critic": 1, "rates": (2e-5, 1e-3)},
}
COLUMNS = ("wasserstein_estimate", "gradient_norm/generator", "class/accuracy_real")


def networks():
    """The networks of the notebook wgan_from_the_inside, with seed 0."""
    glorot = glorot_uniform(0)
    normal = keras.initializers.RandomNormal(stddev=1.0, seed=1000)
    inputs, x = conditioned_latent(LATENT, 10, normal)
    x = layers.Reshape((7, 7, 32))(layers.Dense(7 * 7 * 32, kernel_initializer=glorot())(x))
    x = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))
    x = UpsampleConv2D(16, 5, kernel_initializer=glorot())(x)
    x = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))
    x = UpsampleConv2D(1, 5, kernel_initializer=glorot())(x)
    generator = generator_model(inputs, x, (28, 28, 1))
    glorot = glorot_uniform(100)
    x = images = keras.Input((28, 28, 1), name="images")
    for filters in (16, 32):
        x = leaky_relu(convolution(x, filters, 5, glorot))
    return generator, critic_model(images, x, 10, glorot)


def train(data, n_critic, rates, shuffled=False, **constraint):
    """The model after the last step, and the metrics of that step."""
    labels = data.train_labels
    if shuffled:
        labels = np.random.default_rng(0).permutation(labels)
    critic_rate, generator_rate = rates
    model = WGAN(*networks(), **{"gp_weight": None} | constraint)
    model.compile(
        keras.optimizers.Adam(critic_rate, beta_1=0.5, beta_2=0.9),
        keras.optimizers.Adam(generator_rate, beta_1=0.5, beta_2=0.9),
    )
    run = compiled_loop(
        model,
        data.train_images,
        labels,
        seed=0,
        batch_size=64,
        latent_dim=LATENT,
        num_classes=10,
    )
    rows = schedule.plan(schedule.constant(n_critic), 0, 0, STEPS, 10**9)
    metrics = run(tf.constant(rows), tf.constant(0), tf.constant(0))
    return model, {name: float(value) for name, value in metrics.items()}


def main(out):
    data = load_mnist()
    quality = Quality(data.train_images[:JUDGED])
    labels = np.arange(JUDGED, dtype=np.int32) % 10
    z = np.random.default_rng(0).standard_normal((JUDGED, LATENT)).astype(np.float32)
    figure = Figure(figsize=(FIGURE_WIDTH, 3.0), layout="constrained")
    print("|", *COLUMNS, "at ±c", "as asked", "Fréchet distance", "", sep=" | ")
    for axes, (name, changes) in zip(figure.subplots(3, 2).flat, CASES.items(), strict=True):
        model, metrics = train(data, **(HEALTHY | changes))
        images = to_uint8(generate(model.generator, z, labels))
        share = f"{model.clipped_share():.0%}" if model.clip_value else ""
        figures = [f"{metrics[column]:.4g}" for column in COLUMNS]
        asked, distance = quality(images, labels).values()
        cells = (name, *figures, share, f"{asked:.0%}", f"{distance:.0f}")
        print(f"| {' | '.join(cells)} |", flush=True)
        axes.imshow(grid(images[:20, ..., 0], 10), cmap="gray", vmin=0, vmax=255)
        axes.set_title(name, fontsize=9)
        axes.axis("off")
    with io.BytesIO() as drawn:
        figure.savefig(drawn, dpi=92)
        Image.open(drawn).convert("L").save(out, optimize=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("picture", help="PNG file")
    main(parser.parse_args().picture)
