"""Networks in LiteRT files, run by ``ai-edge-litert``, without TensorFlow."""

import contextlib
import hashlib
import os
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from acwgan.errors import ParameterError, UserError, reason_of
from acwgan.files.bundled import DATA
from acwgan.files.isolated import fault_in_subprocess
from acwgan.files.untrusted import memory_limit, read_untrusted
from acwgan.startup_lines import without_start_up_lines
from acwgan.wgan.latents import LATENTS

#: Bytes 4 to 7 of every LiteRT file.
_MAGIC = b"TFL3"
#: Most bytes of a file, and of all its tensors, unless less memory is free.
_MOST = 2 << 30
#: Batches that make one more thread worth the time to prepare its interpreter.
_BATCHES_PER_THREAD = 10
#: The signature of a generator that takes mixtures of classes instead of labels.
MIXTURES = "mixtures"


class LiteRTError(UserError):
    """A file is not a LiteRT file, or not one of this package; the message names it."""


class Signature(NamedTuple):
    """What a network takes and returns: name -> number of axes, with the batch."""

    inputs: dict[str, int]
    outputs: dict[str, int]

    def __str__(self) -> str:
        """As words after the name of the network."""
        return f"takes {' and '.join(self.inputs)} and returns {' and '.join(self.outputs)}"


#: Kind of network -> the signatures that its file may have, the most usual one first.
SIGNATURES = {
    "generator": [
        Signature({latent.input_name: 2} | classes, {"images": 4})
        for classes in ({"class_weights": 2}, {})
        for latent in LATENTS.values()
    ],
    "critic": [
        Signature({"images": 4}, {"scores": 1, "class_probs": 2}),
        Signature({"images": 4}, {"scores": 1}),
    ],
    "judge": [Signature({"images": 4}, {"class_probs": 2, "features": 2})],
    "encoder": [
        Signature({"images": 4} | classes, {latent.input_name: 2})
        for classes in ({"labels": 1}, {})
        for latent in LATENTS.values()
    ],
}


