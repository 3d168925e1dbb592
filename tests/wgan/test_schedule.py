import pytest

from acwgan.wgan.schedule import article, constant, paper, plan, schedule_of


@pytest.mark.parametrize(
    "schedule, bursts",
    [
        (constant(), []),
        (paper(), [0, 1, 23, 24, 500, 1000, 1500, 2000]),
        (article(), [0, 1, 23, 24, 500, 1000, 1001, 1024, 1500, 2000, 2001, 2024]),
    ],
)
def test_bursts_come_at_the_steps_written_by_hand(schedule, bursts):
    steps = [0, 1, 23, 24, 25, 26, 499, 500, 501, 999, 1000, 1001, 1024, 1025, 1500, 1501, 2000]
    steps += [2001, 2024, 2025]
    assert {step: schedule(step) for step in steps} == {
        step: 100 if step in bursts else 5 for step in steps
    }


@pytest.mark.parametrize("schedule", [constant, paper, article])
def test_outside_of_bursts_n_critic_counts(schedule):
    assert schedule(3)(600) == 3


@pytest.mark.parametrize(
    "name, opening_bursts, bursts",
    [
        ("constant", 2, []),
        ("paper", 2, [0, 1, 500, 1000]),
        ("paper", 0, [500, 1000]),
        ("article", 2, [0, 1, 500, 1000, 1001]),
        ("article", 0, [500, 1000]),
    ],
)
def test_a_training_may_open_with_fewer_bursts(name, opening_bursts, bursts):
    schedule = schedule_of(name, 5, opening_bursts)
    assert [step for step in range(1400) if schedule(step) == 100] == bursts


def test_a_plan_cuts_bursts_and_stops_at_until():
    assert plan(paper(), 24, 0, until=27, work=60) == [(60, 0)]
    assert plan(paper(), 24, 60, until=27, work=60) == [(40, 1), (5, 1), (5, 1)]
    assert plan(paper(), 24, 60, until=25, work=1000) == [(40, 1)]


@pytest.mark.parametrize("work", [1, 7, 100, 1000])
def test_plans_make_every_update_once_whatever_the_size_of_a_call(work):
    step, done, made = 0, 0, []
    critics = 0
    while step < 30:
        rows = plan(paper(), step, done, until=30, work=work)
        assert sum(critic for critic, _ in rows) >= 1
        for critic, generator in rows:
            assert critic >= 1  # A generator update always has a critic update in its row.
            critics, done = critics + critic, done + critic
            if generator:
                made.append(done)
                step, done = step + 1, 0
    assert made == [100] * 25 + [5] * 5
    assert critics == 2525
