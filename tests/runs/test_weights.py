import json
from dataclasses import replace

import numpy as np
import pytest

from acwgan.presets import ARTICLE
from acwgan.runs import checkpoints, folder, weights
from acwgan.runs.checkpoints import CheckpointError, Position
from acwgan.runs.folder import DataSpec
from acwgan.training.build import build_model


def test_save_and_restore_give_the_same_model(tiny_config, tmp_path):
    one = build_model(tiny_config)
    one.update_generator(np.ones((4, 64), np.float32), np.arange(4), np.array([0, 0]))
    path = weights.save(
        one, tmp_path / "checkpoints", Position(1, 0, 2, {"metrics.csv": 5}), keep=3
    )
    other = build_model(replace(tiny_config, seed=99))
    weights.restore(other, path)
    for part in ("generator", "critic", "average", "generator_optimizer", "critic_optimizer"):
        variables = [getattr(model, part).variables for model in (one, other)]
        for a, b in zip(*variables, strict=True):
            assert np.array_equal(a, b), (part, a.path)
    assert checkpoints.position(path) == Position(1, 0, 2, {"metrics.csv": 5})


def test_the_newest_are_kept_also_those_saved_within_a_burst(tiny_config, tmp_path):
    model = build_model(tiny_config)
    for step, done in [(8, 0), (9, 0), (9, 40), (10, 0)]:
        newest = weights.save(
            model, tmp_path / "checkpoints", Position(step, done, 100, {}), keep=2
        )
        assert checkpoints.latest(tmp_path) == newest
    names = sorted(path.name for path in (tmp_path / "checkpoints").iterdir())
    assert names == ["step-00000009+00040", "step-00000010"]


def test_a_partial_checkpoint_is_passed_over(tiny_config, tmp_path):
    model = build_model(tiny_config)
    whole = weights.save(model, tmp_path / "checkpoints", Position(1, 0, 2, {}), keep=3)
    (tmp_path / "checkpoints" / "partial-step-00000002").mkdir()
    assert checkpoints.latest(tmp_path) == whole


def test_no_checkpoint_is_none(tmp_path):
    assert checkpoints.latest(tmp_path) is None


@pytest.mark.parametrize("damage", ["other networks", "truncated", "deleted"])
def test_a_checkpoint_that_does_not_fit_is_named(tiny_config, tmp_path, damage):
    path = weights.save(
        build_model(tiny_config), tmp_path / "checkpoints", Position(1, 0, 2, {}), keep=3
    )
    data = path / "state.data-00000-of-00001"
    if damage == "truncated":
        data.write_bytes(data.read_bytes()[:1000])
    elif damage == "deleted":
        data.unlink()
    model = build_model(ARTICLE if damage == "other networks" else tiny_config)
    fault = "cannot be restored" if damage == "other networks" else "is damaged"
    with pytest.raises(CheckpointError, match=rf"step-00000001: {fault} \(.+\)\."):
        weights.restore(model, path)


def test_a_checkpoint_with_too_few_arrays_is_one_short_line(tiny_config, tmp_path):
    without = build_model(replace(tiny_config, ema_decay=None))
    path = weights.save(without, tmp_path / "checkpoints", Position(1, 0, 2, {}), keep=3)
    with pytest.raises(CheckpointError, match=r"restored \(it has other arrays than the networks"):
        weights.restore(build_model(tiny_config), path)


def test_a_position_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "position.json").write_text("{")
    with pytest.raises(CheckpointError, match=r"has no readable position\.json"):
        checkpoints.position(tmp_path)


def test_the_generator_alone_is_the_moving_average_in_float32(tiny_config, tmp_path):
    model = build_model(tiny_config)
    model.update_generator(np.ones((4, 64), np.float32), np.arange(4), np.array([0, 0]))
    path = weights.save(model, tmp_path / "checkpoints", Position(1, 0, 2, {}), keep=3)
    generator = weights.restore_generator(
        path, tiny_config, DataSpec((28, 28, 1), tuple("0123456789"), 8)
    )
    for a, b in zip(generator.weights, model.average.weights, strict=True):
        assert np.array_equal(a, b)
    assert {layer.compute_dtype for layer in generator.layers} <= {"float32", "int32"}


def test_the_best_is_kept_apart_from_the_newest(tiny_config, tmp_path):
    model = build_model(tiny_config)
    assert checkpoints.best(tmp_path) is None
    for step in (1, 2):
        weights.save(model, tmp_path / "best", Position(step, 0, 2, {}, 7.5 - step), keep=1)
        weights.save(model, tmp_path / "checkpoints", Position(step + 5, 0, 2, {}), keep=1)
    assert checkpoints.best(tmp_path).parent == tmp_path / "best"
    assert checkpoints.position(checkpoints.best(tmp_path)).best == 5.5
    assert checkpoints.position(checkpoints.latest(tmp_path)).generator_step == 7


def test_the_last_whole_checkpoint_stays_where_newer_ones_are_left(tiny_config, tmp_path):
    model, folder = build_model(tiny_config), tmp_path / "checkpoints"
    for name in ("step-00000008", "step-00000009"):
        (folder / name).mkdir(parents=True)
    kept = weights.save(model, folder, Position(7, 0, 7, {}), keep=1)
    assert list(folder.iterdir()) == [kept]


def test_another_state_at_the_same_position_takes_its_place(tiny_config, tmp_path):
    model, folder = build_model(tiny_config), tmp_path / "best"
    path = weights.save(model, folder, Position(7, 0, 7, {}), keep=1)
    before = path.stat().st_ino
    assert weights.save(model, folder, Position(7, 0, 7, {"a": 1}), keep=1) == path
    assert path.stat().st_ino == before
    weights.save(model, folder, Position(7, 0, 7, {}, rates=0.5), keep=1)
    assert checkpoints.position(path).rates == 0.5
    assert list(folder.iterdir()) == [path]


def test_nothing_is_saved_where_the_run_folder_is_gone(tiny_config, tmp_path):
    with pytest.raises(FileNotFoundError):
        weights.save(build_model(tiny_config), tmp_path / "gone" / "best", Position(1, 0, 1, {}), 1)
    assert not (tmp_path / "gone").exists()


@pytest.mark.parametrize(
    "change",
    [
        {"generator_step": "many"},
        {"critic_steps": -1},
        {"done": 10**30},
        {"logs": {"metrics.csv": -5}},
        {"logs": []},
        {"best": "low"},
    ],
)
def test_a_position_with_bad_values_is_named(tmp_path, change):
    good = {"generator_step": 1, "done": 0, "critic_steps": 5, "logs": {"metrics.csv": 3}}
    (tmp_path / "position.json").write_text(json.dumps(good))
    assert checkpoints.position(tmp_path).logs == {"metrics.csv": 3}
    (tmp_path / "position.json").write_text(json.dumps(good | change))
    with pytest.raises(CheckpointError, match=r"has no readable position\.json"):
        checkpoints.position(tmp_path)


def test_sizes_beyond_the_files_are_refused_before_anything_is_allocated(trained_run, tiny_config):
    best, data_spec = checkpoints.best(trained_run), folder.read_data_spec(trained_run)
    for changed, shape in [
        (replace(tiny_config, latent_dim=2**20), data_spec.image_shape),
        (tiny_config, (4096, 4096, 1)),
    ]:
        with pytest.raises(CheckpointError, match=r"its weights should have [\d,]{10,} bytes"):
            weights.restore_generator(best, changed, data_spec._replace(image_shape=shape))
