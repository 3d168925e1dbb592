import json

import pytest

from acwgan.devices.cluster import WorkerLostError, cluster_of
from acwgan.errors import ParameterError, UserError

TWO = ["a:1", "b:2"]


def tf_config(cluster, kind="worker", index=0):
    return {"TF_CONFIG": json.dumps({"cluster": cluster, "task": {"type": kind, "index": index}})}


def test_the_first_worker_is_the_chief():
    cluster = cluster_of(TWO, 1, {})
    assert cluster.addresses == TWO and cluster.rank == 1
    assert cluster_of(TWO, 0, {}).rank == 0


def test_a_chief_of_tf_config_comes_before_its_workers():
    jobs = {"worker": ["b:1", "c:1"], "chief": ["a:1"]}
    assert cluster_of(None, None, tf_config(jobs, "chief")).rank == 0
    assert cluster_of(None, None, tf_config(jobs, "worker", 1)).rank == 2
    assert cluster_of(None, None, tf_config(jobs)).addresses == ["a:1", "b:1", "c:1"]


def test_parameters_win_over_the_environment():
    other = tf_config({"worker": ["x:1", "y:1"]})
    assert cluster_of(TWO, 0, other).addresses == TWO


@pytest.mark.parametrize(
    "environ", [{}, {"TF_CONFIG": ""}, {"TF_CONFIG": "{}"}, tf_config({"worker": ["a:1"]})]
)
def test_a_single_process_is_no_cluster(environ):
    assert cluster_of(None, None, environ) is None


@pytest.mark.parametrize(
    "workers, index, fault",
    [
        (TWO, None, "`index` must be from 0 to 1, where 0 is the chief, got None"),
        (TWO, 2, "`index` must be from 0 to 1, where 0 is the chief, got 2"),
        (["a:1", "b"], 0, "`workers` must be host:port for each worker, got 'b'"),
        (["a:1", "b:70000"], 0, "`workers` must be host:port for each worker, got 'b:70000'"),
        (["a:1", "a:1"], 0, "`workers` must be different for each worker, but a:1 appears twice"),
        ([""], 0, "`workers` must be host:port for each worker, got ''"),
        ([], 0, "`workers` must name at least one worker as host:port"),
        (None, 1, "`index` has no meaning without `workers`; pass both or neither"),
    ],
)
def test_wrong_parameters_are_refused_in_one_line(workers, index, fault):
    with pytest.raises(ParameterError) as caught:
        cluster_of(workers, index, {})
    assert str(caught.value).startswith(fault) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "environ, fault",
    [
        ({"TF_CONFIG": "{"}, "TF_CONFIG cannot be read (JSONDecodeError"),
        ({"TF_CONFIG": "[]"}, "TF_CONFIG cannot be read (AttributeError"),
        ({"TF_CONFIG": '{"cluster": {"worker": ["a:1"]}}'}, "TF_CONFIG cannot be read (KeyError"),
        (
            tf_config({"worker": TWO}, index=2),
            "TF_CONFIG must name a task of its cluster, got worker 2 of 2, counted from 0",
        ),
        (
            tf_config({"worker": TWO}, "chief"),
            "TF_CONFIG must name a task of its cluster, got chief 0 of 0, counted from 0",
        ),
        (tf_config({"chief": TWO}, "chief"), "TF_CONFIG must name at most 1 chief, got 2"),
        (
            tf_config({"worker": ["a", "b:1"]}),
            "TF_CONFIG must be host:port for each worker, got 'a'",
        ),
        (
            tf_config({"worker": TWO, "ps": ["c:1"]}),
            "TF_CONFIG must only name chief and worker, got ps",
        ),
        (
            tf_config({"worker": TWO}, "evaluator"),
            "TF_CONFIG must only name chief and worker, got evaluator",
        ),
    ],
)
def test_a_wrong_tf_config_is_refused_in_one_line(environ, fault):
    with pytest.raises(UserError) as caught:
        cluster_of(None, None, environ)
    assert str(caught.value).startswith(fault) and "\n" not in str(caught.value)


def test_a_lost_worker_has_its_own_exit_status():
    error = WorkerLostError(cluster_of(TWO, 1, {}))
    assert error.status == 75 and str(error).startswith("worker 1 of 2: another worker is gone")
