"""Writes generated images as files."""

from collections.abc import Iterable
from pathlib import Path
from typing import IO

import numpy as np

from acwgan.files.atomic import whole_file
from acwgan.images.grids import enlarged, grid
from acwgan.images.png import save_png


def write(
    images: np.ndarray,
    labels: np.ndarray | None,
    columns: int,
    file_format: str,
    path: Path,
    scale: int = 1,
) -> Path:
    """Write generated images.

    Args:
        images: ``(N, H, W)`` or ``(N, H, W, C)`` uint8; N a multiple of ``columns`` for ``png``.
        labels: ``(N,)``, or None without classes.
        columns: Images in a row of the picture, for ``png``.
        file_format: ``png``, one picture; ``npz``, the arrays ``x`` and, with labels, ``y``; or
            ``pngs``, a folder with a picture of each image.
        path: Path of the new file or folder.
        scale: Side of a pixel in the pictures.

    Returns:
        The path.
    """
    path = Path(path)
    if file_format == "png":
        save_png(path, enlarged(grid(images, columns), scale))
    elif file_format == "npz":
        with whole_file(path) as partial, partial.open("wb") as file:
            if labels is None:
                np.savez_compressed(file, x=images)
            else:
                np.savez_compressed(file, x=images, y=_narrow(labels))
    else:
        for number, image in enumerate(images):
            name = f"{number:05d}" if labels is None else f"{number:05d}-{labels[number]}"
            save_png(path / f"{name}.png", enlarged(image, scale))
    return path


def write_set(path: str | Path, labels: np.ndarray, portions: Iterable[np.ndarray]) -> None:
    """Write a labelled set while it is being drawn, in the layout of Keras' ``mnist.npz``.

    A portion is compressed in a thread while the next one is drawn, so at most two are in memory.
    The same images give the same bytes.

    Args:
        path: Path of the new file, which holds ``x_train`` ``(N, H, W)`` or ``(N, H, W, C)`` and
            ``y_train`` ``(N,)``, uint8; uint16 and so on for labels above 255.
        labels: ``(N,)``.
        portions: The images in the order of the labels, each portion ``(n, H, W)`` or
            ``(n, H, W, C)`` uint8.
    """
    # Imported here: a single picture needs neither.
    import zipfile
    from concurrent.futures import ThreadPoolExecutor

    with (
        whole_file(path) as partial,
        zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
    ):
        portions = iter(portions)
        portion = next(portions)
        with (
            archive.open("x_train.npy", "w", force_zip64=True) as member,
            ThreadPoolExecutor(1) as packer,
        ):
            _write_header(member, (len(labels), *portion.shape[1:]), np.dtype(np.uint8))
            written = packer.submit(member.write, portion.data)
            for portion in portions:
                written.result()
                written = packer.submit(member.write, portion.data)
            written.result()
        with archive.open("y_train.npy", "w", force_zip64=True) as member:
            narrow = _narrow(labels)
            _write_header(member, narrow.shape, narrow.dtype)
            member.write(narrow.data)


def _narrow(labels: np.ndarray) -> np.ndarray:
    """Labels in the narrowest unsigned type that holds them: uint8 for up to 256 classes."""
    labels = np.asarray(labels)
    return labels.astype(np.min_scalar_type(labels.max(initial=0)))


def _write_header(member: IO[bytes], shape: tuple[int, ...], dtype: np.dtype) -> None:
    description = np.lib.format.dtype_to_descr(dtype)
    np.lib.format.write_array_header_1_0(
        member, {"descr": description, "fortran_order": False, "shape": shape}
    )
