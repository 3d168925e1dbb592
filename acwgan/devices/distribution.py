"""One device, several of this machine, or several machines: ``tf.distribute``, behind one face."""

import contextlib
import shutil
import tempfile
import zlib
from pathlib import Path

import numpy as np
import tensorflow as tf

from acwgan.devices.cluster import Cluster, WorkerLostError
from acwgan.errors import UserError

#: What TensorFlow raises in the others when a worker is gone.
_LOST = (
    tf.errors.UnavailableError,
    tf.errors.AbortedError,
    tf.errors.CancelledError,
    tf.errors.DeadlineExceededError,
    tf.errors.FailedPreconditionError,
    tf.errors.InternalError,
)


class Distribution:
    """The devices that train one model, and the part of this process in it. Use it as a context.

    Args:
        devices: How many of this machine; GPUs, or parts of the CPU where there is none.
        cluster: The workers, or None for this process alone.

    Attributes:
        strategy: Of ``tf.distribute``; its default one on a single device.
        chief: Whether this process writes the run folder.

    Raises:
        UserError: If there are not that many devices.

    Example:
        >>> with Distribution() as distribution:
        ...     distribution.chief, distribution.strategy.num_replicas_in_sync
        (True, 1)
    """

    def __init__(self, devices: int = 1, cluster: Cluster | None = None):
        self.chief = cluster is None or cluster.rank == 0
        self._cluster, self._scratch = cluster, None
        gpus = len(tf.config.list_physical_devices("GPU"))
        if devices < 1 or (gpus and devices > gpus):
            raise _refused(devices, f"1 to {gpus or 'any number'}, the GPUs of this machine")
        if cluster and devices > 1 and not gpus:
            raise _refused(devices, "1 on a worker without GPUs")
        if cluster:
            self.strategy = _of_workers(cluster, devices if gpus else 0)
        elif devices > 1:
            names, sums = [f"GPU:{n}" for n in range(devices)], None
            if not gpus:
                # TensorFlow 2.21's collectives between parts of a CPU mix up their keys now and
                # then ("Shape mismatch in the collective instance").
                names, sums = _parts_of_the_cpu(devices), tf.distribute.ReductionToOneDevice()
            self.strategy = tf.distribute.MirroredStrategy(names, cross_device_ops=sums)
        else:
            self.strategy = tf.distribute.get_strategy()

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if self._scratch:
            shutil.rmtree(self._scratch, ignore_errors=True)
        try:
            if error is None:
                self.wait()  # Nobody leaves while the chief still writes.
        except _LOST as lost:
            error = lost
        if self.lost(error):
            raise WorkerLostError(self._cluster) from error

    def folder(self, run_dir: str | Path) -> Path:
        """Where this process writes: the chief into the run folder, others where nobody looks.

        Args:
            run_dir: The run folder.

        Returns:
            It, or a folder that is removed at the end.
        """
        if self.chief:
            return Path(run_dir)
        self._scratch = self._scratch or Path(tempfile.mkdtemp(prefix="acwgan-worker-"))
        return self._scratch / "run"

    def check(self, batch_size: int, penalty_every: int, xla: bool) -> None:
        """Refuse what these devices cannot split evenly.

        Args:
            batch_size: Images in the global batch.
            penalty_every: The penalty is taken on every n-th of them; 1 without a penalty.
            xla: Whether each update is compiled with XLA.

        Raises:
            UserError: If a replica would get another number of rows than another one.
        """
        count = self.strategy.num_replicas_in_sync
        unit = count * penalty_every
        if count > 1 and batch_size % unit:
            each = f", of which each takes the penalty on every {penalty_every}th image"
            raise UserError(
                f"--batch-size: {batch_size} is not allowed on {count} devices"
                f"{each if penalty_every > 1 else ''}; allowed: multiples of {unit}"
            )
        if count > 1 and xla:
            raise UserError(f"--xla: is not allowed on {count} devices; allowed: on one")

    def check_same(self, **facts) -> None:
        """Refuse workers that would compute something different.

        Args:
            **facts: What must be the same on all.

        Raises:
            UserError: If it is not, on all of them, with its names.
        """
        digests = [float(zlib.crc32(repr(fact).encode())) for fact in facts.values()]
        same = (self._all(digests) == digests).all(axis=0)
        differing = [name for name, alike in zip(facts, same, strict=True) if not alike]
        if differing:
            self.linger()
            raise UserError(
                f"The workers do not have the same {' and '.join(differing)}; give all the same "
                "settings and data, and a run folder that all see."
            )

    def wait(self) -> None:
        """Go on when all workers have come here."""
        self._all([0.0])

    def linger(self) -> None:
        """Stay until all know the fault that each has found, or else see that the others left.

        Whoever leaves at once may be taken for lost by one that still fetches the last numbers.
        """
        with contextlib.suppress(*_LOST):
            self.wait()

    def lost(self, error: BaseException) -> bool:
        """Whether an error of TensorFlow means that another worker is gone.

        Args:
            error: What was raised.

        Returns:
            Whether it does; never where there is no other worker.
        """
        return self._cluster is not None and isinstance(error, _LOST)

    def agree(self, seconds: float, signum: int | None) -> tuple[float, int | None]:
        """What all workers go by from here on, so that they do the same next.

        Args:
            seconds: That the last call took here.
            signum: The signal that came here, or None.

        Returns:
            The seconds of the slowest, and a signal that came to any.
        """
        told = self._all([seconds, float(signum or 0)])
        return float(told[:, 0].max()), int(told[:, 1].max()) or None

    def _all(self, numbers):
        """``(replicas, len(numbers))`` float64: what each says."""
        if self._cluster is None:
            return np.array([numbers])
        return self._gather(tf.constant([numbers], tf.float64)).numpy()

    @tf.function(autograph=False)
    def _gather(self, row):
        def on_one(row):
            context = tf.distribute.get_replica_context()
            replicas = context.num_replicas_in_sync
            own = tf.one_hot(context.replica_id_in_sync_group, replicas, dtype=row.dtype)
            return context.all_reduce(tf.distribute.ReduceOp.SUM, own[:, None] * row)

        with self.strategy.scope():
            return self.strategy.experimental_local_results(self.strategy.run(on_one, (row,)))[0]


def _refused(devices, allowed):
    return UserError(f"--devices: {devices} is not allowed; allowed: {allowed}")


def _parts_of_the_cpu(count):
    """The names of as many logical devices of the CPU, to try things out on."""
    cpu = tf.config.list_physical_devices("CPU")[0]
    try:
        tf.config.set_logical_device_configuration(
            cpu, [tf.config.LogicalDeviceConfiguration()] * count
        )
    except RuntimeError:  # TensorFlow computes already: those that it has.
        count_now = len(tf.config.list_logical_devices("CPU"))
        if count_now < count:
            raise _refused(count, f"{count_now} once TensorFlow has begun to compute") from None
    return [f"CPU:{n}" for n in range(count)]


def _of_workers(cluster, gpus):
    resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(
        tf.train.ClusterSpec(cluster.jobs),
        task_type=cluster.kind,
        task_id=cluster.index,
        num_accelerators={"GPU": gpus},
        rpc_layer="grpc",
    )
    return tf.distribute.MultiWorkerMirroredStrategy(resolver)
