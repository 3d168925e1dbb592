"""Shows what `acwgan encode` makes of photographs: python -m tools.pictures.own_hand DIR PICTURE.

Puts test digits of MNIST on paper, as a phone would see them: one digit, and a page of eight. DIR
gets these photographs and what the command writes; PICTURE shows both side by side.
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

from acwgan.cli.app import main as acwgan
from acwgan.datasets.named import load_mnist

#: Numbers of test digits on each photograph, and digits in a row of it.
_PAPERS = {"seven": ([17], 1), "page": (range(20, 28), 4)}
_SIDE, _HEIGHT = 180, 336


def photograph(digits: np.ndarray, columns: int, seed: int) -> Image.Image:
    """Drawings ``(N, H, W)`` uint8 in dark ink on paper, which is lit from one side."""
    random = np.random.default_rng(seed)
    rows = -(-len(digits) // columns)
    shape = (rows * _SIDE + 60, columns * _SIDE + 80)
    ink = np.zeros(shape)
    for n, digit in enumerate(digits):
        large = Image.fromarray(digit).resize((_SIDE, _SIDE), Image.Resampling.BICUBIC)
        top, left = np.multiply(divmod(n, columns), _SIDE) + random.integers(0, 50, 2)
        ink[top : top + _SIDE, left : left + _SIDE] += np.asarray(large)
    down, across = np.mgrid[: shape[0], : shape[1]]
    from_above, from_side = random.uniform(-60, 60, 2)
    light = 205 + from_above * (down / shape[0] - 0.5) + from_side * (across / shape[1] - 0.5)
    grain = Image.fromarray(random.integers(0, 256, shape, np.uint8))
    texture = np.asarray(grain.filter(ImageFilter.GaussianBlur(3))) - 127.5
    paper = (light + texture) * (1 - 0.8 * np.clip(ink, 0, 255) / 255)
    paper += random.normal(0, 5, shape)
    warm = np.stack([paper, paper * 0.97, paper * 0.9], axis=-1)
    picture = Image.fromarray(np.clip(warm, 0, 255).astype(np.uint8))
    return picture.filter(ImageFilter.GaussianBlur(1.2))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("picture", type=Path)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    test_images = load_mnist().test_images[..., 0]
    shown = []
    for seed, (name, (numbers, columns)) in enumerate(_PAPERS.items()):
        path, latent = (arguments.folder / f"{name}.{ending}" for ending in ("jpg", "npy"))
        photograph(test_images[list(numbers)], columns, seed).save(path, quality=88)
        if status := acwgan(["encode", str(path), "--out", str(latent)]):
            raise SystemExit(status)
        parts = [Image.open(path), Image.open(latent.with_suffix(".png")).convert("RGB")]
        shown.append(
            [part.resize((part.width * _HEIGHT // part.height, _HEIGHT)) for part in parts]
        )
    width = max(sum(part.width for part in parts) + 10 for parts in shown)
    whole = Image.new("RGB", (width, len(shown) * (_HEIGHT + 10) - 10), "white")
    for n, (left, right) in enumerate(shown):
        whole.paste(left, (0, n * (_HEIGHT + 10)))
        whole.paste(right, (left.width + 10, n * (_HEIGHT + 10)))
    whole.save(arguments.picture, quality=85)


if __name__ == "__main__":
    main()
