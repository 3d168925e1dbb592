import csv

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from acwgan.summaries import RunLog


def read_events(folder):
    """With TensorBoard's own reader, keeping every image."""
    reader = EventAccumulator(str(folder), size_guidance={"tensors": 0})
    return reader.Reload()


def read_rows(folder):
    """The rows of metrics.csv, column -> text."""
    return list(csv.DictReader((folder / "metrics.csv").read_text().splitlines()))


def quality(folder):
    """The rows of quality.csv, column -> text."""
    return list(csv.DictReader((folder / "quality.csv").read_text().splitlines()))


def steps(folder, tag):
    return [event.step for event in read_events(folder).Tensors(tag)]


@pytest.fixture
def log(tmp_path):
    log = RunLog(tmp_path, {})
    yield log
    log.close()


def write(log, step):
    log.scalars(step, {"loss/critic": -step / 3, "score/real": 2.5}, speed=1.5)
    log.samples(step, np.full((20, 4, 4, 1), step, np.uint8), columns=10)


def test_scalars_are_the_same_in_tensorboard_and_in_the_table(log, tmp_path):
    for step in (2, 4):
        write(log, step)
    log.close()
    rows = read_rows(tmp_path)
    assert [int(row["generator_step"]) for row in rows] == [2, 4]
    events = read_events(tmp_path)
    for tag in ("loss/critic", "score/real"):
        values = [float(tf.make_ndarray(event.tensor_proto)) for event in events.Tensors(tag)]
        assert values == pytest.approx([float(row[tag]) for row in rows])
    assert steps(tmp_path, "speed/generator_steps_per_second") == [2, 4]
    assert "speed/generator_steps_per_second" not in rows[0]


def test_the_grid_has_one_tag_and_a_slider_step_each_time(log, tmp_path):
    for step in (2, 4, 6):
        write(log, step)
    log.close()
    events = read_events(tmp_path)
    images = [tag for tag in events.Tags()["tensors"] if tag.startswith("samples")]
    assert images == ["samples/grid"]
    assert steps(tmp_path, "samples/grid") == [2, 4, 6]
    width, height, png = tf.make_ndarray(events.Tensors("samples/grid")[0].tensor_proto)
    assert (width, height) == (b"40", b"8") and tf.io.decode_png(png)[0, 0, 0] == 2
    with Image.open(tmp_path / "samples" / "step-00000004.png") as picture:
        assert picture.size == (40, 8)


def test_what_was_written_after_the_checkpoint_is_cut_off(tmp_path):
    log = RunLog(tmp_path, {})
    write(log, 2)
    sizes = log.sizes()
    write(log, 4)  # Lost: the process was killed before the next checkpoint.
    log.close()
    again = RunLog(tmp_path, sizes)
    write(again, 4)
    sizes = again.sizes()
    write(again, 6)
    again.close()
    RunLog(tmp_path, sizes).close()
    assert steps(tmp_path, "loss/critic") == steps(tmp_path, "samples/grid") == [2, 4]
    rows = (tmp_path / "metrics.csv").read_text().splitlines()
    assert [row.split(",")[0] for row in rows] == ["generator_step", "2", "4"]


def test_a_run_without_a_checkpoint_begins_with_empty_logs(tmp_path):
    log = RunLog(tmp_path, {})
    write(log, 2)
    log.close()
    RunLog(tmp_path, {}).close()
    assert not (tmp_path / "metrics.csv").exists()
    assert "loss/critic" not in read_events(tmp_path).Tags()["tensors"]


def test_quality_has_a_table_of_its_own_and_the_same_figures_in_tensorboard(log, tmp_path):
    for step in (100, 200):
        log.quality(step, {"quality/class_accuracy": step / 300})
    assert [row["generator_step"] for row in quality(tmp_path)] == ["100", "200"]
    log.sizes()
    events = read_events(tmp_path).Tensors("quality/class_accuracy")
    in_tensorboard = [float(tf.make_ndarray(event.tensor_proto)) for event in events]
    in_table = [float(row["quality/class_accuracy"]) for row in quality(tmp_path)]
    assert in_table == pytest.approx(in_tensorboard)
    assert in_table == pytest.approx([1 / 3, 2 / 3])


def test_a_table_of_somebody_else_is_left_alone(tmp_path):
    (tmp_path / "scores.csv").write_text("mine")
    log = RunLog(tmp_path, {})
    assert "scores.csv" not in log.sizes()
    log.close()
    assert (tmp_path / "scores.csv").read_text() == "mine"
