"""The steps of a training, from where a run stands to its end or to a signal."""

import time
from dataclasses import asdict

import tensorflow as tf

from acwgan.datasets import dataset
from acwgan.evaluation.quick import judged_by
from acwgan.runs import weights
from acwgan.runs.checkpoints import Position
from acwgan.training.health import check_metrics, check_state
from acwgan.training.previews import Samples
from acwgan.training.progress import ProgressMeter
from acwgan.training.recorder import Recorder
from acwgan.wgan.schedule import SCHEDULES, plan

#: Seconds that one call of the compiled loop may take: nothing is shown or stopped within it.
_CALL_SECONDS = 1.0


def run_steps(config, model, loop, start, log, data, judge, distribution, stop, lock, report):
    """From where the run stands to its end, or to a signal: that signal, or None."""
    images, _ = dataset.training_arrays(data, config.include_test)
    # Images that the critic never sees.
    held_out = data.test_images if len(data.test_images) and not config.include_test else None
    samples = Samples(
        model,
        seed=config.seed,
        latent_dim=config.latent_dim,
        latent=config.latent,
        held_out=held_out,
    )
    recorder = Recorder(
        log,
        model,
        samples,
        data.class_names,
        sample_every=config.sample_every,
        steps=config.steps,
    )
    if start is None:
        recorder.begin(asdict(config))
        start = Position(0, 0, 0, {})
    schedule = SCHEDULES[config.schedule](config.n_critic)
    step, done, critic_steps, _, lowest, *_ = start
    quality_of = None
    meter = ProgressMeter(schedule, config.steps, step, critic_steps)
    every = (config.log_every, config.sample_every, config.checkpoint_every, config.evaluate_every)
    stops = [steps for steps in every if steps]
    work, seconds, stopped_by = 1, _CALL_SECONDS, None

    def save(folder, keep):
        check_state(model)
        here = Position(step, done, critic_steps, log.sizes(), lowest, model.rates)
        weights.save(model, log.run_dir / folder, here, keep)

    while step < config.steps:
        seconds, stopped_by = distribution.combine(seconds, stop.signum)
        if stopped_by:
            break

        # Critic and generator.
        work = max(1, min(2 * work, int(work * _CALL_SECONDS / seconds)))
        until = min(config.steps, *((step // every + 1) * every for every in stops))
        rows = plan(schedule, step, done, until, work)
        began = time.perf_counter()
        results = loop(tf.constant(rows), tf.constant(step), tf.constant(critic_steps))
        metrics = {tag: float(value) for tag, value in results.items()}
        seconds = time.perf_counter() - began
        for critics, generators in rows:
            critic_steps += critics
            done = 0 if generators else done + critics
            step += generators
        check_metrics(model, metrics, rows)
        lock.check()

        # Summaries.
        meter.update(step, critic_steps)
        row = None
        if not done and step % config.log_every == 0:
            row = recorder.row(step, metrics, meter.speed())
        if not done and step % config.sample_every == 0:
            recorder.pictures(step)
        if report:
            report(meter.progress(row))

        # Quality.
        due = config.evaluate_every and not done and step % config.evaluate_every == 0
        if due:
            check_state(model)  # By all workers, who stop together: only the chief has a judge.
        if judge and due:
            quality_of = quality_of or judged_by(judge, images, data.class_names)
            quality = quality_of(*samples.judged())
            recorder.quality(step, quality)
            if lowest is None or quality["quality/frechet_distance"] < lowest:
                lowest = quality["quality/frechet_distance"]
                save("best", keep=1)

        # Checkpoint.
        if not done and step % config.checkpoint_every == 0:
            save("checkpoints", config.keep_checkpoints)

    # At the end, or wherever a signal came; nothing to do where the loop just has.
    save("checkpoints", config.keep_checkpoints)
    recorder.classes()
    return stopped_by
