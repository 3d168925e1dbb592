"""Compares ``WGAN.fit`` with the compiled loop of ``acwgan.train``: ``python -m bench.fit``.

Both train the same networks in one process in turn, with batches of the same size. ``fit`` makes a
compiled step for each batch and hands its metrics to Python; the loop makes many in one call.
"""

import argparse
import statistics
import time

ROUNDS = 5
#: Preset -> generator steps of a round.
STEPS = {"wgan-mlp": 60, "wgan-dcgan": 20}


def main() -> None:
    """Print the ratio for each preset."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("presets", nargs="*", default=list(STEPS))
    arguments = parser.parse_args()
    import tensorflow as tf

    from acwgan.datasets.loading import load
    from acwgan.presets import PRESETS
    from acwgan.training import build

    data = load("mnist")
    for name in arguments.presets:
        config, steps = build.resolved(PRESETS[name], len(data.train_images)), STEPS[name]
        looped, fitted = build.build_model(config), build.build_model(config)
        loop = build.build_loop(config, looped, data.train_images, data.train_labels)
        rows = tf.constant([[config.n_critic, 1]] * steps)
        images = data.train_images[: steps * config.batch_size]
        seconds: list[list[float]] = [[], []]
        processor: list[list[float]] = [[], []]
        for turn in range(ROUNDS + 1):
            for which in (0, 1) if turn % 2 else (1, 0):
                began, began_processor = time.perf_counter(), time.process_time()
                if which:
                    fitted.fit(images, batch_size=config.batch_size, verbose=0)
                else:
                    tf.nest.map_structure(float, loop(rows, tf.constant(0), tf.constant(0)))
                if turn:  # The first call traces.
                    seconds[which].append(time.perf_counter() - began)
                    processor[which].append(time.process_time() - began_processor)
        ratio, of_processor = (
            statistics.median(fit / once for once, fit in zip(*taken, strict=True))
            for taken in (seconds, processor)
        )
        per_step = 1000 * statistics.median(seconds[0]) / steps
        print(
            f"{name}: {per_step:.1f} ms per step; fit {ratio:.2f} times as long, "
            f"{of_processor:.2f} times the processor time",
            flush=True,
        )


if __name__ == "__main__":
    main()
