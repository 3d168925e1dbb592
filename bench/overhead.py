"""Measures what training costs beside its steps: `python -m bench.overhead [PRESET]`.

Times the start-up until the end of the first step, each kind of summary and the checkpoint, and
their share of the training at the preset's intervals.
"""

import argparse
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

REPEATS = 5


def clock(function) -> float:
    """Median seconds of a call, after one call that is not counted."""
    function()
    seconds = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        function()
        seconds.append(time.perf_counter() - began)
    return sorted(seconds)[REPEATS // 2]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("preset", nargs="?", default="acwgan", help="(default: acwgan)")
    arguments = parser.parse_args()
    began = time.perf_counter()
    import tensorflow as tf

    from acwgan.board.events import RunLog
    from acwgan.datasets.dataset import training_arrays
    from acwgan.datasets.loading import load
    from acwgan.evaluation.judge import Judge
    from acwgan.evaluation.quick import judged_by
    from acwgan.presets import PRESETS
    from acwgan.runs import weights
    from acwgan.runs.checkpoints import Position
    from acwgan.training import build
    from acwgan.training.callbacks import BoardPages, MetricsLogger, SamplePictures
    from acwgan.training.job import RunState
    from acwgan.training.previews import Samples
    from acwgan.training.progress import ProgressMeter

    imported = time.perf_counter()
    name = arguments.preset
    config = PRESETS[name]
    data = load(config.dataset)
    images, labels = training_arrays(data, config.include_test)
    config = build.resolved(config, len(images))
    model = build.build_model(config)
    samples = Samples(
        model,
        seed=0,
        latent_dim=config.latent_dim,
        latent=config.latent,
        held_out=data.test_images,
    )
    loop = build.build_loop(config, model, images, labels)
    row = tf.constant([[config.n_critic, 1]])
    metrics = {}

    def step():
        results = loop(row, tf.constant(0), tf.constant(0))
        metrics.update({tag: float(value) for tag, value in results.items()})

    built = time.perf_counter()
    step()
    stepped = time.perf_counter()
    seconds = clock(step)
    with tempfile.TemporaryDirectory() as folder:
        log = RunLog(Path(folder), {})
        names = [str(label) for label in range(10)]
        meter = ProgressMeter(config.critic_updates, 1, RunState())
        pages = BoardPages(log, asdict(config), names, new=True)
        rows = MetricsLogger(log, config.log_every, samples=samples, meter=meter)
        pictures = SamplePictures(
            log, config.sample_every, class_names=names, samples=samples, steps=config.steps
        )
        for callback in (pages, rows, pictures):
            callback.set_model(model)
        pages.on_train_begin()
        numbers = iter(range(1, 10_000))
        costs = {
            "row of numbers": (
                clock(lambda: rows.at_step(1, dict(metrics))),
                config.log_every,
            ),
            "sample grid and weights": (
                clock(lambda: pictures.at_step(config.sample_every, {})),
                config.sample_every,
            ),
            "the same, fresh samples and a walk": (
                clock(lambda: pictures.at_step(10 * config.sample_every, {})),
                5 * config.sample_every,
            ),
            "checkpoint": (
                clock(
                    lambda: weights.save(
                        model, Path(folder), Position(next(numbers), 0, 0, log.sizes()), 3
                    )
                ),
                config.checkpoint_every,
            ),
        }
        if config.evaluate_every:
            quality_of = judged_by(Judge(), images)
            costs["judgement of 10,000 samples"] = (
                clock(lambda: quality_of(*samples.judged())),
                config.evaluate_every,
            )
        log.close()
    print(f"{name}: one generator step with {config.n_critic} critic steps: {seconds:.3f} s")
    print(
        f"start-up: import {imported - began:.1f} s, data and networks {built - imported:.1f} s, "
        f"tracing and first step {stepped - built:.1f} s"
    )
    print("| | ms | every … steps | share of the training |\n|---|---|---|---|")
    for what, (cost, every) in costs.items():
        print(f"| {what} | {1000 * cost:.1f} | {every} | {cost / every / seconds:.2%} |")
    total = sum(cost / every for cost, every in costs.values()) / seconds
    print(f"| all | | | {total:.2%} |")


if __name__ == "__main__":
    main()
