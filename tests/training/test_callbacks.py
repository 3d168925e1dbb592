"""What a real training writes down, read back with TensorBoard's own reader."""

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf
from run_files import read_events, read_rows, steps

from acwgan.presets import ARTICLE
from acwgan.training.trainer import train


@pytest.fixture(scope="module")
def run_dir(tiny_config, tmp_path_factory):
    """Ten steps, each with a row and a picture."""
    config = replace(tiny_config, steps=10, log_every=1, sample_every=1, n_critic=1)
    return train(config, tmp_path_factory.mktemp("runs") / "ten")


def test_pictures_come_often_others_now_and_then_and_films_as_they_grow(run_dir):
    every = list(range(1, 11))
    assert steps(run_dir, "samples/grid") == steps(run_dir, "weights/critic") == every
    assert steps(run_dir, "samples/fresh") == steps(run_dir, "samples/walk") == [5, 10]
    assert steps(run_dir, "samples/video") == [2, 3, 5, 8, 10]


def test_the_estimate_on_held_out_images_stands_beside_the_other(run_dir):
    events = read_events(run_dir).Tensors("wasserstein_estimate_held_out")
    values = [float(tf.make_ndarray(event.tensor_proto)) for event in events]
    rows = read_rows(run_dir)
    assert values == pytest.approx(
        [float(row["wasserstein_estimate_held_out"]) for row in rows], rel=1e-5
    )
    assert len(set(values)) == 10 and np.isfinite(values).all()


def test_settings_networks_and_classes_have_their_pages(run_dir):
    tags = read_events(run_dir).Tags()
    assert tags["graph"] and {"_hparams_/experiment", "custom_scalars__config__"} <= set(
        tags["tensors"]
    )
    assert (run_dir / "class_names.tsv").read_text().split() == list("0123456789")
    points = np.loadtxt(run_dir / "class_embedding.tsv")
    assert points.shape == (10, 64)


def test_a_run_on_the_test_images_too_has_none_held_out(tiny_config, tmp_path):
    config = replace(tiny_config, **{"include_test": True, "networks": "mlp", "steps": 2})
    assert "wasserstein_estimate_held_out" not in read_rows(train(config, tmp_path / "run"))[0]
    clipped = replace(ARTICLE, networks="mlp", steps=1, log_every=1, batch_size=4, n_critic=1)
    clipped = replace(clipped, schedule="constant", precision="float32")
    assert 0 < float(read_rows(train(clipped, tmp_path / "clip"))[0]["weights/clipped_share"]) < 1
