import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acwgan.config import Config, ConfigError, differing_fields
from acwgan.datasets.options import ReadOptions
from acwgan.errors import UserError
from acwgan.presets import PRESETS
from acwgan.wgan.optimizers import OPTIMIZERS

NUMBERS = [field.name for field in dataclasses.fields(Config) if "choices" not in field.metadata]


@pytest.mark.parametrize(
    "field, value, allowed",
    [
        ("batch_size", 0, "a whole number, 1 or more"),
        ("batch_size", 2.5, "a whole number, 1 or more"),
        ("batch_size", True, "a whole number, 1 or more"),
        ("clip_value", 0, "above 0 or None"),
        ("clip_value", float("nan"), "above 0 or None"),
        ("gp_weight", "10", "above 0 or None"),
        ("ema_decay", 1.0, "above 0 and below 1 or None"),
        ("averaging", "median", "one of warm-up, constant, uniform, power"),
        ("averaging_from", -1, "a whole number, 0 or more"),
        ("averaging_gamma", float("inf"), "0 or more"),
        ("critic_learning_rate", 0, "above 0 or None"),
        ("seed", 2**31, "a whole number from 0 to 2147483647"),
        ("schedule", "daily", "one of constant, paper, article"),
        ("schedule", ["paper"], "one of constant, paper, article"),
        ("joint_update", "yes", "True or False"),
        ("dataset", "", "a text"),
        ("judge", 3, "a text or None"),
        ("precision", "float16", "one of auto, float32, bfloat16"),
        ("random_streams", 3, "a whole number from 1 to 2"),
        ("networks_version", 5, "a whole number from 1 to 4"),
        ("image_order", "sorted", "one of epochs, batches"),
        ("optimizer", "sgd", f"one of {', '.join(OPTIMIZERS)}"),
    ],
)
def test_a_bad_value_is_named_with_what_is_allowed(field, value, allowed):
    with pytest.raises(ConfigError) as caught:
        Config(**{field: value})
    assert caught.value.faults == {field: f"must be {allowed}, got {value!r}"}
    assert isinstance(caught.value, UserError)


def test_all_bad_fields_are_reported_at_once():
    with pytest.raises(ConfigError, match=r"`batch_size` must .* -1; `steps` must .* 0") as caught:
        Config(steps=0, batch_size=-1)
    assert set(caught.value.faults) == {"steps", "batch_size"}


def test_a_penalty_needs_the_joint_update():
    with pytest.raises(ConfigError, match="`joint_update` must be True with a gradient"):
        Config(gp_weight=10.0, joint_update=False)


def test_another_average_needs_an_average():
    with pytest.raises(ConfigError, match="`averaging` is 'uniform', but with `ema_decay` None"):
        Config(averaging="uniform", ema_decay=None)


def test_a_penalty_needs_a_critic_that_sees_examples_one_by_one():
    with pytest.raises(
        ConfigError, match="`gp_weight` must be None with networks dcgan, whose critic has batch"
    ):
        Config(networks="dcgan")
    assert Config(networks="dcgan", gp_weight=None).gp_weight is None


@pytest.mark.parametrize(
    "lengths",
    [{"steps": 5, "epochs": 1.5}, {"steps": 16_000, "minutes": 1}, {"epochs": 1, "minutes": 1}],
)
def test_a_run_has_one_length(lengths):
    with pytest.raises(ConfigError, match="`steps` and `epochs` and `minutes` exclude each other"):
        Config(**lengths)


def test_another_length_takes_the_place_of_the_default_number_of_steps():
    assert Config().steps == 16_000
    assert (Config(epochs=0.5).epochs, Config(epochs=0.5).steps) == (0.5, None)
    assert (Config(minutes=2).minutes, Config(minutes=2).steps) == (2, None)


def test_json_round_trip():
    config = Config(seed=3, clip_value=0.01, gp_weight=None)
    assert Config.from_json(config.to_json()) == config


def test_json_with_an_unknown_and_a_missing_key_is_refused():
    values = json.loads(Config().to_json())
    del values["seed"]
    with pytest.raises(ConfigError) as caught:
        Config.from_json(json.dumps(values | {"sede": 1}))
    assert caught.value.faults == {
        "sede": "is not a field of this version",
        "seed": "is missing",
    }


def of_0_1(config, **changes):
    """The ``config.json`` that acwgan 0.1 wrote for these values."""
    values = json.loads(config.to_json()) | changes
    for name in ("random_streams", "image_order", "fakes_in_inference", "networks_version"):
        del values[name]
    return json.dumps(values)


