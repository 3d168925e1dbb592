from dataclasses import replace

from acwgan.training.build import resolved


def test_a_length_in_epochs_is_a_generator_update_for_each_batch_begun(tiny_config):
    config = replace(tiny_config, steps=None, epochs=2.5, batch_size=64)
    assert resolved(config, 60_000).steps == 2345 and resolved(config, 64).steps == 3
    assert resolved(config, 60_000).epochs is None
