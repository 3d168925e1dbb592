"""Measures the encoder in the package on 2,000 test digits: `python -m bench.hand [PICTURES]`.

It prints the tables of docs/hand.md, and writes transfer.png and transfer-failures.png.
Neither generator nor encoder was trained on test digits.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from acwgan.datasets.named import load_mnist
from acwgan.encoder import DifferentiableModel, differentiable_generator
from acwgan.encoder.hand import differences
from acwgan.encoder.trained import load_encoder
from acwgan.evaluation.judge import Judge
from acwgan.files.bundled import JUDGE
from acwgan.generation.loading import load
from acwgan.images.grids import labelled_grid
from acwgan.images.pixels import to_float
from acwgan.images.png import save_png

COUNT, SAMPLES = 2000, 10_000
#: Digits whose latent is also searched for, steps of the search, and its learning rate.
SEARCHED, STEPS, LEARNING_RATE = 200, 250, 0.05
#: Failures of each kind in the picture.
WORST = 5
#: What is measured of a digit: name -> how, from ink (N, 28, 28) in [0, 1].
Measure = Callable[[np.ndarray], np.ndarray]


def moments(ink: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The variances of a digit's ink across and down, and their covariance, each ``(N,)``."""
    places, total = np.arange(28.0), ink.sum(axis=(1, 2))
    across = places - (ink.sum(axis=1) @ places / total)[:, None]
    down = places - (ink.sum(axis=2) @ places / total)[:, None]
    xx = np.einsum("nyx,nx->n", ink, across**2) / total
    yy = np.einsum("nyx,ny->n", ink, down**2) / total
    return xx, yy, np.einsum("nyx,ny,nx->n", ink, down, across) / total


def slant(ink: np.ndarray) -> np.ndarray:
    """Pixels to the right for one pixel up, of the line through the ink."""
    _, yy, xy = moments(ink)
    return -xy / yy


def stroke(ink: np.ndarray) -> np.ndarray:
    """Width of the stroke in pixels: twice the ink over the length of its outline."""
    edges = np.hypot(ink[:, 1:, 1:] - ink[:, 1:, :-1], ink[:, 1:, 1:] - ink[:, :-1, 1:])
    return 2 * ink.sum(axis=(1, 2)) / edges.sum(axis=(1, 2))


MEASURES: dict[str, Measure] = {
    "ink": lambda ink: ink.sum(axis=(1, 2)),
    "stroke width": stroke,
    "slant": slant,
    "size": lambda ink: np.sqrt(moments(ink)[0] + moments(ink)[1]),
    "aspect": lambda ink: np.sqrt(moments(ink)[0] / moments(ink)[1]),
}


