"""Reads untrusted ``.keras`` files. Keras never builds what such a file describes.

A ``.keras`` file is a zip file with the description of a network, from which Keras can build any
layer that is installed, and with the weights. Here the description only tells which generator of
this package it is, and its sizes. That generator is built, and the weights are loaded into it.
"""

import contextlib
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras

from acwgan.errors import reason_of
from acwgan.files.isolated import fault_in_subprocess
from acwgan.files.npz import open_zip
from acwgan.files.untrusted import memory_limit, parse_json_object, read_text
from acwgan.keras_settings import standard_settings
from acwgan.networks.calls import LayerKind, class_count, in_pixels, sketch
from acwgan.networks.registry import NETWORKS, Architecture
from acwgan.networks.stock import copy_from_stock_layers, stock_form
from acwgan.runs.file_names import NETWORKS_FILE
from acwgan.runs.model_info import info_of
from acwgan.runs.networks import import_source

_CONFIG, _WEIGHTS = "config.json", "model.weights.h5"
#: All files that Keras writes into a .keras file.
_MEMBERS = {_CONFIG, _WEIGHTS, "metadata.json"}
#: Most bytes of a description; a generator of this package has about 20,000.
_LARGEST_CONFIG = 1 << 20
#: Layers that ``networks.in_pixels`` adds to a generator.
_TO_PIXELS = ["Add", "Multiply", "Round", "Clip", "Cast"]
#: Largest latent_dim and number of classes; largest height, width and channels of an image.
_LARGEST, _LARGEST_IMAGE = 1 << 20, (4096, 4096, 3)


@standard_settings()
def load_generator(path: str | Path) -> keras.Model:
    """Load a generator that a training has saved.

    Args:
        path: Path of the ``.keras`` file.

    Returns:
        [z, labels] -> images, or [z] -> images.

    Raises:
        ValueError: If the file does not hold a generator of this package; the message says why.
    """
    try:
        with open_zip(path) as archive:
            members = archive.infolist()
            if sorted(member.filename for member in members) != sorted(_MEMBERS):
                raise ValueError(f"it does not hold {', '.join(sorted(_MEMBERS))} and nothing else")
            if any(member.compress_type != zipfile.ZIP_STORED for member in members):
                raise ValueError("it is compressed; Keras does not compress")
            config = _read(archive, _CONFIG, _LARGEST_CONFIG)
            weights = _read(archive, _WEIGHTS, memory_limit() or Path(path).stat().st_size)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError) as error:
        raise ValueError(str(error)) from error
    build, is_stock, needed = _builder(parse_json_object(config.decode()))
    if needed > len(weights):
        raise ValueError(f"its weights should have {needed:,} bytes, they have {len(weights):,}")
    if found := fault_in_subprocess("hdf5", weights, len(weights)):
        raise ValueError(found)
    network = build()
    stock = stock_form(network) if is_stock else network
    try:
        stock.load_weights(path)
    except (OSError, TypeError, KeyError, AttributeError, RuntimeError) as error:
        raise ValueError(reason_of(error)) from error
    if is_stock:
        copy_from_stock_layers(network, stock)
    return network


@standard_settings()
def load_trusted(path: str | Path) -> keras.Model:
    """Load any generator with Keras, which builds what the file describes, also code.

    Args:
        path: Path of a ``.keras`` file of which the user says that it may run code.

    Returns:
        [z, labels] -> images, or [z] -> images.

    Raises:
        ValueError: If Keras cannot open it, or it is not a generator; the message says why.
    """
    from acwgan.networks import layers as _registered  # noqa: F401
    from acwgan.networks.canonical import as_generator

    beside = Path(path).with_name(NETWORKS_FILE)
    if beside.is_file():
        with contextlib.suppress(OSError, ValueError):
            import_source(parse_json_object(read_text(beside)))
    try:
        network = keras.saving.load_model(path, compile=False, safe_mode=False)
    except Exception as error:  # Whatever the code in it raises.
        raise ValueError(reason_of(error)) from error
    latents = [
        each.shape[-1]
        for each in getattr(network, "inputs", None) or []
        if each.name != "labels" and len(each.shape) > 1
    ]
    if not latents or latents[0] is None:
        raise ValueError("it has no input of latents")
    num_classes = class_count(network) or len(info_of(path).class_names or ()) or None
    return as_generator(lambda: network, latents[0], num_classes)


def _read(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    """The content of a member of at most ``most`` bytes, its checksum checked."""
    if archive.getinfo(name).file_size > most:
        raise ValueError(f"its {name} is larger than {most / 2**20:,.0f} MiB")
    content = bytearray()
    with archive.open(name) as member:
        while portion := member.read(1 << 18):
            content += portion
    return bytes(content)


def _builder(config: Any) -> tuple[Callable[[], keras.Model], bool, int]:
    """What builds the described generator, whether it is in stock layers, its weights in bytes."""
    try:
        layers = config["config"]["layers"]
        kinds = [LayerKind.of(layer["class_name"], layer["config"]) for layer in layers]
        inputs = [each["config"] for each in layers if each["class_name"] == "InputLayer"]
        ((_, latent_dim),) = (each["batch_shape"] for each in inputs if each["name"] == "z")
        (images,) = layers[-1]["inbound_nodes"]
        _, height, width, channels = images["args"][0]["config"]["shape"]
        conditioning = [layer["config"] for layer in layers if layer["name"] == "conditioning"]
        num_classes = None
        if conditioning:
            rows = "input_dim" if "input_dim" in conditioning[0] else "num_classes"
            num_classes = conditioning[0][rows]
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise ValueError("its description is not that of a generator") from error
    image_shape = (height, width, channels)
    sizes = [latent_dim, num_classes if conditioning else 1, *image_shape]
    for size, most in zip(sizes, [_LARGEST, _LARGEST, *_LARGEST_IMAGE], strict=True):
        if type(size) is not int or not 0 < size <= most:
            raise ValueError(f"its description has the size {str(size)[:40]}")
    pixels = [kind.class_name for kind in kinds[-len(_TO_PIXELS) :]] == _TO_PIXELS
    wanted = kinds[: -len(_TO_PIXELS)] if pixels else kinds
    for networks in NETWORKS.values():
        if not isinstance(networks, Architecture):  # Registered: an untrusted file calls none.
            continue

        def build(build_generator=networks.generator) -> keras.Model:
            return build_generator(latent_dim, image_shape, num_classes)

        def build_stock(build: Callable[[], keras.Model] = build) -> keras.Model:
            return stock_form(build())

        # Files of versions before have the package's own layers.
        for is_stock, described in ((True, build_stock), (False, build)):
            with contextlib.suppress(ValueError):  # Not every network draws images of every size.
                kinds, size = sketch(described)
                if kinds == wanted:
                    return (lambda: in_pixels(build())) if pixels else build, is_stock, size
    raise ValueError("its layers are not those of a generator of this package")
