"""Networks of the user's own, of any Keras kind, as the pair that the training loop uses."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import os
import random
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import keras
import tensorflow as tf

from acwgan.errors import ParameterError, reason_of
from acwgan.networks.blocks import precision
from acwgan.networks.canonical import as_critic, as_generator
from acwgan.networks.registry import NETWORKS, Architecture
from acwgan.networks.repeatable import make_repeatable

#: Makes a network from the arguments that it names.
Make = Callable[[Mapping[str, Any]], Any]
#: Salts of the random layers of the generator and of the critic.
_SALTS = {"generator": 2000, "critic": 1000}


class UserNetworks:
    """A generator and a critic of the user's own; it stands where an ``Architecture`` stands.

    Args:
        generator: Makes the generator.
        critic: Makes the critic.
        source: ``module:name`` under which another process finds them; None if it does not.
        latent_dim: Length of z of a generator that is a model already; None for a function.
        takes_dtype: Whether both take the precision as ``dtype``.
        are_models: Whether one of them is a model already.
        in_graph: Whether they can be made in a graph, without memory for their weights; a function
            may look at its own weights.
    """

    critic_normalizes = False  # ``user_checks`` looks at the critic itself.

    def __init__(
        self,
        generator: Make,
        critic: Make,
        *,
        source: str | None = None,
        latent_dim: int | None = None,
        takes_dtype: bool = False,
        are_models: bool = False,
        in_graph: bool = False,
    ):
        self._generator, self._critic, self._in_graph = generator, critic, in_graph
        self.source, self.latent_dim = source, latent_dim
        self.takes_dtype, self.are_models = takes_dtype, are_models

    def generator(
        self,
        latent_dim: int,
        image_shape: tuple[int, int, int],
        num_classes: int | None,
        seed: int = 0,
        dtype: str = "float32",
    ) -> keras.Model:
        """Make the generator: [z, labels] -> images, or [z] -> images; see ``networks.blocks``."""
        arguments = _arguments(latent_dim, image_shape, num_classes, seed, dtype)
        as_pair = partial(as_generator, latent_dim=latent_dim, num_classes=num_classes)
        return self._made("generator", self._generator, arguments, as_pair)

    def critic(
        self,
        image_shape: tuple[int, int, int],
        num_classes: int | None,
        seed: int = 0,
        dtype: str = "float32",
        latent_dim: int = 64,
    ) -> keras.Model:
        """Make the critic: images -> [scores, class_logits] or [scores]; see ``networks.blocks``.

        ``latent_dim`` is for a function that makes the generator too.
        """
        arguments = _arguments(latent_dim, image_shape, num_classes, seed, dtype)
        height, width, channels = image_shape
        as_pair = partial(as_critic, image_shape=(height, width, channels))
        return self._made("critic", self._critic, arguments, as_pair)

    def _made(
        self,
        role: str,
        make: Make,
        arguments: Mapping[str, Any],
        as_pair: Callable[[Any], keras.Model],
    ) -> keras.Model:
        if self._in_graph or tf.executing_eagerly():
            return _made(role, make, arguments, as_pair)
        with ThreadPoolExecutor(1) as thread:  # Not in the graph in which ``calls.sketch`` builds.
            return thread.submit(_made, role, make, arguments, as_pair).result()


def _arguments(latent_dim: int, image_shape: Any, num_classes: Any, seed: int, dtype: str) -> dict:
    return {
        "latent_dim": latent_dim,
        "image_shape": tuple(image_shape),
        "num_classes": num_classes,
        "seed": seed,
        "dtype": dtype,
    }


def _made(
    role: str, make: Make, arguments: Mapping[str, Any], as_pair: Callable[[Any], keras.Model]
) -> keras.Model:
    """A network as the loop uses it. Its random initial weights follow from the seed."""
    with precision(arguments["dtype"]), _seeded(arguments["seed"]):
        try:
            network = as_pair(lambda: make(arguments))
        except ParameterError:
            raise
        except Exception as error:
            fault = f"must make a {role}; it failed with {reason_of(error, with_type=True)}"
            raise ParameterError({"networks": fault}) from error
        make_repeatable(network, _SALTS[role])
    return network


@contextlib.contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Let the initializers without a seed of their own, which draw one in Python, follow a seed."""
    state = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(state)


def user_networks(networks: Any) -> UserNetworks | Architecture:
    """The networks that are passed to ``train``, or that a text names.

    Args:
        networks: ``(generator, critic)``, each a Keras model, or a callable that makes one and is
            called with those of ``latent_dim``, ``image_shape``, ``num_classes``, ``seed`` and
            ``dtype`` that it names; one such callable that returns both; or
            ``package.module:name`` of one of these, also ``module:generator,critic``.

    Raises:
        ParameterError: If it is something else.
    """
    if isinstance(networks, (UserNetworks, Architecture)):
        return networks
    if isinstance(networks, str):
        return _with_source(user_networks(imported(networks)), networks)
    if isinstance(networks, (tuple, list)) and len(networks) == 2:
        generator, critic = networks
        return UserNetworks(
            _maker("generator", generator),
            _maker("critic", critic),
            source=_source(generator, critic),
            latent_dim=_latent_dim(generator),
            takes_dtype=all("dtype" in _parameters(each) for each in networks),
            are_models=any(isinstance(each, keras.layers.Layer) for each in networks),
        )
    if callable(networks) and not isinstance(networks, keras.layers.Layer):
        make = _maker("pair", networks)
        return UserNetworks(
            lambda arguments: _both(make(arguments))[0],
            lambda arguments: _both(make(arguments))[1],
            source=_address(networks),
            takes_dtype="dtype" in _parameters(networks),
        )
    allowed = "a pair (generator, critic) of Keras models or of functions that make them"
    raise ParameterError({"networks": f"must be {allowed}, got {_short(networks)}"})