@pytest.mark.parametrize(
    "preset, names, now",
    [
        ("acwgan", {}, {}),
        ("article", {"optimizer": "rmsprop"}, {"optimizer": "rmsprop-keras3"}),
        (
            "wgan",
            {"optimizer": "rmsprop", "networks": "wgan"},
            {"optimizer": "rmsprop-keras3", "networks": "wgan-0.1"},
        ),
        (
            "wgan-mlp",
            {"optimizer": "rmsprop", "networks": "mlp"},
            {"optimizer": "rmsprop-keras3", "networks": "mlp-0.1"},
        ),
        ("wgan-gp", {}, {}),
    ],
)
def test_a_config_of_0_1_stays_what_it_was_trained_with(preset, names, now):
    config = PRESETS[preset]
    read = Config.from_json(of_0_1(config, **names))
    now = now | {"random_streams": 1, "image_order": "epochs", "fakes_in_inference": False}
    now = now | {"networks_version": 1}
    assert read == dataclasses.replace(config, **now)
    # Saved again and read again, it is still the same.
    assert Config.from_json(read.to_json()) == read


def test_a_run_of_before_reads_its_pictures_as_it_did():
    values = json.loads(Config(dataset="photos").to_json())
    for name in ("image_size", "fit", "background", "color_mode", "skip_bad", "test_share"):
        del values[name]
    read = Config.from_json(json.dumps(values))
    assert read == Config(dataset="photos", fit="none")
    assert read.read_options == ReadOptions(fit="none")
    assert Config().read_options == ReadOptions()


@pytest.mark.parametrize("given", [64, "64"])
def test_a_size_is_a_number_or_a_text(given):
    config = Config(image_size=given)
    assert config.image_size == "64" and Config.from_json(config.to_json()) == config
    assert config.read_options.size == (64, 64)


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("image_size", 300, "must be a side from 8 to 256, as 64, or WIDTHxHEIGHT"),
        ("image_size", True, "must be a side from 8 to 256"),
        ("image_size", [64, 64], "must be a side from 8 to 256"),
        ("background", "pink", "must be black, gray, white or a color as #ff8800"),
        ("fit", "zoom", "must be one of crop, pad, stretch, none"),
        ("color_mode", "rgb", "must be one of auto, gray, color"),
        ("test_share", 1, "must be 0 or more and below 1"),
    ],
)
def test_how_pictures_are_read_is_checked(field, value, fault):
    with pytest.raises(ConfigError) as caught:
        Config(**{field: value})
    assert caught.value.faults[field].startswith(fault)


def test_a_config_of_0_1_without_an_old_field_is_refused():
    values = json.loads(of_0_1(Config()))
    del values["optimizer"]
    with pytest.raises(ConfigError) as caught:
        Config.from_json(json.dumps(values))
    assert caught.value.faults == {"optimizer": "is missing"}


def test_the_names_of_now_are_not_translated():
    config = PRESETS["wgan"]
    assert Config.from_json(config.to_json()) == config and config.networks == "wgan"


@given(st.sampled_from(NUMBERS), st.one_of(st.none(), st.text(), st.floats(), st.lists(st.none())))
def test_any_value_is_taken_or_refused_by_name(field, value):
    try:
        config = Config(**{field: value})
    except ConfigError as error:
        assert field in error.faults or {"joint_update", "steps"} & error.faults.keys()
    else:
        assert Config.from_json(config.to_json()) == config


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists, max_leaves=3))
def test_any_json_is_refused_with_a_value_error(value):
    with pytest.raises(ValueError):
        Config.from_json(json.dumps(value))


def test_differing_fields_are_named_in_order():
    assert differing_fields(Config(), Config(seed=1, batch_size=7)) == ["batch_size", "seed"]


def test_nothing_is_held_out_of_a_run_that_trains_on_the_test_images():
    with pytest.raises(ConfigError, match="`hold_out` must be 0 if the test images"):
        Config(include_test=True, hold_out=5000)


@pytest.mark.parametrize(
    ("settings", "rates", "raised"),
    [
        ({}, (4e-4, 2e-4), True),
        ({"critic_learning_rate": 1e-3}, (1e-3, 2e-4), False),
        ({"generator_learning_rate": 2e-4}, (4e-4, 2e-4), False),
        ({"decay": False}, (4e-4, 2e-4), False),
        ({"networks": "mlp"}, (4e-4, 2e-4), False),
    ],
)
def test_rates_that_nobody_gives_are_raised_for_our_networks_where_they_fall(
    settings, rates, raised
):
    config = Config(**settings)
    assert (config.learning_rates, config.raises_rates) == (rates, raised)
