from dataclasses import replace

from acwgan.training.build import build_model, resolved


def test_a_length_in_epochs_is_a_generator_update_for_each_batch_begun(tiny_config):
    config = replace(tiny_config, steps=None, epochs=2.5, batch_size=64)
    assert resolved(config, 60_000).steps == 2345 and resolved(config, 64).steps == 3
    assert resolved(config, 60_000).epochs is None


def test_fit_of_a_model_makes_as_many_critic_updates_as_its_config_says(tiny_config):
    # Else bench.fit compares one critic update with three.
    assert build_model(replace(tiny_config, n_critic=5)).n_critic == 5
