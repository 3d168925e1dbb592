"""Models that many threads, and forked processes, use at once."""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import acwgan
from acwgan.evaluation.judge import Judge
from acwgan.generation.critic import load_critic

SEEDS = range(200)


def in_threads(function, arguments):
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(function, arguments))


def assert_equal(results, others):
    for one, other in zip(results, others, strict=True):
        for array, expected in zip(np.atleast_1d(one), np.atleast_1d(other), strict=True):
            assert np.array_equal(array, expected)


def test_threads_that_share_a_generator_draw_what_one_thread_does():
    generator = acwgan.load()

    def draw(seed):
        return generator.generate("20261122"[: 1 + seed % 8], seed=seed)

    assert_equal(in_threads(draw, SEEDS), [draw(seed) for seed in SEEDS])


def test_threads_that_share_a_generator_of_a_run_draw_what_one_thread_does(trained_run):
    generator = acwgan.load(trained_run)

    def draw(seed):
        return generator.generate("38", seed=seed)

    seeds = SEEDS[:40]
    assert_equal(in_threads(draw, seeds), [draw(seed) for seed in seeds])


@pytest.mark.parametrize("reader", [Judge, load_critic])
def test_threads_that_share_a_judge_or_a_critic_read_what_one_thread_does(reader):
    read, images = reader(), acwgan.load().generate_count(400)
    parts = [images[start : start + 1 + start % 7] for start in range(0, 390, 5)]
    for one, other in zip(in_threads(read, parts), map(read, parts), strict=True):
        assert_equal(one, other)


def test_a_forked_process_draws_while_other_threads_were_drawing(capfd):
    generator = acwgan.load()
    expected = generator.generate("20261122", seed=3)

    def in_child(number):
        child = os.fork()
        if not child:
            right = np.array_equal(generator.generate("20261122", seed=3), expected)
            os._exit(0 if right else 1)
        return os.waitpid(child, 0)[1]

    with ThreadPoolExecutor(9) as pool:
        drawing = [pool.submit(generator.generate, "12345678", seed) for seed in range(300)]
        statuses = [pool.submit(in_child, number) for number in range(10)]
        assert [status.result() for status in statuses] == [0] * 10
        assert all(job.result().shape == (8, 28, 28) for job in drawing)
