"""Packs the package's mnist.npz as small as can be: python -m tools.pack_mnist [MNIST.NPZ].

The arrays are unchanged, and ``numpy.load`` reads the file as any other. Of what Python and Pillow
can write without loss, LZMA is the smallest: bench/README.md has the figures.
"""

import io
import lzma
import sys
import zipfile
from pathlib import Path

import numpy as np

from acwgan.files.bundled import MNIST

#: Pixels have no period of 2 or 4 bytes, for which LZMA looks otherwise.
_FILTER = {"id": lzma.FILTER_LZMA1, "preset": 9 | lzma.PRESET_EXTREME, "pb": 0}


class _Compressor(zipfile.LZMACompressor):
    """zipfile's own, which takes no settings, with ours."""

    def _init(self) -> bytes:
        properties = lzma._encode_filter_properties(_FILTER)
        self._comp = lzma.LZMACompressor(lzma.FORMAT_RAW, filters=[_FILTER])
        return bytes((9, 4, len(properties), 0)) + properties


def packed(arrays: dict[str, np.ndarray]) -> bytes:
    """The content of an ``.npz`` file; the same arrays give the same bytes."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_LZMA) as archive:
        for name, array in arrays.items():
            info = zipfile.ZipInfo(f"{name}.npy")
            info.compress_type = zipfile.ZIP_LZMA
            with archive.open(info, "w") as member:
                member._compressor = _Compressor()
                np.lib.format.write_array(member, array, allow_pickle=False)
    return content.getvalue()


if __name__ == "__main__":
    with np.load(sys.argv[1] if sys.argv[1:] else MNIST) as file:
        found = {name: file[name] for name in ("x_train", "y_train", "x_test", "y_test")}
    Path(MNIST).write_bytes(packed(found))
