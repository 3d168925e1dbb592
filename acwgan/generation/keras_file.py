"""``.keras`` files of unknown origin. Keras never builds what such a file describes.

A ``.keras`` file is a zip file with a description of a network, from which Keras can make any
layer that is installed, and with the weights. Here the description only says which of our own
generators it is and for which sizes; that one is built, and the weights are put into it.
"""

import contextlib
import zipfile
import zlib
from pathlib import Path

from acwgan.files.isolated import fault_in_subprocess
from acwgan.files.npz import open_zip
from acwgan.files.untrusted import memory_limit, parse_json_object
from acwgan.networks.calls import in_pixels, sketch
from acwgan.networks.registry import NETWORKS

_CONFIG, _WEIGHTS = "config.json", "model.weights.h5"
#: All that Keras writes; anything else would be unpacked somewhere.
_MEMBERS = {_CONFIG, _WEIGHTS, "metadata.json"}
#: Bytes of the description; of ours it has 20,000.
_LONGEST = 1 << 20
#: What ``networks.in_pixels`` adds to a generator.
_TO_PIXELS = ["Add", "Multiply", "Round", "Clip", "Cast"]
#: Length of z and number of classes; height, width and channels of an image.
_LARGEST, _SIDES = 1 << 20, (4096, 4096, 3)


def load_generator(path: str | Path):
    """The generator that a training has saved.

    Args:
        path: Of the ``.keras`` file.

    Returns:
        A ``keras.Model``: [z, labels] -> images, or [z] -> images.

    Raises:
        ValueError: If there is none in it; the message says why.
    """
    try:
        with open_zip(path) as archive:
            members = archive.infolist()
            if sorted(member.filename for member in members) != sorted(_MEMBERS):
                raise ValueError(f"it does not hold {', '.join(sorted(_MEMBERS))} and nothing else")
            if any(member.compress_type != zipfile.ZIP_STORED for member in members):
                raise ValueError("it is compressed, as Keras does not do")
            config = _read(archive, _CONFIG, _LONGEST)
            weights = _read(archive, _WEIGHTS, memory_limit() or Path(path).stat().st_size)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError) as error:
        raise ValueError(str(error)) from error
    build, needed = _builder(parse_json_object(config.decode()))
    if needed > len(weights):
        raise ValueError(f"its weights should have {needed:,} bytes, it has {len(weights):,}")
    found = fault_in_subprocess("hdf5", weights, len(weights))
    if found:
        raise ValueError(found)
    network = build()
    try:
        network.load_weights(path)
    except (OSError, TypeError, KeyError, AttributeError, RuntimeError) as error:
        raise ValueError((str(error).strip() or "no weights").splitlines()[0]) from error
    return network


def _read(archive, name, most):
    """The content of a member, its checksum checked."""
    if archive.getinfo(name).file_size > most:
        raise ValueError(f"its {name} is larger than {most / 2**20:,.0f} MiB")
    content = bytearray()
    with archive.open(name) as member:
        while portion := member.read(1 << 18):
            content += portion
    return bytes(content)


def _builder(config):
    """A builder of the generator of ours that is described, and the bytes of its weights."""
    try:
        layers = config["config"]["layers"]
        kinds = [layer["class_name"] for layer in layers]
        _, latent_dim = layers[0]["config"]["batch_shape"]
        (images,) = layers[-1]["inbound_nodes"]
        _, height, width, channels = images["args"][0]["config"]["shape"]
        conditioning = [layer["config"] for layer in layers if layer["name"] == "conditioning"]
        num_classes = conditioning[0]["num_classes"] if conditioning else None
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise ValueError("its description is not of such a network") from error
    image_shape = (height, width, channels)
    sizes = [latent_dim, num_classes if conditioning else 1, *image_shape]
    for size, most in zip(sizes, [_LARGEST, _LARGEST, *_SIDES], strict=True):
        if type(size) is not int or not 0 < size <= most:
            raise ValueError(f"its description has the size {str(size)[:40]}")
    pixels = kinds[-len(_TO_PIXELS) :] == _TO_PIXELS
    kinds = kinds[: -len(_TO_PIXELS)] if pixels else kinds
    for networks in NETWORKS.values():

        def build(generator=networks.generator):
            return generator(latent_dim, image_shape, num_classes)

        with contextlib.suppress(ValueError):  # Not every network draws images of every size.
            its_kinds, size = sketch(build)
            if its_kinds == kinds:
                return (lambda: in_pixels(build())) if pixels else build, size
    raise ValueError("its layers are of no generator here")
