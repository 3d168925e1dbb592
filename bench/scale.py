"""Measures what training on several machines costs: `python -m bench.scale`.

It counts the bytes of every all-reduce while the real updates are traced on two replicas, and
computes the step time below which a network is the limit. With `--measure` it times the preset
`acwgan` instead, with one and with two worker processes of this machine, in turn.
"""

import argparse
import contextlib
import json
import subprocess
import sys
import time
from dataclasses import replace

WORKERS = (2, 8, 32, 256)
GIGABITS = (1, 10, 100)
ROUNDS, STEPS = 5, 3


@contextlib.contextmanager
def counted(sizes: list[int]):
    """Adds the bytes of each all-reduce of each replica, backward passes included."""
    import tensorflow as tf

    original = tf.distribute.ReplicaContext.all_reduce

    def all_reduce(self, reduce_op, value, options=None):
        tensors = tf.nest.flatten(value)
        sizes.extend(tensor.shape.num_elements() * tensor.dtype.size for tensor in tensors)
        return original(self, reduce_op, value, options)

    tf.distribute.ReplicaContext.all_reduce = all_reduce
    try:
        yield
    finally:
        tf.distribute.ReplicaContext.all_reduce = original


def all_reduces(preset: str) -> dict[str, list[int]]:
    """Bytes of each all-reduce of one update of each network: "critic", "generator"."""
    import tensorflow as tf

    from acwgan.devices.distribution import Distribution
    from acwgan.devices.replicas import mean_of_replicas
    from acwgan.presets import PRESETS
    from acwgan.training.build import build_model

    config = replace(PRESETS[preset], precision="float32", steps=1, epochs=None)
    distribution = Distribution(2)
    with distribution.strategy.scope():
        model = build_model(config)
    rows = config.gp_every
    image, labels = tf.zeros((rows, 28, 28, 1)), tf.zeros(rows, tf.int32)
    z, key = tf.zeros((rows, config.latent_dim)), tf.zeros(2, tf.int32)
    updates = {
        "critic": lambda: model.update_critic(image, labels, z, labels, tf.zeros(rows), key),
        "generator": lambda: model.update_generator(z, labels, key),
    }
    sizes = {}
    for name, update in updates.items():
        sizes[name] = []

        def on_one(update=update):
            return mean_of_replicas([*update().values()])

        def on_both(on_one=on_one):
            with distribution.strategy.scope():
                return distribution.strategy.run(on_one)

        with counted(sizes[name]):
            tf.function(on_both, autograph=False).get_concrete_function()
        sizes[name] = sorted(sizes[name])[::2]  # Both replicas have the same.
    return sizes


def seconds(size: float, workers: int, gigabits: float) -> float:
    """A ring all-reduce: each worker sends 2 (n - 1) / n times the bytes."""
    return 2 * (workers - 1) / workers * size * 8 / (gigabits * 1e9)


def count() -> None:
    """Print the tables."""
    from acwgan.presets import PRESETS

    print("| preset | critic update | generator update | a generator step with its critic steps |")
    print("|---|---|---|---|")
    totals = {}
    for preset, config in PRESETS.items():
        sizes = all_reduces(preset)
        cells = [f"{sum(s) / 1e6:.2f} MB in {len(s)}" for s in sizes.values()]
        total = config.n_critic * sum(sizes["critic"]) + sum(sizes["generator"])
        number = config.n_critic * len(sizes["critic"]) + len(sizes["generator"])
        totals[preset] = total
        print(
            f"| `{preset}` | {' | '.join(cells)} | {total / 1e6:.1f} MB in {number} |", flush=True
        )
    print()
    heads = [f"{n} workers, {g} Gbit/s" for g in GIGABITS for n in (WORKERS[0], WORKERS[-1])]
    print("| preset, ms a generator step | " + " | ".join(heads) + " |")
    print("|---" * (len(heads) + 1) + "|")
    for preset, total in totals.items():
        times = [1000 * seconds(total, n, g) for g in GIGABITS for n in (WORKERS[0], WORKERS[-1])]
        print(f"| `{preset}` | " + " | ".join(f"{each:.3g}" for each in times) + " |")


def work(workers: list[str], index: int) -> None:
    """One worker: prints the seconds of a generator step of the preset `acwgan`, as JSON."""
    import tensorflow as tf

    from acwgan.datasets.named import load_mnist
    from acwgan.devices.cluster import cluster_of
    from acwgan.devices.distribution import Distribution
    from acwgan.presets import ACWGAN
    from acwgan.training.build import build_loop, build_model

    data = load_mnist()
    config = replace(ACWGAN, precision="float32")
    with Distribution(1, cluster_of(workers, index, {})) as distribution:
        with distribution.strategy.scope():
            loop = build_loop(config, build_model(config), data.train_images, data.train_labels)
        times = []
        for number in range(ROUNDS + 1):
            began = time.perf_counter()
            plan = tf.constant([[config.n_critic, 1]] * STEPS)
            step = number * STEPS
            metrics = loop(plan, tf.constant(step), tf.constant(step * config.n_critic))
            metrics["loss/generator"].numpy()
            times.append((time.perf_counter() - began) / STEPS)
    print(json.dumps(times[1:]))  # The first traces.


def measure() -> None:
    """Prints the step times with one and two processes, in turn, twice."""
    from acwgan.devices.launcher import free_ports

    for count in (1, 2, 1, 2):
        addresses = ",".join(f"127.0.0.1:{port}" for port in free_ports(count))
        command = [sys.executable, "-m", "bench.scale", "--worker", addresses]
        processes = [
            subprocess.Popen([*command, str(index)], stdout=subprocess.PIPE, text=True)
            for index in range(count)
        ]
        outputs = [process.communicate()[0] for process in processes]
        times = sorted(json.loads(outputs[0]))
        middle, least = times[len(times) // 2], times[0]
        print(f"{count} processes: {1000 * middle:.0f} ms a step (minimum {1000 * least:.0f})")


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--measure", action="store_true")
    parser.add_argument("--worker", nargs=2, metavar=("ADDRESSES", "INDEX"))
    arguments = parser.parse_args()
    if arguments.worker:
        work(arguments.worker[0].split(","), int(arguments.worker[1]))
    elif arguments.measure:
        measure()
    else:
        count()


if __name__ == "__main__":
    main()
