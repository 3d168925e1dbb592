"""Generated images as files."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from acwgan.files.atomic import whole_file
from acwgan.images.grids import enlarged, grid
from acwgan.images.png import save_png


def write(
    images: np.ndarray,
    labels: np.ndarray | None,
    columns: int,
    form: str,
    path: Path,
    scale: int = 1,
) -> Path:
    """Write generated images.

    Args:
        images: ``(N, H, W)`` or ``(N, H, W, C)`` uint8; N a multiple of ``columns`` for ``png``.
        labels: ``(N,)``, or None without classes.
        columns: Images a row of the strip.
        form: ``png`` (one strip), ``npz`` (``x`` and, with labels, ``y``) or ``pngs`` (a file
            each, in a folder).
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
            np.savez_compressed(file, x=images, **({} if labels is None else {"y": labels}))
    else:
        for number, image in enumerate(images):
            name = f"{number:05d}" if labels is None else f"{number:05d}-{labels[number]}"
            save_png(path / f"{name}.png", enlarged(image, scale))
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