class LiteRTModel:
    """A network in a LiteRT file, for any number of rows.

    Rows are cut into batches that keep the activations in the processor's cache. In a file with a
    fixed batch size the last batch is filled up with zeros. If the file has the signature
    ``mixtures``, this one is used, since it can do all that the other can.

    Any number of threads may call a model at once, also after a fork. Each batch is computed by an
    interpreter that no other thread uses meanwhile. There are at most ``threads`` of them, which
    bounds the memory: further calls wait. Several interpreters with one thread each keep the
    processor busier than one interpreter that shares every layer of a small batch.

    Args:
        path: Path of the ``.tflite`` file.
        threads: Most batches computed at a time; the number of processor cores if None.

    Attributes:
        inputs: Name -> shape with the batch.
        outputs: Name -> shape with the batch.

    Raises:
        LiteRTError: If the file is not a LiteRT file or does more than arithmetic, or if it fails
            in a subprocess, where each file from outside the package is run once.
        OSError: If the file cannot be read.

    Example:
        >>> from acwgan.files import bundled
        >>> model = LiteRTModel(bundled.CRITIC)
        >>> sorted(model.inputs), sorted(model.outputs)
        (['images'], ['class_probs', 'scores'])
        >>> model(images=np.zeros((3, 28, 28, 1), np.float32))["scores"].shape
        (3,)
    """

    def __init__(self, path: str | Path, threads: int | None = None):
        self._path = path
        most = min(_MOST, memory_limit() or _MOST)
        self._content = read_untrusted(path, most)
        if self._content[4:8] != _MAGIC:
            raise LiteRTError(f"{path}: is not a LiteRT file.")
        trusted = Path(path).parent == DATA
        if not trusted and (found := fault_in_subprocess("litert", self._content, most)):
            raise LiteRTError(f"{path}: is not a network of this package ({found}).")
        self._threads = threads or _cores()
        self._forget_threads()
        try:
            self._idle = [self._new_runner()]
        except (ValueError, RuntimeError) as error:
            fault = f"is not a network of this package ({reason_of(error)})"
            raise LiteRTError(f"{path}: {fault}.") from error
        inputs, outputs = self._idle[0].get_input_details(), self._idle[0].get_output_details()
        self.inputs = _shapes(inputs)
        self.outputs = _shapes(outputs)
        self._dtypes = {name: detail["dtype"] for name, detail in outputs.items()}
        batches = {shape[:1] for shape in [*self.inputs.values(), *self.outputs.values()]}
        if not self.inputs or not self.outputs or len(batches) > 1 or batches == {()}:
            raise LiteRTError(f"{path}: is not a network of this package (no common batch size).")
        ((self._batch,),) = batches
        self._fixed = not self._takes_one_row(inputs)
        _models.add(self)

    def _takes_one_row(self, inputs: dict[str, dict]) -> bool:
        """Whether the file takes any number of rows, and not only a whole batch."""
        row = {
            name: np.zeros((1, *detail["shape"][1:]), detail["dtype"])
            for name, detail in inputs.items()
        }
        try:
            self._idle[0](**row)
            return True
        except RuntimeError:
            self._idle = [self._new_runner()]
            return False

    def _forget_threads(self) -> None:
        """Make all interpreters available, as in a process that was just forked."""
        self._slots = threading.BoundedSemaphore(self._threads)

    @property
    def sha256(self) -> str:
        """The SHA-256 of the file, in hex digits."""
        return hashlib.sha256(self._content).hexdigest()

    def require(self, kind: str) -> None:
        """Refuse a network of another kind.

        Args:
            kind: A key of ``SIGNATURES``.

        Raises:
            LiteRTError: If the file does not have a signature of this kind.
        """
        found = Signature(_ranks(self.inputs), _ranks(self.outputs))
        if found not in SIGNATURES[kind]:
            name = f"an {kind}" if kind == "encoder" else f"a {kind}"
            raise LiteRTError(
                f"{self._path}: is not {name}; it {found}, {name} {SIGNATURES[kind][0]}."
            )

    def _new_runner(self) -> Any:
        from ai_edge_litert.interpreter import Interpreter

        with without_start_up_lines():
            interpreter = Interpreter(model_content=self._content, num_threads=1)
            interpreter.allocate_tensors()  # The runtime starts here, and prints so.
        signatures = interpreter.get_signature_list()
        if MIXTURES in signatures:
            return interpreter.get_signature_runner(MIXTURES)
        (signature,) = signatures
        return interpreter.get_signature_runner(signature)

    def __call__(self, **inputs: np.ndarray) -> dict[str, np.ndarray]:
        """Run the network.

        Args:
            inputs: Name -> array, all with the same number of rows; see ``self.inputs``.

        Returns:
            Name -> array with the same number of rows.

        Raises:
            ParameterError: If an array is missing, or they have different numbers of rows, or rows
                of another shape.
        """
        count = self._checked_count(inputs)
        results = {
            name: np.empty((count, *shape[1:]), self._dtypes[name])
            for name, shape in self.outputs.items()
        }
        starts = range(0, count, self._batch)
        workers = max(1, min(self._threads, len(starts) // _BATCHES_PER_THREAD))
        queue = iter(starts)  # Shared: the next free thread takes the next batch.
        if workers == 1:
            self._work(queue, inputs, results)
            return results
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(workers) as pool:
            jobs = [pool.submit(self._work, queue, inputs, results) for _ in range(workers)]
        for job in jobs:
            job.result()
        return results

    def _checked_count(self, inputs: dict[str, np.ndarray]) -> int:
        """The number of rows, after a check of all inputs."""
        shapes = {name: np.shape(array) for name, array in inputs.items()}
        count = max((shape[0] for shape in shapes.values() if shape), default=0)
        wanted = {name: (count, *shape[1:]) for name, shape in self.inputs.items()}
        faults = {name: "is not an input of the network" for name in shapes.keys() - wanted}
        for name, shape in wanted.items():
            if shapes.get(name) != shape:
                faults[name] = f"must have the shape {shape}, got {shapes.get(name)}"
        if faults:
            raise ParameterError(faults)
        return count

    @contextlib.contextmanager
    def _runner(self) -> Iterator[Any]:
        """An interpreter that no other thread uses meanwhile."""
        with self._slots:
            try:
                runner = self._idle.pop()
            except IndexError:
                runner = self._new_runner()
            try:
                yield runner
            finally:
                self._idle.append(runner)

    def _work(
        self,
        queue: Iterator[int],
        inputs: dict[str, np.ndarray],
        results: dict[str, np.ndarray],
    ) -> None:
        """Compute batches until none is left."""
        with self._runner() as run:
            for start in queue:
                rows = {name: array[start : start + self._batch] for name, array in inputs.items()}
                count = len(next(iter(rows.values())))
                if self._fixed and count < self._batch:
                    rows = {name: _filled_up(array, self._batch) for name, array in rows.items()}
                for name, array in run(**rows).items():
                    results[name][start : start + count] = array[:count]


def parsed(content: bytes) -> Any:
    """A LiteRT file as the objects of its schema, a ``ModelT``.

    Args:
        content: The file, which must be trusted or checked.
    """
    from ai_edge_litert import schema_py_generated as schema

    return schema.ModelT.InitFromObj(schema.Model.GetRootAs(content, 0))


def operation_codes(model: Any) -> list[int]:
    """The number of each kind of operation in a parsed file, in ``schema.BuiltinOperator``."""
    # Small numbers stand in the old field.
    return [max(each.builtinCode, each.deprecatedBuiltinCode) for each in model.operatorCodes]


def packed(model: Any) -> bytes:
    """The LiteRT file of such objects."""
    from ai_edge_litert.schema_py_generated import flatbuffers

    builder = flatbuffers.Builder()
    builder.Finish(model.Pack(builder), _MAGIC)
    return bytes(builder.Output())


#: Every model of this process, whose interpreters a forked process may use at once: those that
#: another thread was using at the fork are lost to it, and made anew.
_models: weakref.WeakSet[LiteRTModel] = weakref.WeakSet()


def _after_fork() -> None:
    for model in list(_models):
        model._forget_threads()


if hasattr(os, "register_at_fork"):  # Windows does not fork.
    os.register_at_fork(after_in_child=_after_fork)


def _filled_up(array: np.ndarray, count: int) -> np.ndarray:
    filled = np.zeros_like(array, shape=(count, *array.shape[1:]))
    filled[: len(array)] = array
    return filled


def _shapes(details: dict[str, dict]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(int(n) for n in detail["shape"]) for name, detail in details.items()}


def _ranks(shapes: dict[str, tuple[int, ...]]) -> dict[str, int]:
    return {name: len(shape) for name, shape in shapes.items()}


def _cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS
        return os.cpu_count() or 1
