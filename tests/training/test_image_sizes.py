"""Runs on images of any size, new ones and those that acwgan 0.1 began."""

import json
from dataclasses import replace

import numpy as np
import pytest
from run_files import assert_same_run

import acwgan
from acwgan.datasets.dataset import Dataset
from acwgan.errors import UserNotice
from acwgan.files.untrusted import parse_json_object
from acwgan.generation.critic import load_critic
from acwgan.runs import checkpoints
from acwgan.runs.folder import read_config, read_data_spec
from acwgan.training.trainer import train

LABELS = np.arange(8, dtype=np.int32) % 2


@pytest.fixture
def pictures():
    """Colour pictures of 10x9 pixels: neither side is a multiple of 4."""
    images = np.random.default_rng(0).integers(0, 256, (8, 10, 9, 3)).astype(np.uint8)
    return Dataset(images, LABELS, images[:0], LABELS[:0], ("a", "b"))


def test_what_goes_in_is_what_comes_out(pictures, tiny_config, tmp_path):
    config = replace(tiny_config, dataset="pictures", steps=2)
    run_dir = train(config, tmp_path / "run", data=pictures)
    assert read_data_spec(run_dir).image_shape == (10, 9, 3)
    for path in (run_dir, run_dir / "generator.keras"):
        assert acwgan.load(path).generate_labels([0, 1, 1]).shape == (3, 10, 9, 3)
    assert load_critic(run_dir)(pictures.train_images)[0].shape == (8,)


@pytest.mark.long
def test_a_run_of_0_1_goes_on_as_it_began(pictures, tiny_config, tmp_path):
    """It padded the data in its reader, its networks did not grow, and its config has no version.

    12x12 pixels have a grid of 3x3 in the networks of 0.1, and of 6x6 in those of now.
    """
    config = replace(tiny_config, dataset="pictures", decay=False)
    before = replace(config, networks_version=1)
    padded = np.pad(pictures.train_images, [(0, 0), (1, 1), (1, 2), (0, 0)])
    as_read = pictures._replace(train_images=padded, test_images=padded[:0])
    at_once = train(before, tmp_path / "at-once", data=as_read)
    parts = train(replace(before, steps=2), tmp_path / "parts", data=as_read)
    values = parse_json_object((parts / "config.json").read_text())
    del values["networks_version"]
    (parts / "config.json").write_text(json.dumps(values))
    with pytest.warns(UserNotice, match="images are 10x9; padded with black to 12x12"):
        train(config, parts, data=pictures, resume=True)
    assert_same_run(at_once, parts)
    assert read_config(parts).networks_version == 1
    assert checkpoints.latest(parts).name == "step-00000004"
    assert acwgan.load(parts).generate_labels([0, 1]).shape == (2, 12, 12, 3)
