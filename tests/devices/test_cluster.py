import json

import pytest

from acwgan.devices.cluster import WorkerLostError, cluster_of
from acwgan.errors import UserError

TWO = ["a:1", "b:2"]


def tf_config(cluster, kind="worker", index=0):
    return {"TF_CONFIG": json.dumps({"cluster": cluster, "task": {"type": kind, "index": index}})}


def test_the_options_name_the_workers_and_the_first_is_chief():
    cluster = cluster_of(TWO, 1, {})
    assert cluster.addresses == TWO and cluster.rank == 1
    assert cluster_of(TWO, 0, {}).rank == 0


def test_a_chief_of_tf_config_comes_before_its_workers():
    jobs = {"worker": ["b:1", "c:1"], "chief": ["a:1"]}
    assert cluster_of(None, None, tf_config(jobs, "chief")).rank == 0
    assert cluster_of(None, None, tf_config(jobs, "worker", 1)).rank == 2
    assert cluster_of(None, None, tf_config(jobs)).addresses == ["a:1", "b:1", "c:1"]


def test_the_options_come_before_the_environment():
    other = tf_config({"worker": ["x:1", "y:1"]})
    assert cluster_of(TWO, 0, other).addresses == TWO


@pytest.mark.parametrize(
    "environ", [{}, {"TF_CONFIG": ""}, {"TF_CONFIG": "{}"}, tf_config({"worker": ["a:1"]})]
)
def test_a_process_alone_is_no_cluster(environ):
    assert cluster_of(None, None, environ) is None


@pytest.mark.parametrize(
    "workers, index, fault",
    [
        (TWO, None, "--index: is missing; allowed: 0 to 1"),
        (TWO, 2, "--index: 2 is not allowed; allowed: 0 to 1"),
        (["a:1", "b"], 0, "--workers: 'b' is not allowed; allowed: host:port"),
        (["a:1", "b:70000"], 0, "--workers: 'b:70000' is not allowed"),
        (["a:1", "a:1"], 0, "--workers: a:1 is given twice"),
        ([""], 0, "--workers: '' is not allowed"),
        (None, 1, "--index: means nothing without --workers"),
    ],
)
def test_a_fault_of_the_options_is_one_line(workers, index, fault):
    with pytest.raises(UserError) as caught:
        cluster_of(workers, index, {})
    assert str(caught.value).startswith(fault) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "environ, fault",
    [
        ({"TF_CONFIG": "{"}, "TF_CONFIG: cannot be read (JSONDecodeError"),
        ({"TF_CONFIG": "[]"}, "TF_CONFIG: cannot be read (AttributeError"),
        ({"TF_CONFIG": '{"cluster": {"worker": ["a:1"]}}'}, "TF_CONFIG: cannot be read (KeyError"),
        (tf_config({"worker": TWO}, index=2), "TF_CONFIG: worker 2 is not allowed; the cluster"),
        (tf_config({"worker": TWO}, "chief"), "TF_CONFIG: chief 0 is not allowed; the cluster has"),
        (tf_config({"chief": TWO}, "chief"), "TF_CONFIG: chief 0 is not allowed; the cluster has"),
        (tf_config({"worker": ["a", "b:1"]}), "TF_CONFIG: 'a' is not allowed; allowed: host:port"),
        (tf_config({"worker": TWO, "ps": ["c:1"]}), "TF_CONFIG: ps is not allowed; allowed: chief"),
        (tf_config({"worker": TWO}, "evaluator"), "TF_CONFIG: evaluator is not allowed"),
    ],
)
def test_a_fault_of_tf_config_is_one_line(environ, fault):
    with pytest.raises(UserError) as caught:
        cluster_of(None, None, environ)
    assert str(caught.value).startswith(fault) and "\n" not in str(caught.value)


def test_a_lost_worker_has_a_status_of_its_own():
    error = WorkerLostError(cluster_of(TWO, 1, {}))
    assert error.status == 75 and str(error).startswith("worker 1 of 2: another worker is gone")
