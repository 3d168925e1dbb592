"""What the file of a network says about itself, so that it is known also away from its run.

It is a JSON object. A ``.tflite`` file has it as ``acwgan.json`` in a zip archive that is appended
to the network, as TensorFlow's tools append the labels of a model: runtimes do not read it, and
``unzip`` does. A ``.keras`` file, itself a zip archive, has it in its ``metadata.json``.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from acwgan.errors import DataError
from acwgan.files.bundled import DATA

if TYPE_CHECKING:
    from acwgan.config import Config
    from acwgan.runs.folder import DataSpec

#: Name of the JSON object in an appended archive, and in the ``metadata.json`` of Keras.
_MEMBER, _KEY = "acwgan.json", "acwgan"
_KERAS_METADATA = "metadata.json"
#: Most bytes of a JSON object; a thousand long names take a tenth of that.
_MOST_BYTES = 1 << 20


class ModelInfo(NamedTuple):
    """What is known of the network in a file; each is None if it is not known.

    Attributes:
        class_names: Names of the classes, in the order of the labels.
        dataset: Name of the data set that it was trained on, if it is one that has a name. The
            path of any other data set is nobody else's business.
        latent: Distribution of z, ``normal`` or ``uniform``.
        checkpoint: Name of the checkpoint that it is of, such as ``step-00016000``.
    """

    class_names: tuple[str, ...] | None = None
    dataset: str | None = None
    latent: str | None = None
    checkpoint: str | None = None

    @classmethod
    def of_run(
        cls, config: Config | None, data_spec: DataSpec | None, checkpoint: Path | None = None
    ) -> ModelInfo:
        """What is known of the networks of a run.

        Args:
            config: Config of the run, if it is known.
            data_spec: Data spec of the run, if it is known.
            checkpoint: Folder of the checkpoint that they are of, if it is known.
        """
        from acwgan.datasets.registry import DATASETS

        conditional = config is None or config.conditional
        return cls(
            data_spec.class_names if data_spec and conditional else None,
            config.dataset if config and config.dataset in DATASETS else None,
            config.latent if config else None,
            checkpoint.name if checkpoint else None,
        )

    def known(self) -> dict[str, Any]:
        """What is known: name -> value."""
        return {name: value for name, value in self._asdict().items() if value is not None}

    def to_json(self) -> str:
        """What is known, as a JSON object."""
        return json.dumps(self.known(), ensure_ascii=False)


#: What is known of the networks in the package, whose files say nothing themselves.
_BUNDLED = ModelInfo(tuple("0123456789"), "mnist", "normal")


def info_of(path: str | Path | None) -> ModelInfo:
    """What is known of the network in a file, from the file itself or from the run it lies in.

    Args:
        path: A run folder, or the file of a network. None for a file of the package.

    Returns:
        What is known; nothing if the file is missing.

    Raises:
        DataError: If the file says something that cannot be.

    Example:
        >>> info_of(None).dataset
        'mnist'
    """
    if path is None or Path(path).parent == DATA:
        return _BUNDLED
    from acwgan.runs.checkpoints import best
    from acwgan.runs.folder import run_of

    path = Path(path)
    checkpoint = best(path)
    # A run without checkpoints has only the generator that it wrote at its end.
    file = path if checkpoint or not path.is_dir() else path / "generator.keras"
    own = _read(file) if file.is_file() else ModelInfo()
    return ModelInfo.of_run(*run_of(path), checkpoint)._replace(**own.known())


def class_names_of(path: str | Path | None, num_classes: int) -> tuple[str, ...]:
    """The names of the classes of the network in a file.

    Args:
        path: As for ``info_of``.
        num_classes: K, the number of classes of the network; 0 if it has none.

    Returns:
        K names; numbers from 0 if none are known.

    Raises:
        DataError: If the file says something that cannot be.

    Example:
        >>> class_names_of("nowhere.tflite", 3)
        ('0', '1', '2')
    """
    names = info_of(path).class_names
    if names and len(names) == num_classes:
        return names
    return tuple(map(str, range(num_classes)))


def may_be_same_classes(names: Sequence[str], others: Sequence[str]) -> bool:
    """Whether two lists of class names may be of the same classes.

    Args:
        names: Names in the order of the labels.
        others: The same of another network or data set.

    Returns:
        Whether they are equal; or as many, and one has numbers from 0 alone: then nothing is known.

    Example:
        >>> may_be_same_classes(("cat", "dog"), ("0", "1")), may_be_same_classes(("a",), ("b",))
        (True, False)
    """
    names, others = tuple(names), tuple(others)
    numbers = tuple(map(str, range(len(names))))
    return names == others or (len(names) == len(others) and numbers in (names, others))


def with_appended_info(content: bytes, info: ModelInfo | None) -> bytes:
    """The content of a ``.tflite`` file that says what is known of its network.

    Args:
        content: Content of the file.
        info: What is known; if nothing is, the content stays as it is.
    """
    if info is None or not info.known():
        return content
    import zipfile  # Here and below: the network in the package needs none.

    file = io.BytesIO(content)
    with zipfile.ZipFile(file, "a") as archive:
        # A date of its own: the same network gives the same bytes.
        archive.writestr(zipfile.ZipInfo(_MEMBER), info.to_json())
    return file.getvalue()


def with_keras_info(content: bytes, info: ModelInfo | None) -> bytes:
    """The content of a ``.keras`` file that says what is known of its network.

    Args:
        content: Content of the file, as Keras writes it.
        info: What is known; if nothing is, the content stays as it is.
    """
    if info is None or not info.known():
        return content
    import zipfile

    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(changed, "w") as new:
        for member in old.infolist():
            text = old.read(member)
            if member.filename == _KERAS_METADATA:
                metadata = json.loads(text) | {_KEY: info.known()}
                text = json.dumps(metadata, ensure_ascii=False).encode()
            new.writestr(member, text)
    return changed.getvalue()


def _read(path: Path) -> ModelInfo:
    """What a file says; nothing if it has no such member."""
    import zipfile

    from acwgan.files.npz import open_zip
    from acwgan.files.untrusted import parse_json_object

    is_keras = path.suffix == ".keras"
    name = _KERAS_METADATA if is_keras else _MEMBER
    try:
        with open_zip(path) as archive:
            if name not in archive.namelist():
                return ModelInfo()
            member = archive.getinfo(name)
            if member.compress_type != zipfile.ZIP_STORED or member.file_size > _MOST_BYTES:
                return ModelInfo()
            values = parse_json_object(archive.read(member).decode())
    except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError):
        return ModelInfo()  # Not a zip archive, or not one of this package.
    except ValueError as error:
        raise DataError(f"{path}: what it says of its network cannot be read ({error}).") from error
    return _checked(values.get(_KEY, {}) if is_keras else values, path)


def _checked(values: Any, path: Path) -> ModelInfo:
    from acwgan.datasets.dataset import checked_names
    from acwgan.datasets.registry import DATASETS
    from acwgan.runs.checkpoints import is_checkpoint
    from acwgan.wgan.latents import LATENTS

    if not isinstance(values, dict):
        raise DataError(f"{path}: what it says of its network is not a JSON object.")
    names, dataset, latent, checkpoint = (values.get(name) for name in ModelInfo._fields)
    if names is not None:
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise DataError(f"{path}: its class names are not a list of texts.")
        names = checked_names(names, len(names), path)
    # Later versions may know more data sets and distributions than this one.
    return ModelInfo(
        names,
        dataset if isinstance(dataset, str) and dataset in DATASETS else None,
        latent if isinstance(latent, str) and latent in LATENTS else None,
        checkpoint if isinstance(checkpoint, str) and is_checkpoint(checkpoint) else None,
    )
