from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

from acwgan.training.build import build_model
from acwgan.training.health import BadNumbersError, HealthCheck, check_metrics, check_state

MODEL = SimpleNamespace(
    critic_metrics=("loss/critic", "loss/penalty"),
    generator_metrics=("loss/generator",),
    generator_optimizer=SimpleNamespace(iterations=tf.constant(7)),
)
NAN = float("nan")


def metrics(critic=1.0, penalty=1.0, generator=1.0):
    return {"loss/critic": critic, "loss/penalty": penalty, "loss/generator": generator}


def test_every_bad_metric_of_the_critic_is_named_before_those_of_the_generator():
    check_metrics(MODEL, metrics(), [(1, 1)])
    check_metrics(MODEL, metrics(generator=NAN), [(3, 0)])  # None was asked for.
    bad = metrics(NAN, float("inf"), NAN)
    with pytest.raises(BadNumbersError) as caught:
        check_metrics(MODEL, bad, [(1, 1)])
    assert str(caught.value) == "loss/critic is nan, loss/penalty is inf at generator step 7"
    with pytest.raises(BadNumbersError, match=r"^loss/generator is nan at"):
        check_metrics(MODEL, metrics(generator=NAN), [(1, 1), (1, 0)])


def test_a_bad_weight_or_state_of_an_optimizer_is_named(tiny_config):
    model = build_model(tiny_config)
    check_state(model)
    for part in (model.critic, model.generator, model.average, model.critic_optimizer):
        variable = part.variables[-1]
        before = np.array(variable.value)
        after = before.copy()
        after.flat[-1] = np.inf
        variable.assign(after)
        with pytest.raises(BadNumbersError, match=f"{variable.path} has inf at generator step 0"):
            check_state(model)
        variable.assign(before)
    check_state(model)


def row(real=2.0, fake=1.0, share=0.5):
    return {"score/real": real, "score/fake": fake, "weights/clipped_share": share}


def test_each_problem_is_returned_once_until_it_has_gone(tmp_path):
    check = HealthCheck(tmp_path)
    assert check.row(row()) == []
    told = check.row(row(share=1.0))
    assert len(told) == 1 and told[0].startswith("100.0% of the critic's weights are at the clip")
    assert check.row(row(share=0.995)) == []
    assert "scores reals and fakes alike (0)" in check.row(row(0.0, 0.0, share=1.0))[0]
    assert check.row(row()) == []
    assert len(check.row(row(-3.0, -3.000001, share=0.99))) == 2


def test_scores_that_differ_little_compared_with_their_offset_are_no_collapse(tmp_path):
    assert HealthCheck(tmp_path).row(row(1000.1, 1000.0)) == []


def judged(three, eight=0.9):
    return {"quality/class_accuracy/3": three, "quality/class_accuracy/8": eight}


def test_only_a_class_that_was_drawn_well_can_be_lost(tmp_path):
    check = HealthCheck(tmp_path)
    assert check.quality(judged(0.0)) == check.quality(judged(0.6)) == []
    assert check.quality(judged(0.3)) == []
    assert [text[:34] for text in check.quality(judged(0.01))] == [
        "the class 3 is no longer drawn: th"
    ]
    assert check.quality(judged(0.0)) == []


def test_a_resumed_run_knows_from_the_tables_what_was_returned(tmp_path):
    header = "generator_step,score/real,score/fake\n"
    (tmp_path / "metrics.csv").write_text(header + "1,2,1\n2,0.5,0.5\n")
    header = "generator_step,quality/class_accuracy/3\n"
    (tmp_path / "quality.csv").write_text(header + "1,0.9\n")
    check = HealthCheck(tmp_path)
    assert check.row(row(0.5, 0.5)) == []
    assert len(check.quality({"quality/class_accuracy/3": 0.0})) == 1
