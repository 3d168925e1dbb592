"""Saved networks without TensorFlow: LiteRT files, run by ``ai-edge-litert``."""

import hashlib
import os
from pathlib import Path

import numpy as np

from acwgan.errors import UserError
from acwgan.files.bundled import DATA
from acwgan.files.isolated import fault_in_subprocess
from acwgan.files.untrusted import memory_limit, read_untrusted
from acwgan.startup_lines import without_start_up_lines

#: What every LiteRT file has at byte 4.
_MAGIC = b"TFL3"
#: Bytes of a file, and of all its tensors, unless there is less memory.
_MOST = 2 << 30
#: Batches that make one more thread worth the time to prepare its interpreter.
_WORTH_A_THREAD = 10
#: The signature of a generator that takes mixtures of classes instead of labels.
MIXTURES = "mixtures"


class LiteRTError(UserError):
    """A file is no LiteRT file, or not one of this package; the message names it."""


class LiteRTModel:
    """A network in a LiteRT file, for any number of rows.

    The batch is fixed (with a free one the converter leaves operations that the plain runtime
    lacks), so rows are cut into batches and the last one is filled up. Of a generator's two
    signatures the one for mixtures of classes is taken, which can do all that the other can.
    Each thread has an interpreter of its own: that keeps the cores busier than one interpreter
    that shares out every layer of a small batch. One call at a time.

    Args:
        path: Of the ``.tflite`` file.
        threads: At most so many; as many as the process has cores if None.

    Raises:
        LiteRTError: If the file is not a LiteRT file, or does more than arithmetic, or fails in the
            ``probe``, where each file from outside the package is run once.
        OSError: If it cannot be read.

    Example:
        >>> from acwgan.files import bundled
        >>> model = LiteRTModel(bundled.CRITIC)
        >>> sorted(model.inputs), sorted(model.outputs)
        (['images'], ['class_probs', 'scores'])
        >>> model(images=np.zeros((3, 28, 28, 1), np.float32))["scores"].shape
        (3,)
    """

    def __init__(self, path: str | Path, threads: int | None = None):
        most = min(_MOST, memory_limit() or _MOST)
        self._content = read_untrusted(path, most)
        if self._content[4:8] != _MAGIC:
            raise LiteRTError(f"{path}: is not a LiteRT file.")
        trusted = Path(path).parent == DATA
        if not trusted and (found := fault_in_subprocess("litert", self._content, most)):
            raise LiteRTError(f"{path}: is not a network of this package ({found}).")
        try:
            self._runners = [self._new_runner()]
        except (ValueError, RuntimeError) as error:
            reason = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise LiteRTError(f"{path}: is not a network of this package ({reason}).") from error
        self._threads = threads or _cores()
        #: Name -> shape, the batch first.
        self.inputs = _shapes(self._runners[0].get_input_details())
        outputs = self._runners[0].get_output_details()
        self.outputs = _shapes(outputs)
        self._dtypes = {name: detail["dtype"] for name, detail in outputs.items()}
        batches = {shape[:1] for shape in [*self.inputs.values(), *self.outputs.values()]}
        if not self.inputs or not self.outputs or len(batches) > 1 or batches == {()}:
            raise LiteRTError(f"{path}: is not a network of this package (no batch of its rows).")
        ((self._batch,),) = batches

    @property
    def sha256(self) -> str:
        """Of the file, in hex digits."""
        return hashlib.sha256(self._content).hexdigest()

    def _new_runner(self):
        from ai_edge_litert.interpreter import Interpreter

        with without_start_up_lines():
            interpreter = Interpreter(model_content=self._content, num_threads=1)
            interpreter.allocate_tensors()  # The runtime starts here, and says so.
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
            Name -> array with that number of rows.
        """
        count = len(next(iter(inputs.values())))
        results = {
            name: np.empty((count, *shape[1:]), self._dtypes[name])
            for name, shape in self.outputs.items()
        }
        starts = range(0, count, self._batch)
        workers = max(1, min(self._threads, len(starts) // _WORTH_A_THREAD))
        while len(self._runners) < workers:
            self._runners.append(self._new_runner())
        starts = iter(starts)  # Shared: whichever thread is free takes the next batch.
        if workers == 1:
            self._work(self._runners[0], starts, inputs, results)
            return results
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(workers) as pool:
            jobs = [
                pool.submit(self._work, runner, starts, inputs, results)
                for runner in self._runners[:workers]
            ]
        for job in jobs:
            job.result()
        return results

    def _work(self, runner, starts, inputs, results):
        """Compute batches until there is none left."""
        for start in starts:
            rows = {name: array[start : start + self._batch] for name, array in inputs.items()}
            count = len(next(iter(rows.values())))
            if count < self._batch:
                rows = {name: _filled_up(array, self._batch) for name, array in rows.items()}
            for name, array in runner(**rows).items():
                results[name][start : start + count] = array[:count]


def _filled_up(array, count):
    filled = np.zeros_like(array, shape=(count, *array.shape[1:]))
    filled[: len(array)] = array
    return filled


def _shapes(details):
    return {name: tuple(int(n) for n in detail["shape"]) for name, detail in details.items()}


def _cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS
        return os.cpu_count() or 1