def _both(made: Any) -> Any:
    if isinstance(made, (tuple, list)) and len(made) == 2:
        return made
    fault = f"must return the pair (generator, critic), got {_short(made)}"
    raise ParameterError({"networks": fault})


def register(name: str, networks: Any) -> None:
    """Give networks a name, for ``Config(networks=name)``.

    Args:
        name: A new name.
        networks: As for ``acwgan.train``.

    Raises:
        ParameterError: If the package has networks of this name, or these cannot be used.
    """
    if not isinstance(name, str) or not name.strip() or set(name) & set(":,()"):
        fault = f"must be a text without colons, commas and parentheses, got {name!r}"
        raise ParameterError({"name": fault})
    if isinstance(NETWORKS.get(name), Architecture):
        raise ParameterError({"name": f"must be new, got {name!r}, which the package has"})
    NETWORKS[name] = user_networks(networks)


def imported(source: str) -> Any:
    """What ``module:name`` or ``module:generator,critic`` names; its module is imported.

    Args:
        source: The text. Modules are also looked for in the working directory.

    Raises:
        ParameterError: If there is no such module or name.
    """
    module, _, names = source.partition(":")
    if os.getcwd() not in sys.path and "" not in sys.path:
        sys.path.insert(0, os.getcwd())  # A command's path begins with the folder of its script.
    try:
        found = importlib.import_module(module)
    except ImportError as error:
        fault = f"must be package.module:name, got {source!r}: {error}"
        raise ParameterError({"networks": fault}) from error
    try:
        parts = [getattr(found, name.strip()) for name in names.split(",")]
    except AttributeError as error:
        raise ParameterError({"networks": f"has {source!r}: {error}"}) from error
    return parts[0] if len(parts) == 1 else tuple(parts)


def _with_source(networks: Any, source: str) -> Any:
    if isinstance(networks, UserNetworks):
        networks.source = source
    return networks


def _source(generator: Any, critic: Any) -> str | None:
    addresses = [_address(generator), _address(critic)]
    if None in addresses:
        return None
    modules, names = zip(*(address.split(":") for address in addresses if address), strict=True)
    return f"{modules[0]}:{names[0]},{names[1]}" if len(set(modules)) == 1 else None


def _address(made_by: Any) -> str | None:
    """``module:name`` of a function or class, if an import finds it there."""
    module, name = (getattr(made_by, key, None) for key in ("__module__", "__qualname__"))
    if module in (None, "__main__") or getattr(sys.modules.get(module), name or "", 0) != made_by:
        return None
    return f"{module}:{name}"


def _latent_dim(generator: Any) -> int | None:
    """Length of z of a model that has inputs already."""
    inputs = getattr(generator, "inputs", None) if isinstance(generator, keras.Model) else None
    others = [each for each in inputs or [] if each.name != "labels"]
    sizes = [size for each in others for size in each.shape[1:]]
    return sizes[0] if len(others) == 1 and len(sizes) == 1 else None


def _parameters(made_by: Any) -> Mapping[str, inspect.Parameter]:
    """The parameters of a function, or of a class."""
    if isinstance(made_by, keras.layers.Layer):
        return {}
    try:
        function = getattr(made_by, "__init__") if isinstance(made_by, type) else made_by  # noqa: B009
        parameters = dict(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return {}
    if isinstance(made_by, type):
        parameters.pop(next(iter(parameters), ""), None)
    return parameters


def _maker(role: str, made_by: Any) -> Make:
    """What makes a network from the arguments that are named, after a look at what is passed."""
    if isinstance(made_by, keras.layers.Layer):
        return lambda arguments: _copy(role, made_by)
    if not callable(made_by):
        kinds = "a Keras model or a function that makes one"
        raise ParameterError({"networks": f"must have {kinds} as {role}, got {_short(made_by)}"})
    known = _arguments(0, (), None, 0, "")
    parameters = _parameters(made_by)
    for name, each in parameters.items():
        required = each.default is each.empty and each.kind not in (
            each.VAR_POSITIONAL,
            each.VAR_KEYWORD,
        )
        if required and (name not in known or each.kind is each.POSITIONAL_ONLY):
            called = getattr(made_by, "__name__", type(made_by).__name__)
            fault = f"must make the {role} from {', '.join(known)}, those that it names; {called}"
            fault += f" needs {name!r}: give it a default, or pass a function that calls it"
            raise ParameterError({"networks": fault})
    return lambda arguments: made_by(**{k: v for k, v in arguments.items() if k in parameters})


def _copy(role: str, network: Any) -> Any:
    """A model of its own with the same weights: the user's stays as it is."""
    advice = f"pass a function that makes it: networks=(lambda: …, …) with the {role} inside"
    try:
        if not _parameters(type(network)):  # Keras would pass its ``__init__`` a name.
            copy = type(network)()
        elif isinstance(network, keras.Model):
            copy = keras.models.clone_model(network)
        else:
            copy = type(network).from_config(network.get_config())
        if network.built and not copy.built and network.weights:
            copy.build_from_config(network.get_build_config())
        if network.weights:
            copy.set_weights(network.get_weights())
    except Exception as error:
        reason = reason_of(error, with_type=True)
        fault = f"must have a {role} that Keras can copy ({reason}); {advice}"
        raise ParameterError({"networks": fault}) from error
    return copy


def _short(value: Any) -> str:
    text = repr(value).splitlines()[0] if repr(value) else ""
    return text if len(text) <= 80 else f"{type(value).__name__}"
