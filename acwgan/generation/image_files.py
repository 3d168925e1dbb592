"""Writes generated images as files."""

import contextlib
import itertools
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO

import numpy as np

from acwgan.errors import ParameterError, UserError
from acwgan.files.atomic import make_folder, whole_file
from acwgan.files.names import safe_name
from acwgan.images.grids import enlarged, grid
from acwgan.images.png import save_png
from acwgan.images.tracing import save_svg


def write(
    images: np.ndarray,
    labels: np.ndarray | None,
    columns: int,
    file_format: str,
    path: Path,
    scale: int = 1,
    *,
    class_names: Sequence[str] | None = None,
) -> Path:
    """Write generated images.

    Args:
        images: ``(N, H, W)`` or ``(N, H, W, C)`` uint8; N a multiple of ``columns`` for ``png``
            and ``svg``, which has no colors.
        labels: ``(N,)``, or None without classes.
        columns: Images in a row of the picture, for ``png`` and ``svg``.
        file_format: ``png``, one picture; ``svg``, the same as outlines; ``npz``, the arrays ``x``
            and, with labels, ``y`` and ``class_names``; ``pngs``, a folder with a picture of each
            image, whose name has the number of the image and the name of its class; or
            ``folders``, see ``write_folders``.
        path: Path of the new file or folder. A folder must be new or empty.
        scale: Side of a pixel in the pictures.
        class_names: The K class names, in the order of the labels. If None, the labels themselves
            stand in the names of files.

    Returns:
        The path.

    Raises:
        ParameterError: If there is no such format, or not one label for each image.
        UserError: If the folder holds something.
    """
    path = Path(path)
    if file_format not in ("png", "svg", "npz", "pngs", "folders"):
        allowed = "png, svg, npz, pngs or folders"
        raise ParameterError({"file_format": f"must be {allowed}, got {file_format!r}"})
    if file_format not in ("png", "svg") and labels is not None and len(labels) != len(images):
        raise ParameterError({"labels": f"must be {len(images)}, got {len(labels)}"})
    if file_format == "png":
        save_png(path, enlarged(grid(images, columns), scale))
    elif file_format == "svg":
        title = ""
        if labels is not None:
            title = " ".join(str(class_names[each] if class_names else each) for each in labels)
        save_svg(path, images, columns, scale, title)
    elif file_format == "npz":
        with whole_file(path) as partial, partial.open("wb") as file:
            arrays = {"x": images}
            if labels is not None:
                arrays["y"] = _narrow(labels)
                if class_names is not None:
                    arrays["class_names"] = np.array(class_names)
            np.savez_compressed(file, **arrays)  # type: ignore[arg-type]  # No array is a bool.
    elif file_format == "folders":
        write_folders(path, labels, [images], class_names)
    else:
        texts = None if class_names is None else list(map(safe_name, class_names))
        with _new_files(path) as written:
            for number, image in enumerate(images):
                name = f"{number:05d}"
                if labels is not None:
                    name += f"-{texts[labels[number]] if texts else labels[number]}"
                written.append(path / f"{name}.png")
                save_png(written[-1], enlarged(image, scale))
    return path


@contextlib.contextmanager
def _new_files(folder: Path) -> Iterator[list[Path]]:
    """A new or empty folder, and a list of the files in it, removed again if not all are written.

    Not ``atomic.whole_folder``: an empty folder may be a mounted disk, which cannot be renamed.
    """
    if folder.is_dir() and (count := sum(1 for _ in folder.iterdir())):
        raise UserError(f"{folder}: holds {count:,} files already; choose a new or empty folder")
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    make_folder(folder)
    written: list[Path] = []
    try:
        yield written
    except BaseException:
        for path in written:
            path.unlink(missing_ok=True)
        inner = {path.parent for path in written} - {folder}
        with contextlib.suppress(OSError):  # Another program may have put a file into it.
            for each in (*inner, *missing):
                each.rmdir()
        raise


def write_folders(
    path: str | Path,
    labels: np.ndarray | None,
    portions: Iterable[np.ndarray],
    class_names: Sequence[str] | None = None,
) -> None:
    """Write a picture of each image into the folder of its class, as ``--dataset`` reads them.

    Args:
        path: The folder, new or empty. A class of another name than a folder can have stands there
            as ``files.safe_name`` writes it.
        labels: ``(N,)``; None for images without classes, which lie side by side.
        portions: The images in the order of the labels, each portion ``(n, H, W)`` or
            ``(n, H, W, C)`` uint8.
        class_names: The K class names, in the order of the labels; if None, the labels are names.

    Raises:
        ParameterError: If there is not one label for each image.
        UserError: If the folder holds something.
    """
    path = Path(path)
    numbers = itertools.count()
    with _new_files(path) as written:
        for image in itertools.chain.from_iterable(portions):
            number = next(numbers)
            folder = path
            if labels is not None:
                if number >= len(labels):
                    fault = f"must be one for each image, got {len(labels)}"
                    raise ParameterError({"labels": fault})
                label = labels[number]
                folder /= safe_name(class_names[label] if class_names else str(label))
            folder.mkdir(exist_ok=True)
            written.append(folder / f"{number:06d}.png")
            save_png(written[-1], image)


def write_set(
    path: str | Path,
    labels: np.ndarray,
    portions: Iterable[np.ndarray],
    class_names: Sequence[str] | None = None,
) -> None:
    """Write a labelled set while it is being drawn, in the layout of Keras' ``mnist.npz``.

    A portion is compressed in a thread while the next one is drawn, so at most two are in memory.
    The same images give the same bytes.

    Args:
        path: Path of the new file, which holds ``x_train`` ``(N, H, W)`` or ``(N, H, W, C)`` and
            ``y_train`` ``(N,)``, uint8, or uint16 and so on for labels above 255; and
            ``class_names`` if they are given.
        labels: ``(N,)``.
        portions: The images in the order of the labels, each portion ``(n, H, W)`` or
            ``(n, H, W, C)`` uint8.
        class_names: The K class names, in the order of the labels, for the array ``class_names``;
            None to leave it out.

    Raises:
        ParameterError: If there is not one label for each image, or a portion is not like the
            first.
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
            first, count = portion, len(portion)
            written = packer.submit(member.write, portion.data)
            for portion in portions:
                if (portion.shape[1:], portion.dtype) != (first.shape[1:], first.dtype):
                    what = f"{portion.shape} {portion.dtype}"
                    raise ParameterError({"portions": f"must all be like the first, got {what}"})
                count += len(portion)
                written.result()
                written = packer.submit(member.write, portion.data)
            written.result()
        if count != len(labels):
            raise ParameterError({"labels": f"must be {count}, got {len(labels)}"})
        with archive.open("y_train.npy", "w", force_zip64=True) as member:
            narrow = _narrow(labels)
            _write_header(member, narrow.shape, narrow.dtype)
            member.write(narrow.data)
        if class_names is not None:
            with archive.open("class_names.npy", "w") as member:
                np.lib.format.write_array(member, np.array(class_names), allow_pickle=False)


def _narrow(labels: np.ndarray) -> np.ndarray:
    """Labels in the narrowest unsigned type that holds them: uint8 for up to 256 classes."""
    labels = np.asarray(labels)
    return labels.astype(np.min_scalar_type(labels.max(initial=0)))


def _write_header(member: IO[bytes], shape: tuple[int, ...], dtype: np.dtype) -> None:
    description = np.lib.format.dtype_to_descr(dtype)
    np.lib.format.write_array_header_1_0(
        member, {"descr": description, "fortran_order": False, "shape": shape}
    )
