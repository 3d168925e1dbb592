import numpy as np
import pytest

from acwgan.files.bundled import CRITIC, ENCODER, GENERATOR, JUDGE
from acwgan.generation.litert import SIGNATURES, LiteRTError, LiteRTModel


@pytest.fixture(scope="module")
def inputs():
    random = np.random.default_rng(0)
    z = random.standard_normal((217, 64), dtype=np.float32)
    return {"z": z, "class_weights": np.eye(10, dtype=np.float32)[np.arange(217) % 10]}


def test_a_row_gets_the_same_result_alone_and_among_others(inputs):
    model = LiteRTModel(GENERATOR, threads=1)
    whole = model(**inputs)["images"]
    assert whole.shape == (217, 28, 28, 1)
    for row in (0, 9, 10, 216):
        alone = model(**{name: array[row : row + 1] for name, array in inputs.items()})["images"]
        assert np.array_equal(alone[0], whole[row])


def test_threads_change_nothing(inputs):
    one, three = (LiteRTModel(GENERATOR, threads=count)(**inputs) for count in (1, 3))
    assert np.array_equal(one["images"], three["images"])


def test_an_error_in_a_thread_reaches_the_caller(inputs):
    with pytest.raises((ValueError, RuntimeError), match=r"dimension|size|shape"):
        LiteRTModel(GENERATOR, threads=2)(z=inputs["z"][:, :5], class_weights=inputs["z"])


@pytest.mark.parametrize(
    ("path", "kind"),
    [(GENERATOR, "generator"), (CRITIC, "critic"), (JUDGE, "judge"), (ENCODER, "encoder")],
)
def test_a_network_is_of_one_kind_alone(path, kind):
    model = LiteRTModel(path)
    model.require(kind)
    for other in SIGNATURES.keys() - {kind}:
        with pytest.raises(
            LiteRTError, match=f"is not an? {other}; it takes .*, an? {other} takes "
        ):
            model.require(other)


@pytest.mark.parametrize("content", [b"", b"no such file", b"\x1c\0\0\0TFL3 and then nothing"])
def test_what_is_not_a_network_is_refused_by_name(content, tmp_path):
    (tmp_path / "a.tflite").write_bytes(content)
    with pytest.raises(LiteRTError, match=r"a\.tflite: is not a "):
        LiteRTModel(tmp_path / "a.tflite")
