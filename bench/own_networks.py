"""Compares the loop through `networks=` with that of the preset: `python -m bench.own_networks`.

Both loops run in one process in turn, with the package's own builders. The ratio of the medians is
1 but for noise, since the networks are the same.
"""

import argparse
import statistics
import time

ROUNDS = 15
#: Preset -> generator steps of a round.
STEPS = {"acwgan": 4, "wgan-mlp": 20}


def main() -> None:
    """Print the ratio for each preset."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("presets", nargs="*", default=list(STEPS))
    arguments = parser.parse_args()
    import tensorflow as tf

    from acwgan.datasets.loading import load
    from acwgan.networks.registry import NETWORKS
    from acwgan.networks.users import user_networks
    from acwgan.presets import PRESETS
    from acwgan.training import build

    data = load("mnist")
    images, labels = data.train_images, data.train_labels
    for name in arguments.presets:
        config = build.resolved(PRESETS[name], len(images))
        shipped = NETWORKS[config.networks]
        own = user_networks((shipped.generator, shipped.critic))
        loops = []
        for networks in (None, own):
            model = build.build_model(config, networks=networks)
            loops.append(build.build_loop(config, model, images, labels))
        rows = tf.constant([[config.n_critic, 1]] * STEPS[name])
        seconds: list[list[float]] = [[], []]
        for turn in range(ROUNDS + 1):
            for which in (0, 1) if turn % 2 else (1, 0):
                began = time.perf_counter()
                tf.nest.map_structure(float, loops[which](rows, tf.constant(0), tf.constant(0)))
                if turn:  # The first call traces.
                    seconds[which].append(time.perf_counter() - began)
        preset, brought = map(statistics.median, seconds)
        per_step = 1000 * preset / STEPS[name]
        ratios = sorted(b / a for a, b in zip(*seconds, strict=True))
        print(
            f"{name}: {per_step:.1f} ms per generator step; through networks= "
            f"{brought / preset:.3f} times (median of pairs {statistics.median(ratios):.3f})"
        )


if __name__ == "__main__":
    main()
