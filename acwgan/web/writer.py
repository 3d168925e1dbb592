"""A page on which a generator draws what is typed, in the browser; no TensorFlow, no server."""

import base64
import json
from pathlib import Path

from acwgan.errors import UserError
from acwgan.files.atomic import whole_file
from acwgan.generation.generator import Generator
from acwgan.generation.sampling import Latents
from acwgan.wgan.latents import LATENTS

#: Places on the slider for style; each has the latent that Python draws for this seed.
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
    """Write the page as a folder that needs nothing else and opens without a server.

    The runtime and the network are texts in scripts, since a page from ``file://`` may read no
    other files.

    Args:
        network: A generator in a LiteRT file.
        generator: The same, loaded: what it knows of its classes and latents.
        out: The folder: a new or empty one, or one with such a page, which is replaced.
        command: What draws from the same generator, for people who read the page.

    Returns:
        The path of the page.

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
        raise UserError(f"{out}: holds something else; give a new folder")
    model = _facts(generator, command) | {"network": _text(Path(network).read_bytes())}
    wasm = (_SOURCE / "runtime" / "litert.wasm.gz").read_bytes()
    files = {name: (_SOURCE / name).read_bytes() for name in _FILES}
    files["model.js"] = f"const MODEL = {json.dumps(model)};\n".encode()
    files["runtime/wasm.js"] = f'const WASM = "{_text(wasm)}";\n'.encode()
    for name, content in files.items():
        with whole_file(out / name) as partial:
            partial.write_bytes(content)
    return out / "index.html"


def _facts(generator, command) -> dict:
    """What the page must know of the network."""
    classes = generator.classes
    digits = classes == tuple("0123456789")
    joint = "" if all(len(name) == 1 for name in classes) else ", "
    styles = (
        Latents(seed, generator.latent_dim, latent=generator.latent)(1) for seed in range(STYLES)
    )
    return {
        "classes": classes,
        "text": "20261122" if digits else joint.join(classes[:5]),
        "other": "31415926" if digits else joint.join(classes[:-6:-1]),
        "png": "digits.png" if digits else "images.png",
        "command": command,
        "z": LATENTS[generator.latent].input_name,
        "styles": _text(b"".join(z.astype("<f4").tobytes() for z in styles)),
    }


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()
