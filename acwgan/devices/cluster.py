"""Which processes train one model together, and which of them this one is. Without TensorFlow."""

import dataclasses
import json
import re
from collections.abc import Mapping, Sequence

from acwgan.errors import ParameterError, UserError

#: Kinds of tasks in ``TF_CONFIG`` that train, in the order of their ranks.
_TRAINING = ("chief", "worker")


class WorkerLostError(UserError):
    """Another worker is gone, so that the remaining ones cannot continue.

    Args:
        cluster: The cluster as this process sees it.
    """

    #: The exit status for a temporary failure in sysexits.h: the command may be started again.
    status = 75

    def __init__(self, cluster: "Cluster"):
        super().__init__(
            f"worker {cluster.rank} of {len(cluster.addresses)}: another worker is gone; start all "
            "again with `resume=True`, they resume from the newest checkpoint"
        )


@dataclasses.dataclass(frozen=True)
class Cluster:
    """The workers of one run, as seen by one of them.

    Attributes:
        jobs: Kind of task -> addresses ``host:port``, as in ``TF_CONFIG``.
        kind: The kind of this process.
        index: The number of this process among those of its kind.
    """

    jobs: dict[str, list[str]]
    kind: str
    index: int

    @property
    def addresses(self) -> list[str]:
        """The addresses of all workers, the chief first."""
        return [address for kind in _TRAINING for address in self.jobs.get(kind, [])]

    @property
    def rank(self) -> int:
        """The number of this process among all workers; the chief has 0."""
        return self.index + (len(self.jobs.get("chief", [])) if self.kind == "worker" else 0)


def cluster_of(
    workers: Sequence[str] | None, index: int | None, environ: Mapping[str, str]
) -> Cluster | None:
    """The cluster given by parameters, or else by ``TF_CONFIG``.

    Args:
        workers: ``host:port`` of each worker, the same for all processes; the first is the chief.
        index: The number of this process among ``workers``, counted from 0.
        environ: Environment variables. Kubernetes, Slurm or the launcher of a cloud sets
            ``TF_CONFIG``.

    Returns:
        The cluster; None if this process trains alone.

    Raises:
        ParameterError: If ``workers`` or ``index`` are not allowed.
        UserError: If ``TF_CONFIG`` is not allowed.

    Example:
        >>> cluster_of(["a:1", "b:1"], 1, {}).rank
        1
    """
    cluster: Cluster | None
    if workers is not None:
        cluster = _from_parameters(list(workers), index)
    elif index is not None:
        raise ParameterError({"index": "has no meaning without `workers`; pass both or neither"})
    elif environ.get("TF_CONFIG", "").strip():
        cluster = _from_tf_config(environ["TF_CONFIG"])
    else:
        return None
    return cluster if cluster and len(cluster.addresses) > 1 else None


def _from_parameters(workers: list[str], index: int | None) -> Cluster:
    if fault := _fault_of_addresses(workers):
        raise ParameterError({"workers": fault})
    if index is None or not 0 <= index < len(workers):
        allowed = f"must be from 0 to {len(workers) - 1}, where 0 is the chief"
        raise ParameterError({"index": f"{allowed}, got {index}"})
    return Cluster({"worker": workers}, "worker", index)


def _from_tf_config(text: str) -> Cluster | None:
    try:
        config = json.loads(text)
        jobs = config.get("cluster", {})
        if not jobs:
            return None  # TensorFlow also reads this as a process that trains alone.
        task = config["task"]
        cluster = Cluster(
            {kind: list(addresses) for kind, addresses in jobs.items()},
            task["type"],
            int(task["index"]),
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        form = '{"cluster": {"worker": ["host:port", ...]}, "task": {"type": ..., "index": ...}}'
        raise UserError(f"TF_CONFIG cannot be read ({error!r}); it must be {form}") from error
    others = sorted({*cluster.jobs, cluster.kind} - {*_TRAINING})
    if others:
        raise UserError(f"TF_CONFIG must only name chief and worker, got {', '.join(others)}")
    if fault := _fault_of_addresses(cluster.addresses):
        raise UserError(f"TF_CONFIG {fault}")
    chiefs, count = (len(cluster.jobs.get(kind, [])) for kind in ("chief", cluster.kind))
    if chiefs > 1:
        raise UserError(f"TF_CONFIG must name at most 1 chief, got {chiefs}")
    if not 0 <= cluster.index < count:
        raise UserError(
            f"TF_CONFIG must name a task of its cluster, got {cluster.kind} {cluster.index} of "
            f"{count}, counted from 0"
        )
    return cluster


def _fault_of_addresses(addresses: list[str]) -> str | None:
    if not addresses:
        return "must name at least one worker as host:port"
    for address in addresses:
        match = isinstance(address, str) and re.fullmatch(r"[^\s,/]+:(\d{1,5})", address)
        if not match or not 0 < int(match[1]) < 65536:
            return f"must be host:port for each worker, got {address!r}"
        if addresses.count(address) > 1:
            return f"must be different for each worker, but {address} appears twice"
    return None
