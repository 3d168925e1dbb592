"""Writes a web page on which a generator draws what is typed, without TensorFlow or a server."""

import base64
import json
from pathlib import Path
from typing import Any

from acwgan.errors import UserError
from acwgan.files.atomic import whole_file
from acwgan.generation.generator import Generator
from acwgan.generation.sampling import Latents
from acwgan.wgan.latents import LATENTS

#: Positions of the style slider. Position s has the latent that Python draws from seed s.
STYLES = 100
_SOURCE = Path(__file__).parent
_FILES = (
    "index.html",
    "style.css",
    "network.js",
    "classes.js",
    "picture.js",
    "page.js",
    "runtime/litert.js",
    "runtime/litert_wasm.js",
    "runtime/LICENSE",
)


def write_page(
    network: str | Path, generator: Generator, out: str | Path, command: str = "acwgan generate"
) -> Path:
    """Write a page as a folder that needs no other files and opens without a server.

    The runtime and the network are stored as text in scripts, since a page opened from ``file://``
    may not read other files.

    Args:
        network: Path of a generator in a LiteRT file.
        generator: The same generator, loaded.
        out: Folder of the page: a new or empty folder, or one with such a page, which is replaced.
        command: The beginning of a command that draws with the same generator. The page shows it.

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
        raise UserError(f"{network}: has no classes, so there would be nothing to type on the page")
    out = Path(out)
    if out.exists() and not (out / "model.js").exists() and (out.is_file() or any(out.iterdir())):
        raise UserError(f"{out}: holds something else; choose a new folder")
    model = _model(generator, command) | {"network": _base64(Path(network).read_bytes())}
    wasm = (_SOURCE / "runtime" / "litert.wasm.gz").read_bytes()
    files = {name: (_SOURCE / name).read_bytes() for name in _FILES}
    files["model.js"] = f"const MODEL = {json.dumps(model)};\n".encode()
    files["runtime/wasm.js"] = f'const WASM = "{_base64(wasm)}";\n'.encode()
    for name, content in files.items():
        with whole_file(out / name) as partial:
            partial.write_bytes(content)
    return out / "index.html"


def _model(generator: Generator, command: str) -> dict[str, Any]:
    """The object ``MODEL`` of the page's scripts, without the network."""
    classes = generator.classes
    digits = classes == tuple("0123456789")
    single = all(len(name) == 1 for name in classes)
    typed = classes if single else [_typed(name) for name in classes]
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
        "styles": _base64(b"".join(z.astype("<f4").tobytes() for z in styles)),
    }


def _typed(name: str) -> str:
    """A name as it is typed among others on the page: in quotes if it has a comma, as in CSV."""
    return '"' + name.replace('"', '""') + '"' if {*name} & {*',"'} else name


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
