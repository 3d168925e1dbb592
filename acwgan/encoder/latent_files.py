"""Latents in ``.npy`` files."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from acwgan.errors import DataError
from acwgan.files.atomic import whole_file
from acwgan.files.untrusted import read_untrusted

#: Largest size of a file in bytes.
_MAX_BYTES = 1 << 20


def save_latent(path: str | Path, z: np.ndarray) -> None:
    """Write a latent.

    Args:
        path: Path of the new file. Its folder is created.
        z: ``(latent_dim,)``.
    """
    with whole_file(path) as partial, open(partial, "wb") as content:
        np.save(content, z)


def read_latent(path: str | Path, latent_dim: int) -> np.ndarray:
    """Read a latent from an untrusted file.

    Args:
        path: Path of the file, ``(latent_dim,)`` or ``(1, latent_dim)`` numbers.
        latent_dim: Length of z of the generator.

    Returns:
        ``(latent_dim,)`` float32.

    Raises:
        DataError: If the file holds something else.
        OSError: If the file cannot be read.
    """
    content = io.BytesIO(read_untrusted(path, _MAX_BYTES))
    try:
        z = np.lib.format.read_array(content, allow_pickle=False)
    except (ValueError, EOFError, SyntaxError, MemoryError) as error:
        fault = "is not a .npy file of a latent; acwgan encode writes one"
        raise DataError(f"{path}: {fault}") from error
    if z.shape not in ((latent_dim,), (1, latent_dim)) or z.dtype.kind not in "fiu":
        raise DataError(
            f"{path}: must hold a latent of this generator, {latent_dim} numbers, "
            f"got {z.shape} {z.dtype}"
        )
    if not np.isfinite(z).all():
        raise DataError(f"{path}: holds numbers that are not finite")
    return z.reshape(latent_dim).astype(np.float32)