class Digits:
    """The test digits, and how digits that are drawn from latents compare with them."""

    def __init__(self, count: int = COUNT) -> None:
        data = load_mnist()
        self.images, self.labels = data.test_images[:count, ..., 0], data.test_labels[:count]
        self.generator, self.judge = load(), Judge()
        self.features = self.judge(self.images)[1]

    def encoded(self) -> np.ndarray:
        """The latents ``(count, latent_dim)`` of the digits."""
        return load_encoder()(self.images, self.labels)

    def drawn(self, z: np.ndarray) -> np.ndarray:
        """All ten digits of each latent, ``(N, 10, 28, 28)`` uint8."""
        classes = np.tile(np.eye(10, dtype=np.float32), (len(z), 1))
        return self.generator.draw(z.repeat(10, axis=0), classes).reshape(-1, 10, 28, 28)

    def apart(self, images: np.ndarray) -> str:
        """Cells: distance of images from the first digits, in pixels and in features."""
        count = len(images)
        features = self.judge(images)[1] - self.features[:count]
        rms = differences(images, self.images[:count]).mean()
        return f"{rms:.3f} | {np.linalg.norm(features, axis=1).mean():.2f}"

    def read_right(self, drawn: np.ndarray) -> np.ndarray:
        """Whether each drawn digit is read as what it is, ``(N, 10)``."""
        probs = self.judge(drawn.reshape(-1, 28, 28))[0].reshape(-1, 10, 10)
        return probs.argmax(axis=2) == np.arange(10)

    def others(self, count: int = COUNT) -> np.ndarray:
        """Which of the ten digits are not the source's own, ``(count, 10)``."""
        return np.arange(10) != self.labels[:count, None]

    def correlation(self, drawn: np.ndarray, measure: Measure, shift: int = 0) -> float:
        """Correlation of a measure of the source with its mean over the other nine digits.

        The means of the classes are removed. With a shift each source meets the digits of another.
        """
        count, other = len(drawn), self.others(len(drawn))
        source = measure(self.images[:count] / 255.0)
        for label in range(10):
            source[self.labels[:count] == label] -= source[self.labels[:count] == label].mean()
        of_drawn = measure(drawn.reshape(-1, 28, 28) / 255.0).reshape(-1, 10)
        of_drawn = np.where(other, of_drawn - of_drawn.mean(axis=0), 0).sum(axis=1) / 9
        return float(np.corrcoef(source, np.roll(of_drawn, shift))[0, 1])

    def row(self, name: str, z: np.ndarray) -> str:
        """A row of the first table, for the latents of the first digits."""
        drawn = self.drawn(z)
        own = drawn[np.arange(len(z)), self.labels[: len(z)]]
        right = self.read_right(drawn)[self.others(len(z))].mean()
        ink, slant = (self.correlation(drawn, MEASURES[each]) for each in ("ink", "slant"))
        return f"| {name} | {self.apart(own)} | {right:.2%} | {ink:.2f} | {slant:.2f} |"


def nearest(digits: Digits) -> np.ndarray:
    """The latent of the sample of the same class that is nearest in pixels, for each digit."""
    z = np.random.default_rng(0).standard_normal((SAMPLES, 64), np.float32)
    labels = np.arange(SAMPLES) % 10
    samples = digits.generator.draw(z, np.eye(10, dtype=np.float32)[labels]).reshape(SAMPLES, -1)
    samples, images = samples / np.float32(255), digits.images.reshape(COUNT, -1) / np.float32(255)
    apart = (samples**2).sum(axis=1) - 2 * images @ samples.T
    apart[digits.labels[:, None] != labels] = np.inf
    return z[apart.argmin(axis=1)]


def searched(digits: Digits) -> np.ndarray:
    """The latents of the first digits by gradient descent from random ones, in 250 steps of Adam.

    It goes down the distance in pixels and in the judge's features, weighted as in the training of
    the encoder.
    """
    generator, judge = differentiable_generator(), DifferentiableModel(JUDGE)
    images = to_float(digits.images[:SEARCHED, ..., None].astype(np.float32))
    labels = tf.constant(digits.labels[:SEARCHED].astype(np.int32))
    wanted, scale = digits.features[:SEARCHED], float(digits.features.var())
    z = tf.Variable(np.random.default_rng(1).standard_normal((SEARCHED, 64), np.float32))
    adam = keras.optimizers.Adam(LEARNING_RATE)

    @tf.function
    def step() -> None:
        with tf.GradientTape() as tape:
            drawn = generator.draw(z, labels)
            pixels = tf.reduce_mean((drawn - images) ** 2, axis=(1, 2, 3))
            features = tf.reduce_mean((judge(images=drawn)["features"] - wanted) ** 2, axis=1)
            loss = tf.reduce_sum(8 * pixels + features / scale)
        adam.apply([tape.gradient(loss, z)], [z])

    adam.build([z])
    for _ in range(STEPS):
        step()
    return z.numpy()


