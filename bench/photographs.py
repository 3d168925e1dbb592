"""How photographs of digits, and of what is no digit, are read: `python -m bench.photographs`.

It prints the tables of docs/hand.md. The photographs are made of the first 2,000 test digits of
MNIST, which no network of the package was trained on, and of other drawings. `--fashion FILE` adds
the pictures of Fashion-MNIST, in the layout of Keras' mnist.npz.
"""

import argparse
import itertools
import string
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from acwgan.datasets.named import load_mnist
from acwgan.encoder.hand import differences, encode, mean_latent
from acwgan.encoder.pictures import read_digits
from acwgan.encoder.trained import EncoderError, load_encoder
from acwgan.evaluation.judge import Judge
from acwgan.generation.loading import load
from tools.pictures.own_hand import photograph

#: Small pictures of a kind, photographs of a kind, hands, and pages of eight digits.
COUNT, PHOTOGRAPHS, HANDS, PAGES = 2000, 500, 300, 100
#: Letters that people write as they write digits.
ALIKE = "OoIl"


def letters() -> Iterator[np.ndarray]:
    """The letters of Matplotlib's fonts DejaVu, ``(40, 40)`` uint8."""
    for path in sorted(Path(matplotlib.get_data_path(), "fonts", "ttf").glob("DejaVuS*.ttf")):
        if "Display" in path.name:
            continue
        font = ImageFont.truetype(path, 26)
        for letter in sorted(set(string.ascii_letters) - set(ALIKE)):
            image = Image.new("L", (40, 40))
            ImageDraw.Draw(image).text((20, 20), letter, 255, font, anchor="mm")
            yield np.asarray(image)


def scribbles(random: np.random.Generator) -> Iterator[np.ndarray]:
    """Lines through eight random points, ``(40, 40)`` uint8."""
    while True:
        image = Image.new("L", (40, 40))
        points = [(int(x), int(y)) for x, y in random.integers(8, 32, (8, 2))]
        ImageDraw.Draw(image).line(points, 255, 3, "curve")
        yield np.asarray(image)


def noise(random: np.random.Generator) -> Iterator[np.ndarray]:
    """Random spots, ``(40, 40)`` uint8."""
    while True:
        spots = Image.fromarray(random.integers(0, 256, (40, 40), np.uint8))
        blurred = np.asarray(spots.filter(ImageFilter.GaussianBlur(random.uniform(1, 4))))
        yield np.uint8(255 * (blurred > np.quantile(blurred, 0.8)))


def readings(pictures: Iterable[Image.Image]) -> np.ndarray:
    """What each picture is read as, one label; -1 if it is refused, -2 if it is read as several."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "picture.png")
        for picture in pictures:
            picture.save(path, compress_level=0)
            try:
                labels = encode(path).labels
            except EncoderError:
                labels = [-1]
            found.append(labels[0] if len(labels) == 1 else -2)
    return np.array(found)


def kinds(fashion: Path | None) -> dict[str, tuple[int, Iterator[Image.Image]]]:
    """What pictures are of -> their number, and the pictures."""
    digits, random = load_mnist().test_images[..., 0], np.random.default_rng
    drawn: dict[str, tuple[int, Iterator[np.ndarray]]] = {
        "photographs of test digits": (PHOTOGRAPHS, iter(digits)),
        "photographs of letters": (12 * 48, letters()),
        "photographs of scribbles": (PHOTOGRAPHS, scribbles(random(0))),
        "photographs of random spots": (PHOTOGRAPHS, noise(random(0))),
    }
    found = {"test digits, 28x28": (COUNT, map(Image.fromarray, digits))}
    if fashion:
        with np.load(fashion) as arrays:
            clothes = arrays["x_test"]
        found["Fashion-MNIST, 28x28"] = (COUNT, map(Image.fromarray, clothes))
        drawn["photographs of Fashion-MNIST"] = (PHOTOGRAPHS, iter(clothes))
    for name, (count, drawings) in drawn.items():
        some = enumerate(itertools.islice(drawings, count))
        found[name] = (count, (photograph(each[None], 1, seed) for seed, each in some))
    return found


def print_refusals(fashion: Path | None, only: str = "") -> None:
    """The table of what is refused; of kinds with a word in their name alone."""
    labels = load_mnist().test_labels
    heads = "| pictures | number | refused | read as another digit, or several |"
    print(f"{heads}\n|---|---:|---:|---:|")
    for name, (count, pictures) in kinds(fashion).items():
        if only in name:
            read = readings(itertools.islice(pictures, count))
            wrong = (read != labels[: len(read)]) & (read != -1)
            cell = f"{np.mean(wrong):.2%}" if "test" in name else ""
            print(f"| {name} | {len(read):,} | {np.mean(read == -1):.1%} | {cell} |", flush=True)


def print_means() -> None:
    """The table of how much closer the mean of several latents is to a hand that is known.

    A hand is a latent of the generator, the pictures are digits drawn from it.
    """
    generator, encoder, judge = load(), load_encoder(), Judge()
    hands = generator.sampler(seed=0).latents(HANDS)
    random = np.random.default_rng(0)
    every = generator.one_hot(np.arange(10))
    heads = "pictures of one hand | pixels | digits read right"
    print(f"| {heads} | pixels, not rescaled | digits read right |\n|---:|---:|---:|---:|---:|")

    def drawn(latents: np.ndarray) -> np.ndarray:
        weights = np.tile(every, (len(latents), 1))
        return generator.draw(latents.repeat(10, axis=0), weights)

    of_hands = drawn(hands)
    labels = np.array([random.permutation(10) for _ in hands])
    places = 10 * np.arange(HANDS)[:, None] + labels
    found = encoder(of_hands[places].reshape(-1, 28, 28), labels.ravel()).reshape(HANDS, 10, -1)
    for number in (1, 2, 3, 5, 10):
        several = found[:, :number]
        cells = [str(number)]
        for latents in (np.array([mean_latent(z) for z in several]), several.mean(axis=1)):
            images = drawn(latents)
            right = judge(images)[0].argmax(axis=1) == np.tile(np.arange(10), HANDS)
            cells += [f"{differences(images, of_hands).mean():.3f}", f"{right.mean():.1%}"]
        print(f"| {' | '.join(cells)} |", flush=True)


def print_pages() -> None:
    """How many pages of eight digits are split into eight."""
    digits = load_mnist().test_images[..., 0]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "page.png")
        found = []
        for page in range(PAGES):
            photograph(digits[8 * page : 8 * page + 8], 4, page).save(path)
            found.append(len(read_digits(path)))
    right = found.count(8)
    print(f"{right} of {PAGES} pages of 8 digits are split into 8, the others into", end=" ")
    print(*(each for each in found if each != 8), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fashion", metavar="FILE", type=Path)
    parser.add_argument("--only", metavar="WORD", default="", help="kinds of pictures")
    arguments = parser.parse_args()
    if not arguments.only:
        print_pages()
        print_means()
    print_refusals(arguments.fashion, arguments.only)


if __name__ == "__main__":
    main()
