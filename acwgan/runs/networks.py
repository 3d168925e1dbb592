"""The networks of a run: those of its config, or, with ``networks.json``, the user's own.

``networks.json`` has the Keras config of both networks, if Keras can write it, and the
``module:name`` that made them, if there is one. From a config that has only layers of Keras and of
this package the networks are built. Anything else is code of the user: it is run if the run was
begun in this process, or if the environment says so, ``ACWGAN_TRUST=1``.
"""

from __future__ import annotations

import contextlib
import copy
import importlib
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from acwgan.errors import ParameterError, reason_of
from acwgan.files.untrusted import parse_json_object, read_text
from acwgan.networks.registry import HANDED_IN, architecture
from acwgan.runs.file_names import NETWORKS_FILE
from acwgan.runs.folder import RunFolderError

if TYPE_CHECKING:
    import keras

    from acwgan.config import Config

#: Environment variable with which a user says that the code that a run names may run.
TRUST = "ACWGAN_TRUST"
HOW_TO_TRUST = f"if you trust it, set {TRUST}=1 in the environment"
#: Run folder -> the networks that it was begun with in this process.
_begun: dict[Path, Any] = {}
#: Modules whose classes a config may name; all but these classes only compute.
_MODULES = ("keras.layers", "keras.initializers", "keras.regularizers", "keras.constraints")
_EXACT_MODULES = ("keras", "keras.models", "builtins", None)
_INTERNAL = ("keras.src.ops.", "keras.src.models.", "keras.src.layers.", "acwgan.networks.")
_RUN_CODE = {"Lambda", "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer", "__lambda__"}
#: Fields of the file.
_FIELDS = {"source", "folder", "generator", "critic"}


def remember(run_dir: str | Path, networks: Any) -> None:
    """Note the networks of a run of this process, which may be in no module.

    Args:
        run_dir: The run folder.
        networks: The ``UserNetworks``.
    """
    _begun[Path(run_dir).resolve()] = networks


def architecture_of(run_dir: str | Path, config: Config) -> Any:
    """The networks of a run.

    Args:
        run_dir: The run folder.
        config: Config of the run.

    Returns:
        An ``Architecture``, or ``UserNetworks``.

    Raises:
        RunFolderError: If the networks cannot be found again; the message says what is missing.
    """
    if config.networks != HANDED_IN:
        return architecture(config.networks, config.networks_version)
    if known := _begun.get(Path(run_dir).resolve()):
        return known
    path = Path(run_dir, NETWORKS_FILE)
    try:
        values = parse_json_object(read_text(path))
    except (OSError, ValueError) as error:
        fault = f"the run has networks of your own, and their description cannot be read ({error})"
        raise RunFolderError(f"{path}: {fault}; {_ADVICE}.") from error
    from acwgan.networks.users import user_networks

    generator, critic = configs = values.get("generator"), values.get("critic")
    source = values.get("source")
    has_configs = all(configs)
    if has_configs and all(map(is_plain_config, configs)):
        return _from_configs(generator, critic, safe=True)
    if not is_trusted() and (has_configs or isinstance(source, str)):
        named = "layers" if source is None else str(source)
        named = "".join(character for character in named if character.isprintable())[:200]
        fault = f"the networks of this run are code, {named}"
        raise RunFolderError(f"{path}: {fault}; {HOW_TO_TRUST}, or {_ADVICE}.")
    import_source(values)
    reason = "the run has networks that only the program that began the run can make"
    if has_configs:  # Exactly those of the run, whatever became of the code.
        try:
            return _from_configs(generator, critic, safe=False)
        except Exception as error:  # Whatever the user's code raises.
            reason = reason_of(error)
    if not isinstance(source, str):
        raise RunFolderError(f"{path}: {reason}; {_ADVICE}.")
    try:
        return user_networks(source)
    except ParameterError as error:
        raise RunFolderError(f"{path}: {error}; {_ADVICE}.") from error


def is_trusted() -> bool:
    """Whether the environment says that code that a run or a file names may run."""
    return os.environ.get(TRUST) == "1"


def import_source(values: Mapping[str, Any]) -> None:
    """Import the module of a trusted run's networks, with which Keras learns of their layers.

    Args:
        values: Content of its ``networks.json``.
    """
    source, folder = values.get("source"), values.get("folder")
    if not isinstance(source, str):
        return
    if isinstance(folder, str) and folder not in sys.path:
        sys.path.append(folder)
    with contextlib.suppress(ImportError):  # It may have moved; what needs it says so.
        importlib.import_module(source.partition(":")[0])


_ADVICE = "train with `resume=True` and the same `networks`, in a process that has them"


def description(networks: Any, generator: keras.Model, critic: keras.Model) -> str:
    """The text of ``networks.json``.

    Args:
        networks: The ``UserNetworks`` of the run.
        generator: The generator that they make.
        critic: The critic that they make.
    """
    source = networks.source
    module = sys.modules.get(source.partition(":")[0].partition(".")[0]) if source else None
    file = getattr(module, "__file__", None)
    folder = None
    if file:
        path = Path(file).resolve().parent
        folder = str(path.parent if Path(file).name == "__init__.py" else path)
    values = {
        "source": source,
        "folder": folder,
        "generator": _config_of(generator),
        "critic": _config_of(critic),
    }
    return json.dumps(values, indent=2, ensure_ascii=False) + "\n"


def is_description(text: str) -> bool:
    """Whether a text is that of a ``networks.json``, or empty.

    Args:
        text: Content of a file.
    """
    if not text:
        return True
    try:
        return set(parse_json_object(text)) == _FIELDS
    except ValueError:
        return False


def _config_of(network: keras.Model) -> dict[str, Any] | None:
    import keras

    try:
        config = keras.saving.serialize_keras_object(network)
        return json.loads(json.dumps(config))
    except Exception:  # Whatever a layer of the user's raises: then there is no config.
        return None


def is_plain_config(value: Any) -> bool:
    """Whether a Keras config names only layers of Keras and of this package, which only compute.

    Args:
        value: The config, or a part of it.
    """
    if isinstance(value, list):
        return all(map(is_plain_config, value))
    if not isinstance(value, dict):
        return True
    if _RUN_CODE & {each for each in value.values() if isinstance(each, str)}:
        return False
    if "class_name" in value and "config" in value:
        module = value.get("module")
        if not (
            module in _EXACT_MODULES
            or module in _MODULES
            or (isinstance(module, str) and module.startswith(_INTERNAL))
        ):
            return False
        if module in ("builtins", None) and value["class_name"] not in _PLAIN_WITHOUT_MODULE:
            registered = value.get("registered_name")
            if not (isinstance(registered, str) and registered.startswith("acwgan>")):
                return False
    return all(map(is_plain_config, value.values()))


#: Values that Keras writes without a module of its own; a function is an activation.
_PLAIN_WITHOUT_MODULE = {"function", "__tensor__", "__tuple__", "__keras_tensor__", "__slice__"}


def _from_configs(generator: Any, critic: Any, safe: bool) -> Any:
    import keras

    from acwgan.networks import layers as _registered  # noqa: F401
    from acwgan.networks import users

    def made(config: Any) -> Any:
        # Keras takes the config apart.
        return keras.saving.deserialize_keras_object(copy.deepcopy(config), safe_mode=safe)

    if not safe:  # Layers that are code may be missing. Others may be too large for the memory.
        made(generator), made(critic)
    return users.UserNetworks(
        lambda arguments: made(generator), lambda arguments: made(critic), in_graph=True
    )
