"""Schedules, optimizers, losses and other parts that a program adds to the tables."""

import re
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from long_ones import parameters
from run_files import assert_same_run, state

from acwgan.cli import app
from acwgan.config import Config, ConfigError
from acwgan.errors import ParameterError
from acwgan.images.pixels import to_uint8
from acwgan.presets import PRESETS
from acwgan.runs import checkpoints
from acwgan.runs.folder import read_config
from acwgan.training.build import build_model
from acwgan.training.trainer import train
from acwgan.wgan import (
    AVERAGES,
    LATENTS,
    LOSSES,
    OPTIMIZERS,
    PENALTIES,
    SCHEDULES,
    LatentDistribution,
)
from acwgan.wgan.losses import Losses, class_loss

TABLE = {0: 5, 2: 4}


@pytest.fixture
def mine(monkeypatch):
    """A name in every table."""
    monkeypatch.setitem(SCHEDULES, "mine", lambda n_critic: lambda step: TABLE.get(step, n_critic))
    monkeypatch.setitem(
        OPTIMIZERS,
        "mine",
        lambda rate: keras.optimizers.Lion(keras.optimizers.schedules.CosineDecay(rate, 4)),
    )
    monkeypatch.setitem(
        LOSSES, "mine", lambda: Losses(generator=lambda scores: -2 * tf.reduce_mean(scores))
    )
    monkeypatch.setitem(
        PENALTIES, "mine", lambda inputs: tf.reduce_mean(tf.square(inputs.real_scores))
    )
    monkeypatch.setitem(
        LATENTS,
        "mine",
        LatentDistribution(
            "z_mine",
            lambda shape, key: 2 * tf.random.stateless_normal(shape, key),
            lambda rng, shape: 2 * rng.standard_normal(shape, dtype="float32"),
        ),
    )
    monkeypatch.setitem(AVERAGES, "mine", lambda rules: lambda t: tf.where(t < 3.0, 0.25, 0.5))
    fields = ("schedule", "optimizer", "loss", "penalty", "averaging", "latent")
    return {**dict.fromkeys(fields, "mine"), "decay": False, "gp_every": 1}


@pytest.fixture(scope="module")
def data(digits):
    return to_uint8(digits[0]), np.arange(8) % 4


def test_a_class_loss_of_ones_own_needs_no_joint_update(monkeypatch):
    """Only the critic's own loss does: the article's recipe updates on real, then on fakes."""
    rows = {
        "doubled": lambda: Losses(classes=lambda labels, logits: 2 * class_loss(labels, logits)),
        "critic": lambda: Losses(critic=lambda real, fake: tf.reduce_mean(fake - real)),
    }
    for name, row in rows.items():
        monkeypatch.setitem(LOSSES, name, row)
    article = replace(PRESETS["article"], networks="mlp", latent_dim=4)
    model = build_model(replace(article, loss="doubled"), (8, 8, 1), 4)
    assert float(model.loss_terms.classes([0], [[0.0, 0.0]])) == pytest.approx(2 * np.log(2))
    with pytest.raises(ParameterError, match="joint_update"):
        build_model(replace(article, loss="critic"), (8, 8, 1), 4)


def test_the_program_that_changes_the_loss_works(monkeypatch, tmp_path):
    """As it stands in docs/from_tutorials.md, with small networks and two steps."""
    monkeypatch.setitem(LOSSES, "smoothed", None)  # Taken out again after the test.
    monkeypatch.chdir(tmp_path)
    page = (Path(__file__).parents[2] / "docs" / "from_tutorials.md").read_text(encoding="utf-8")
    programs = re.findall(r"^```python\n(.*?)^```", page, re.M | re.S)
    (program,) = (program for program in programs if "LOSSES[" in program)
    small = "steps=2, schedule='constant', n_critic=1, batch_size=4, networks='mlp', "
    small += "log_every=1, sample_every=2"
    exec(program.replace("steps=1000", small), {})
    assert read_config(tmp_path / "out" / "smoothed").loss == "smoothed"