def pictures(digits: Digits, z: np.ndarray, folder: Path) -> None:
    """Write the first digit of each class, and failures, and print how many there are.

    Each row has the source, then the ten digits drawn from it. The failures are the sources with
    the digit that the judge believes least, and those that are least like their own digit.
    """
    drawn, rows = digits.drawn(z), np.arange(COUNT)
    firsts = [int(np.argmax(digits.labels == label)) for label in range(10)]
    probs = digits.judge(drawn.reshape(-1, 28, 28))[0].reshape(-1, 10, 10)
    believed = np.where(digits.others(), probs[:, np.arange(10), np.arange(10)], 1).min(axis=1)
    pixels = drawn[rows, digits.labels].astype(np.float64) - digits.images
    unlike = (pixels**2).sum(axis=(1, 2))
    worst = [*np.argsort(believed)[:WORST], *np.argsort(-unlike)[:WORST]]
    for name, chosen in (("transfer", firsts), ("transfer-failures", worst)):
        pictures = np.concatenate([digits.images[chosen, None], drawn[chosen]], axis=1)
        names = [f"no. {row}" for row in chosen]
        picture = labelled_grid(pictures.reshape(-1, 28, 28), columns=11, row_names=names)
        save_png(folder / f"{name}.png", picture)
    wrong = (~digits.read_right(drawn) & digits.others()).sum(axis=1)
    print(
        f"\n{(wrong > 0).sum():,} sources have a misread digit, {(wrong > 1).sum()} more than one"
    )


def times() -> None:
    """Print how long an encoding takes, and ten digits like a picture from the command line."""
    image, label = np.zeros((1, 28, 28), np.uint8), np.array([7])
    began = time.perf_counter()
    encoder = load_encoder()
    encoder(image, label)
    first, taken = time.perf_counter() - began, []
    for _ in range(200):
        began = time.perf_counter()
        encoder(image, label)
        taken.append(time.perf_counter() - began)
    print(
        f"\nencoding: {1e3 * np.median(taken):.2f} ms, the first {1e3 * first:.1f} ms with loading"
    )
    with tempfile.TemporaryDirectory() as folder:
        save_png(Path(folder, "like.png"), load().generate("7", seed=1)[0])
        words = ["generate", "0123456789", "--like", "like.png", "--out", "ten.png"]
        command, taken, used = [sys.executable, "-m", "acwgan", *words], [], []
        environ = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        for _ in range(10):
            began, before = time.perf_counter(), os.times()
            subprocess.run(command, cwd=folder, env=environ, check=True, capture_output=True)
            after = os.times()
            taken.append(time.perf_counter() - began)
            used.append(after[2] - before[2] + after[3] - before[3])
    print(f"ten digits like a picture, cold: {min(taken):.2f} s, median {np.median(taken):.2f} s")
    print(f"processor time of these: {min(used):.2f} s, median {np.median(used):.2f} s")


def main() -> None:
    """Print the tables and write the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pictures", nargs="?", type=Path, default=Path("docs/pictures"))
    folder = parser.parse_args().pictures
    digits = Digits()
    z = digits.encoded()
    print("| latents | pixels | features | other digits read right | ink | slant |")
    print("|---|---|---|---|---|---|")
    print(digits.row("encoder", z))
    print(digits.row(f"nearest of {SAMPLES:,} samples", nearest(digits)))
    found = searched(digits)
    print(digits.row(f"search, {STEPS} steps, first {SEARCHED} digits", found), flush=True)
    print(digits.row(f"encoder, the same {SEARCHED} digits", z[:SEARCHED]))
    prior = np.random.default_rng(2).standard_normal((COUNT, 64), np.float32)
    right = digits.read_right(digits.drawn(prior)).mean()
    print(f"| latents of the training | | | {right:.2%} | | |\n")
    print("| | source and its other nine digits | shuffled pairs |\n|---|---|---|")
    drawn = digits.drawn(z)
    for name, measure in MEASURES.items():
        same, shuffled = (digits.correlation(drawn, measure, shift) for shift in (0, 999))
        print(f"| {name} | {same:.2f} | {shuffled:.2f} |")
    pictures(digits, z, folder)
    times()


if __name__ == "__main__":
    main()
