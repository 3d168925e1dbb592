"""Which processes train one model together, and which of them this one is. No TensorFlow here."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from acwgan.errors import UserError

#: Kinds of tasks in ``TF_CONFIG`` that train, in the order of their numbers.
_TRAINING = ("chief", "worker")


class WorkerLostError(UserError):
    """Another worker is gone, so that nothing more can be computed together.

    Args:
        cluster: As this process sees it.
    """

    #: Exit status, as for "temporary failure" in sysexits.h: to be started again.
    status = 75

    def __init__(self, cluster: "Cluster"):
        super().__init__(
            f"worker {cluster.rank} of {len(cluster.addresses)}: another worker is gone; start all "
            "again with --resume, they go on from the newest checkpoint"
        )


class Cluster(NamedTuple):
    """The workers of one run, as seen by one of them.

    Attributes:
        jobs: Kind of task -> addresses ``host:port``, as in ``TF_CONFIG``.
        kind: Of this process.
        index: Of this process among those of its kind.
    """

    jobs: dict[str, list[str]]
    kind: str
    index: int

    @property
    def addresses(self) -> list[str]:
        """Of all workers, the chief first."""
        return [address for kind in _TRAINING for address in self.jobs.get(kind, [])]

    @property
    def rank(self) -> int:
        """The number of this process among all; the chief has 0."""
        return self.index + (len(self.jobs.get("chief", [])) if self.kind == "worker" else 0)


def cluster_of(
    workers: Sequence[str] | None, index: int | None, environ: Mapping[str, str]
) -> Cluster | None:
    """The cluster that the command line names, or else ``TF_CONFIG`` does.

    Args:
        workers: ``host:port`` of each worker, the same everywhere; the first is the chief.
        index: Which of them this process is, from 0.
        environ: The environment, where Kubernetes, Slurm or a cloud's launcher puts ``TF_CONFIG``.

    Returns:
        The cluster; None where this process trains alone.

    Raises:
        UserError: If it is named badly, in one line.

    Example:
        >>> cluster_of(["a:1", "b:1"], 1, {}).rank
        1
    """
    if workers is not None:
        cluster = _of_options(list(workers), index)
    elif index is not None:
        raise UserError("--index: means nothing without --workers host:port,host:port")
    elif environ.get("TF_CONFIG", "").strip():
        cluster = _of_tf_config(environ["TF_CONFIG"])
    else:
        return None
    return cluster if cluster and len(cluster.addresses) > 1 else None


def _of_options(workers, index):
    _check_addresses("--workers", workers)
    if index is None or not 0 <= index < len(workers):
        given = "is missing" if index is None else f"{index} is not allowed"
        raise UserError(f"--index: {given}; allowed: 0 to {len(workers) - 1}, the first is chief")
    return Cluster({"worker": workers}, "worker", index)


def _of_tf_config(text):
    try:
        config = json.loads(text)
        jobs = config.get("cluster", {})
        if not jobs:
            return None  # As TensorFlow reads it: a process alone.
        task = config["task"]
        cluster = Cluster(
            {kind: list(addresses) for kind, addresses in jobs.items()},
            task["type"],
            int(task["index"]),
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        what = '{"cluster": {"worker": ["host:port", ...]}, "task": {"type": ..., "index": ...}}'
        raise UserError(f"TF_CONFIG: cannot be read ({error!r}); it must be {what}") from error
    others = sorted({*cluster.jobs, cluster.kind} - {*_TRAINING})
    if others:
        raise UserError(f"TF_CONFIG: {', '.join(others)} is not allowed; allowed: chief, worker")
    _check_addresses("TF_CONFIG", cluster.addresses)
    count = len(cluster.jobs.get(cluster.kind, []))
    if not 0 <= cluster.index < count or len(cluster.jobs.get("chief", [])) > 1:
        raise UserError(
            f"TF_CONFIG: {cluster.kind} {cluster.index} is not allowed; the cluster has "
            f"{len(cluster.jobs.get('chief', []))} chief (at most 1) and "
            f"{len(cluster.jobs.get('worker', []))} workers, counted from 0"
        )
    return cluster


def _check_addresses(where, addresses):
    for address in addresses:
        match = isinstance(address, str) and re.fullmatch(r"[^\s,/]+:(\d{1,5})", address)
        if not match or not 0 < int(match[1]) < 65536:
            raise UserError(f"{where}: {address!r} is not allowed; allowed: host:port")
        if addresses.count(address) > 1:
            raise UserError(f"{where}: {address} is given twice")
    if not addresses:
        raise UserError(f"{where}: names no workers; allowed: host:port,host:port")
