"""Generated images as files."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from acwgan.files import whole_file
from acwgan.images import grid, save_png


def enlarged(pictures: np.ndarray, scale: int) -> np.ndarray:
    """Every pixel as a square of pixels.

    Args:
        pictures: ``(..., H, W)``.
        scale: Side of the square.

    Returns:
        ``(..., scale * H, scale * W)``.

    Example:
        >>> enlarged(np.array([[1, 2]]), 2).tolist()
        [[1, 1, 2, 2], [1, 1, 2, 2]]
    """
    return pictures.repeat(scale, axis=-2).repeat(scale, axis=-1) if scale > 1 else pictures


def write(
    images: np.ndarray, labels: np.ndarray, columns: int, form: str, path: Path, scale: int = 1
) -> Path:
    """Write generated images.

    Args:
        images: ``(N, H, W)`` uint8; ``(N, H, W, C)`` with scale 1 only.
        labels: ``(N,)``.
        columns: Images a row of the strip.
        form: ``png`` (one strip), ``npz`` (``x`` and ``y``) or ``pngs`` (a file each, in a folder).
        path: Of the file, or of the folder.
        scale: Side of a pixel in the pictures.

    Returns:
        The path.
    """
    path = Path(path)
    if form == "png":
        save_png(path, enlarged(grid(images, columns), scale))
    elif form == "npz":
        with whole_file(path) as partial, partial.open("wb") as file:
            np.savez_compressed(file, x=images, y=labels)
    else:
        for number, (image, label) in enumerate(zip(images, labels, strict=True)):
            save_png(path / f"{number:05d}-{label}.png", enlarged(image, scale))
    return path


def write_set(path: str | Path, labels: np.ndarray, portions: Iterable[np.ndarray]) -> None:
    """Write a labelled set as Keras' ``mnist.npz`` has it, while it is being drawn.

    A portion is packed in a thread of its own while the next one is drawn, and no more than two
    are in memory. The same images give the same bytes.

    Args:
        path: Of the file, which holds ``x_train`` ``(N, H, W)`` and ``y_train`` ``(N,)``, uint8.
        labels: ``(N,)``.
        portions: The images in the order of the labels, each ``(n, H, W)`` uint8.
    """
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
            _header(member, (len(labels), *portion.shape[1:]))
            written = packer.submit(member.write, portion.data)
            for portion in portions:
                written.result()
                written = packer.submit(member.write, portion.data)
            written.result()
        with archive.open("y_train.npy", "w", force_zip64=True) as member:
            _header(member, (len(labels),))
            member.write(labels.astype(np.uint8).data)


def _header(member, shape):
    np.lib.format.write_array_header_1_0(
        member, {"descr": "|u1", "fortran_order": False, "shape": shape}
    )
