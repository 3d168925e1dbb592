import pytest

from acwgan.training.job import RunState
from acwgan.training.progress import ProgressMeter
from acwgan.wgan.schedule import constant, paper


@pytest.fixture
def clock(monkeypatch):
    """A clock that a test moves."""
    now = [100.0]
    monkeypatch.setattr("acwgan.training.progress.time.perf_counter", lambda: now[0])
    return now


def test_work_is_counted_in_critic_steps(clock):
    # 25 bursts of 100 critic steps and 75 times 5; a generator step counts as two.
    state = RunState()
    meter = ProgressMeter(paper(5), 100, state)
    clock[0] += 10
    state.advance([(100, 1), (100, 1), (50, 0)])
    progress = meter.progress({"loss/critic": 1.0})
    work, total = 250 + 2 * 2, 25 * 100 + 75 * 5 + 2 * 100
    assert progress.share == pytest.approx(work / total)
    assert progress.seconds_left == pytest.approx(10 / work * (total - work))
    assert (progress.generator_step, progress.steps, progress.critic_steps) == (2, 100, 250)
    assert progress.speed == pytest.approx(0.2) and progress.metrics == {"loss/critic": 1.0}


def test_a_continuation_with_another_n_critic_counts_what_is_left_by_the_new_one(clock):
    state = RunState(generator_step=50, critic_steps=50 * 20)
    meter = ProgressMeter(constant(2), 100, state)
    clock[0] += 8
    state.advance([(2, 1)] * 10)  # 40 units of work in 8 s; 40 steps of 4 units are left.
    progress = meter.progress()
    assert progress.seconds_left == pytest.approx(8 * 40 / 10)
    assert progress.share == pytest.approx((50 * 22 + 40) / (50 * 22 + 200))
    state.advance([(2, 1)] * 40)
    assert meter.progress().share == 1 and meter.progress().seconds_left == 0


def test_a_continuation_within_a_burst_counts_the_rest_of_it(clock):
    state = RunState(generator_step=1, done=60, critic_steps=160)
    meter = ProgressMeter(constant(100), 2, state)
    clock[0] += 1
    state.advance([(40, 1)])
    assert meter.progress().share == 1


def test_the_speed_is_that_since_the_last_row(clock):
    state = RunState(generator_step=10)
    meter = ProgressMeter(constant(1), 100, state)
    clock[0] += 4
    state.advance([(1, 1)] * 8)
    assert meter.speed() == 2
    clock[0] += 2
    state.advance([(1, 1)])
    assert meter.speed() == 0.5