def test_a_run_of_own_parts_resumes_bit_for_bit(tiny_config, data, mine, tmp_path):
    config = replace(tiny_config, **mine)
    whole = train(config, tmp_path / "whole", data=data)
    assert checkpoints.position(checkpoints.latest(whole)).critic_steps == 5 + 2 + 4 + 2

    class StopsAtTwo(keras.callbacks.Callback):
        every = 2

        def on_train_batch_end(self, batch, logs=None):
            self.model.stop_training = True

    part = train(config, tmp_path / "part", data=data, callbacks=StopsAtTwo())
    train(config, part, data=data, resume=True)
    assert_same_run(part, whole)
    assert (
        app.main(["generate", "0123", "--checkpoint", str(whole), "--out", f"{tmp_path}/x.png"])
        == 0
    )


@pytest.fixture(scope="module")
def shipped(tiny_config, data, tmp_path_factory):
    """The config and the state of a run of shipped parts."""
    config = replace(tiny_config, networks="mlp", gp_every=1, decay=False)
    return config, state(train(config, tmp_path_factory.mktemp("parts") / "shipped", data=data))


@pytest.mark.parametrize(
    "field",
    parameters(
        ["schedule", "loss", "penalty", "optimizer", "averaging", "latent"],
        {"optimizer", "averaging", "latent"}.__contains__,
    ),
)
def test_each_part_changes_the_weights(data, mine, shipped, tmp_path, field):
    config, shipped = shipped
    own = state(train(replace(config, **{field: "mine"}), tmp_path / "own", data=data))
    part = "average" if field == "averaging" else "generator"
    common = {name for name in shipped.keys() & own.keys() if part in name}
    assert common and any(not np.array_equal(shipped[name], own[name]) for name in common)


@pytest.mark.long
def test_a_run_of_parts_that_this_process_lacks_draws_and_says_what_it_lacks(
    tiny_config, data, mine, tmp_path, monkeypatch
):
    config = replace(tiny_config, **mine | {"latent": "normal"})
    run_dir = train(config, tmp_path / "run", data=data)
    for table in (SCHEDULES, OPTIMIZERS, LOSSES, PENALTIES, AVERAGES):
        monkeypatch.delitem(table, "mine")
    assert (
        app.main(["generate", "0123", "--checkpoint", str(run_dir), "--out", f"{tmp_path}/x.png"])
        == 0
    )
    before = sorted(path.name for path in run_dir.rglob("*"))
    with pytest.raises(
        ConfigError,
        match=r"`averaging` is 'mine', .*`schedule` is 'mine', which the program that began the "
        r"run has added to acwgan\.wgan\.SCHEDULES; add it in this one too",
    ):
        train(read_config(run_dir), run_dir, data=data, resume=True)
    assert sorted(path.name for path in run_dir.rglob("*")) == before


@pytest.mark.parametrize(
    "schedule, fault",
    [
        ({0: 3, 1: 4}.get, "must give whole numbers of critic updates, 1 or more; mine gives None"),
        (lambda step: 0, "1 or more; mine gives 0 at generator step 0"),
        (lambda step: 2.5, "1 or more; mine gives 2.5 at generator step 0"),
        ([1, 2, 3].__getitem__, "mine fails at generator step 3: IndexError: list index out of"),
    ],
)
def test_a_schedule_that_gives_no_numbers_is_refused_before_anything_is_written(
    tiny_config, data, tmp_path, monkeypatch, schedule, fault
):
    monkeypatch.setitem(SCHEDULES, "mine", lambda n_critic: schedule)
    with pytest.raises(ParameterError, match=f"`schedule` {fault}|`schedule` .*{fault}"):
        train(replace(tiny_config, schedule="mine"), tmp_path / "run", data=data)
    assert not (tmp_path / "run").exists()


def test_unknown_names_are_refused_where_they_are_given():
    with pytest.raises(ConfigError, match="`schedule` must be one of constant, paper, article"):
        Config(schedule="mine")


@pytest.mark.parametrize("name", ["a b", "", "x" * 51, "\x1b[0m"])
def test_a_file_may_not_name_just_anything(name):
    text = (
        Config()
        .to_json()
        .replace(
            '"schedule": "paper"',
            f'"schedule": {name!r}'.replace("'", '"').replace("\\x1b", "\\u001b"),
        )
    )
    with pytest.raises(ConfigError, match="`schedule` must be one of"):
        Config.from_json(text)
