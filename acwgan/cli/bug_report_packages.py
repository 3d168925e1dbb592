"""The packages of ``acwgan --report``: what is installed against what ``pyproject.toml`` allows."""

import base64
import contextlib
import hashlib
import importlib.metadata
import re
from collections.abc import Iterator

#: Extras for people; the others are for the work on this package.
_EXTRAS = ("cuda", "video", "onnx")
#: Packages that are not declared here, and that explain trouble where they are.
_OTHERS = """
    tensorflow-cpu tensorflow-gpu tensorflow-intel tensorflow-macos tensorflow-metal tf-nightly
    tf-keras keras-nightly tflite-runtime jax torch protobuf ml-dtypes flatbuffers setuptools
    nvidia-cudnn-cu12 nvidia-cuda-runtime-cu12
"""
_REQUIREMENT = re.compile(r"([\w.-]+)(?:\[[^]]*\])?\s*([^;]*)(?:;.*extra == ['\"](\w+)['\"])?")


def packages() -> Iterator[tuple[str, str]]:
    """The version of each package that is declared, with its bounds, and of some others.

    Yields:
        The name, and its version with the bounds.
    """
    declared: list[str] = []
    if name := _distribution():
        declared = importlib.metadata.requires(name) or []
    else:
        yield "acwgan", "problem: is not installed, so that its bounds are not known"
    for line in declared:
        found = _REQUIREMENT.match(line)
        if found is None or found[3] not in (None, *_EXTRAS):
            continue
        name, extra = found[1], found[3]
        bounds = ",".join(sorted(found[2].strip(" ()").split(","), reverse=True))
        version = _version(name)
        if version is None:
            if extra is None:
                yield name, f"problem: is not installed; needed is {bounds}"
        elif extra != "cuda":  # TensorFlow again, with its libraries.
            inside = within(version, bounds)
            yield name, f"{version} ({bounds})" if inside else f"problem: {version}, not {bounds}"
    for name in _OTHERS.split():
        if version := _version(name):
            yield name, f"{version} (no bounds)"


def within(version: str, bounds: str) -> bool:
    """Whether a version is within bounds such as ``>=2.21,<2.22``.

    Example:
        >>> within("2.21.0", ">=2.21,<2.22"), within("2.22.0rc1", ">=2.21,<2.22")
        (True, False)
    """
    for bound in filter(None, bounds.split(",")):
        sign, limit = re.fullmatch(r"\s*([<>=!~]+)\s*(\S+)\s*", bound).groups()  # type: ignore[union-attr]
        numbers, other = _numbers(version), _numbers(limit)
        longest = max(len(numbers), len(other))
        numbers, other = (n + (0,) * (longest - len(n)) for n in (numbers, other))
        if not {">=": numbers >= other, "<": numbers < other, "==": numbers == other}[sign]:
            return False
    return True


def changed_files(problem: str) -> str:
    """Whether the files of the package are those that were installed.

    Args:
        problem: What the line of a problem begins with.
    """
    name = _distribution()
    if name is None:
        return "not installed as a package"
    listed = importlib.metadata.files(name) or []
    own = [path for path in listed if path.parts[0] == "acwgan" and path.hash]
    if not own:
        return "installed from a working tree (editable)"
    changed = []
    for path in own:
        content = b""
        with contextlib.suppress(OSError):
            content = path.read_binary()
        digest = hashlib.new(path.hash.mode, content).digest()  # type: ignore[union-attr]
        if base64.urlsafe_b64encode(digest).decode().rstrip("=") != path.hash.value:  # type: ignore[union-attr]
            changed.append("/".join(path.parts[1:]))
    if not changed:
        return f"{len(own)} of {name}, all as they were installed"
    return f"{problem}{len(changed)} of {len(own)} changed or missing: {', '.join(changed[:10])}"


def _distribution() -> str | None:
    """The distribution that this package is installed as: the small one has no TensorFlow."""
    return next((name for name in ("acwgan", "acwgan-digits") if _version(name)), None)


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _numbers(version: str) -> tuple[int, ...]:
    """The numbers that a version begins with: ``2.22.0rc1`` -> (2, 22, 0)."""
    return tuple(int(n) for n in re.findall(r"\d+", re.match(r"[\d.]*", version)[0]))  # type: ignore[index]
