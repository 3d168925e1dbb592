"""Writes a web page on which a generator draws what is typed, without TensorFlow or a server."""

import base64
import gzip
import json
import lzma
from pathlib import Path
from typing import Any, NamedTuple

from acwgan.encoder.hand import SURE
from acwgan.errors import UserError
from acwgan.files.atomic import whole_file
from acwgan.files.untrusted import read_text
from acwgan.generation.class_names import joined
from acwgan.generation.generator import Generator
from acwgan.generation.sampling import Latents
from acwgan.web.weights import with_float_weights
from acwgan.wgan.latents import LATENTS

#: Positions of the style slider. Position s has the latent that Python draws from seed s.
STYLES = 100
_SOURCE = Path(__file__).parent
#: What the ``index.html`` of every page has; the second is in those of acwgan 0.1.
_MARKS = (
    '<meta name="generator" content="acwgan web">',
    "<!-- Only scripts and styles of this folder are loaded; nothing is fetched or sent. -->",
)
_FILES = (
    "index.html",
    "style.css",
    "network.js",
    "classes.js",
    "picture.js",
    "address.js",
    "mnist.js",
    "hand.js",
    "page.js",
    "runtime/litert.js",
    "runtime/litert_wasm.js",
    "runtime/LICENSE",
)


class Hand(NamedTuple):
    """LiteRT files of the networks that find the hand of a drawn digit.

    Attributes:
        judge: ``images`` -> ``class_probs``: it reads which class was drawn.
        encoder: ``images`` and ``labels`` -> the latent with which the generator draws such images.
    """

    judge: str | Path
    encoder: str | Path


def write_page(
    network: str | Path,
    generator: Generator,
    out: str | Path,
    command: str = "acwgan generate",
    hand: Hand | None = None,
) -> Path:
    """Write a page as a folder that needs no other files and opens without a server.

    The runtime and the network are stored as text in scripts, since a page opened from ``file://``
    may not read other files.

    Args:
        network: Path of a generator in a LiteRT file.
        generator: The same generator, loaded.
        out: Folder of the page: a new or empty folder, or one with such a page, which is replaced.
        command: The beginning of a command that draws with the same generator. The page shows it.
        hand: Networks that find the hand of a drawn digit. None for a page without a field to draw
            into.

    Returns:
        The path of ``index.html``.

    Raises:
        UserError: If the generator has no classes, or the folder holds something else.

    Example:
        >>> import tempfile
        >>> from acwgan.files.bundled import GENERATOR
        >>> from acwgan.generation.loading import load
        >>> write_page(GENERATOR, load(), tempfile.mkdtemp()).name
        'index.html'
    """
    if not generator.classes:
        raise nothing_to_type(network)
    out = Path(out)
    if out.exists() and not _is_page(out) and (out.is_file() or any(out.iterdir())):
        raise UserError(f"{out}: holds something else; choose a new folder")
    networks = {"network": network} | (hand._asdict() if hand else {})
    model = _model(generator, command) | {
        name: _base64(with_float_weights(Path(path).read_bytes()))
        for name, path in networks.items()
    }
    # Browsers unpack gzip, and the package has the smaller xz.
    packed = (_SOURCE / "runtime" / "litert.wasm.xz").read_bytes()
    wasm = gzip.compress(lzma.decompress(packed), mtime=0)
    files = {name: (_SOURCE / name).read_bytes() for name in _FILES}
    files["model.js"] = f"const MODEL = {json.dumps(model)};\n".encode()
    files["runtime/wasm.js"] = f'const WASM = "{_base64(wasm)}";\n'.encode()
    for name, content in files.items():  # The page itself first: it marks the folder as ours.
        with whole_file(out / name) as partial:
            partial.write_bytes(content)
    return out / "index.html"


def nothing_to_type(path: str | Path) -> UserError:
    """The refusal of a generator that no page can be made for.

    Args:
        path: What the user knows the generator by: a run folder or a file.
    """
    return UserError(f"{path}: has no classes, so there would be nothing to type on the page")


def _is_page(folder: Path) -> bool:
    """Whether a folder holds a page that this module has written, and no links in its place."""
    page = folder / "index.html"
    if not folder.is_dir() or (folder / "runtime").is_symlink() or page.is_symlink():
        return False
    try:
        text = read_text(page)
    except (OSError, ValueError):
        return False
    return any(mark in text for mark in _MARKS)


def _model(generator: Generator, command: str) -> dict[str, Any]:
    """The object ``MODEL`` of the page's scripts, without the network."""
    classes = generator.classes
    digits = classes == tuple("0123456789")
    single = all(len(name) == 1 for name in classes)
    typed = classes if single else [joined([name])[:-1] for name in classes]
    separator = "" if single else ", "
    styles = (
        Latents(seed, generator.latent_dim, latent=generator.latent)(1) for seed in range(STYLES)
    )
    return {
        "classes": classes,
        "text": "20261122" if digits else separator.join(typed[:5]),
        "other": "31415926" if digits else separator.join(typed[:-6:-1]),
        "png": "digits.png" if digits else "images.png",
        "command": command,
        "z": LATENTS[generator.latent].input_name,
        "sure": SURE,
        "styles": _base64(b"".join(z.astype("<f4").tobytes() for z in styles)),
    }


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
