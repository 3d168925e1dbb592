"""Generated images as files."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from acwgan.files import whole_file
from acwgan.images import enlarged, grid, save_png

#: Pixels for a line of text.
_LINE = 12


def filled(images: np.ndarray, columns: int) -> np.ndarray:
    """Images that fill their rows, the last one with black.

    Args:
        images: ``(N, H, W)`` or ``(N, H, W, C)`` uint8.
        columns: Images a row.

    Returns:
        The images, and up to ``columns - 1`` black ones.

    Example:
        >>> len(filled(np.ones((10, 2, 2)), columns=4))
        12
    """
    missing = -len(images) % columns
    return np.concatenate([images, np.zeros_like(images, shape=(missing, *images.shape[1:]))])


def captioned(images: np.ndarray, captions: Sequence[str], scale: int = 1) -> np.ndarray:
    """Images, each with a line of text below.

    Args:
        images: ``(N, H, W)`` or ``(N, H, W, C)`` uint8.
        captions: N short texts.
        scale: Side of a pixel of the images.

    Returns:
        ``(N, scale * H + 12, scale * W)`` or the same with the axis C, uint8.
    """
    font = ImageFont.load_default(_LINE - 2)
    results = []
    for image, caption in zip(images, captions, strict=True):
        picture = enlarged(image, scale)
        line = np.zeros_like(picture, shape=(_LINE, *picture.shape[1:]))
        canvas = Image.fromarray(np.concatenate([picture, line]))
        draw = ImageDraw.Draw(canvas)
        centre = (canvas.width / 2, canvas.height - _LINE / 2)
        draw.text(centre, caption, fill="white", anchor="mm", font=font)
        results.append(np.asarray(canvas))
    return np.stack(results)


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
