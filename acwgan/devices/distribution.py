"""One device, several of this machine, or several machines: ``tf.distribute`` behind one class."""

import contextlib
import shutil
import tempfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import tensorflow as tf

from acwgan.devices.cluster import Cluster, WorkerLostError
from acwgan.errors import ParameterError, UserError

#: What TensorFlow raises in the remaining workers when one is gone.
_LOST = (
    tf.errors.UnavailableError,
    tf.errors.AbortedError,
    tf.errors.CancelledError,
    tf.errors.DeadlineExceededError,
    tf.errors.FailedPreconditionError,
    tf.errors.InternalError,
)


class Distribution:
    """The devices that train one model, and the role of this process. Use it as a context.

    Args:
        devices: Number of devices of this machine: GPUs, or parts of the CPU if there is no GPU.
        cluster: The workers; None if this process trains alone.

    Attributes:
        strategy: The strategy of ``tf.distribute``; the default one for a single device.
        chief: Whether this process writes the run folder.

    Raises:
        ParameterError: If there are not that many devices.

    Example:
        >>> with Distribution() as distribution:
        ...     distribution.chief, distribution.strategy.num_replicas_in_sync
        (True, 1)
    """

    def __init__(self, devices: int = 1, cluster: Cluster | None = None):
        self.chief = cluster is None or cluster.rank == 0
        self._cluster = cluster
        self._scratch: Path | None = None
        gpus = len(tf.config.list_physical_devices("GPU"))
        if devices < 1 or (gpus and devices > gpus):
            allowed = f"from 1 to {gpus}, the GPUs of this machine" if gpus else "1 or more"
            raise _device_error(allowed, devices)
        if cluster and devices > 1 and not gpus:
            raise _device_error("1 for a worker without GPUs", devices)
        if cluster:
            self.strategy = _multi_worker_strategy(cluster, devices if gpus else 0)
        elif devices > 1:
            names, reduction = [f"GPU:{n}" for n in range(devices)], None
            if not gpus:
                # Between parts of a CPU, the collectives of TensorFlow 2.21 sometimes mix up their
                # keys ("Shape mismatch in the collective instance").
                names = _split_cpu(devices)
                reduction = tf.distribute.ReductionToOneDevice()
            self.strategy = tf.distribute.MirroredStrategy(names, cross_device_ops=reduction)
        else:
            self.strategy = tf.distribute.get_strategy()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._scratch:
            shutil.rmtree(self._scratch, ignore_errors=True)
        try:
            if error is None:
                self.wait()  # No worker leaves while the chief still writes.
        except _LOST as lost:
            error = lost
        if self._cluster and self.is_lost_worker(error):
            raise WorkerLostError(self._cluster) from error

    def output_dir(self, run_dir: str | Path) -> Path:
        """The folder this process writes to, so that only the chief writes the run folder.

        Args:
            run_dir: The run folder.

        Returns:
            The run folder for the chief; for other workers a temporary folder, which is removed at
            the end.
        """
        if self.chief:
            return Path(run_dir)
        self._scratch = self._scratch or Path(tempfile.mkdtemp(prefix="acwgan-worker-"))
        return self._scratch / "run"

    def check(self, batch_size: int, penalty_every: int, xla: bool) -> None:
        """Check that the batch can be split evenly among the replicas.

        Args:
            batch_size: Number of images in the global batch.
            penalty_every: The gradient penalty is computed on every n-th image; 1 without one.
            xla: Whether each update is compiled with XLA, which several replicas do not support.

        Raises:
            ParameterError: If it cannot.
        """
        replicas = self.strategy.num_replicas_in_sync
        multiple = replicas * penalty_every
        faults = {}
        if replicas > 1 and batch_size % multiple:
            penalty = f" with a penalty on every {penalty_every}th image"
            faults["batch_size"] = (
                f"must be a multiple of {multiple} on {replicas} devices"
                f"{penalty if penalty_every > 1 else ''}, got {batch_size}"
            )
        if replicas > 1 and xla:
            faults["xla"] = f"must be False on {replicas} devices, got True"
        if faults:
            raise ParameterError(faults)

    def check_same(self, **facts: Any) -> None:
        """Check that all workers have the same settings, data and so on.

        Args:
            **facts: Name -> value that must be the same on all workers.

        Raises:
            UserError: On all workers, naming the values that differ.
        """
        digests = [float(zlib.crc32(repr(fact).encode())) for fact in facts.values()]
        same = (self._gather_rows(digests) == digests).all(axis=0)
        differing = [name for name, alike in zip(facts, same, strict=True) if not alike]
        if differing:
            self.wait_unless_lost()
            raise UserError(
                f"the workers must have the same {' and '.join(differing)}; give all of them the "
                "same settings and data, and a run folder that all can read"
            )

    def any(self, flag: bool) -> bool:
        """Whether a flag is set on any worker.

        Args:
            flag: That of this worker.
        """
        return bool(self._gather_rows([float(flag)]).any())

    def wait(self) -> None:
        """Wait until all workers call this method."""
        self._gather_rows([0.0])

    def wait_unless_lost(self) -> None:
        """Wait for the other workers, or until one is gone, before leaving with an error.

        A worker that leaves at once may look lost to one that still receives its last numbers.
        """
        with contextlib.suppress(*_LOST):
            self.wait()

    def is_lost_worker(self, error: BaseException | None) -> bool:
        """Whether an error of TensorFlow means that another worker is gone.

        Args:
            error: The error that was raised, if any.

        Returns:
            False if this process trains alone.
        """
        return self._cluster is not None and isinstance(error, _LOST)

    def slowest(self, seconds: Sequence[float]) -> list[float]:
        """The largest of each number among the workers.

        Args:
            seconds: What this worker measured; as many numbers on all of them.
        """
        return self._gather_rows(list(seconds)).max(axis=0).tolist()

    def combine(self, seconds: float, signum: int | None) -> tuple[float, int | None]:
        """Combine what the workers measured and received, so that all do the same next.

        Args:
            seconds: Duration of the last call on this worker.
            signum: The signal that this worker received, or None.

        Returns:
            The duration of the slowest worker, and the signal that any worker received.
        """
        longest, highest = self.slowest([seconds, float(signum or 0)])
        return longest, int(highest) or None

    def _gather_rows(self, numbers: list[float]) -> np.ndarray:
        """The numbers of all workers: ``(replicas, len(numbers))`` float64."""
        if self._cluster is None:
            return np.array([numbers])
        return self._gather(tf.constant([numbers], tf.float64)).numpy()

    @tf.function(autograph=False)
    def _gather(self, row):
        def on_replica(row):
            context = tf.distribute.get_replica_context()
            replicas = context.num_replicas_in_sync
            own = tf.one_hot(context.replica_id_in_sync_group, replicas, dtype=row.dtype)
            return context.all_reduce(tf.distribute.ReduceOp.SUM, own[:, None] * row)

        with self.strategy.scope():
            rows = self.strategy.run(on_replica, (row,))
            return self.strategy.experimental_local_results(rows)[0]


def _device_error(allowed: str, devices: int) -> ParameterError:
    return ParameterError({"devices": f"must be {allowed}, got {devices}"})


def _split_cpu(count: int) -> list[str]:
    """Split the CPU into logical devices, to try out a distribution without GPUs."""
    cpu = tf.config.list_physical_devices("CPU")[0]
    try:
        tf.config.set_logical_device_configuration(
            cpu, [tf.config.LogicalDeviceConfiguration()] * count
        )
    except RuntimeError:  # TensorFlow has started, so its number of devices is fixed.
        available = len(tf.config.list_logical_devices("CPU"))
        if available < count:
            allowed = f"from 1 to {available} once TensorFlow has started"
            raise _device_error(allowed, count) from None
    return [f"CPU:{n}" for n in range(count)]


def _multi_worker_strategy(cluster: Cluster, gpus: int) -> tf.distribute.Strategy:
    resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(
        tf.train.ClusterSpec(cluster.jobs),
        task_type=cluster.kind,
        task_id=cluster.index,
        num_accelerators={"GPU": gpus},
        rpc_layer="grpc",
    )
    return tf.distribute.MultiWorkerMirroredStrategy(resolver)
