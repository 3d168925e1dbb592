import math

import pytest

from acwgan.errors import DataError, ParameterError, Range, UserError


@pytest.mark.parametrize(
    "allowed, words, inside, outside",
    [
        (Range(), "a number", [0, -1.5, 1e300], [math.nan, math.inf, -math.inf, None, "1", True]),
        (Range(whole=True), "a whole number", [0, -7, 10**30], [1.0, 0.5, True, False, "1", [1]]),
        (Range(whole=True, at_least=1), "a whole number, 1 or more", [1, 2], [0, -1, 1.0]),
        (Range(whole=True, at_least=0, at_most=3), "a whole number from 0 to 3", [0, 3], [-1, 4]),
        (Range(at_least=0), "0 or more", [0, 0.0, 5], [-1e-300, math.nan]),
        (Range(at_most=1), "at most 1", [1, -5], [1.1]),
        (Range(above=0), "above 0", [1e-300, 7], [0, 0.0, -1]),
        (Range(above=0, at_most=1), "above 0 and at most 1", [0.1, 1], [0, 1.1]),
        (Range(at_least=0, below=1), "0 or more and below 1", [0, 0.999], [1, -0.1]),
        (Range(above=-1, below=1), "above -1 and below 1", [0, -0.999], [-1, 1]),
    ],
)
def test_a_range_accepts_its_numbers_and_names_them(allowed, words, inside, outside):
    assert str(allowed) == words
    for value in inside:
        assert value in allowed
        allowed.check("rate", value)
    for value in outside:
        assert value not in allowed
        with pytest.raises(ParameterError) as caught:
            allowed.check("rate", value)
        assert caught.value.faults == {"rate": f"must be {words}, got {value!r}"}
        assert str(caught.value) == f"`rate` must be {words}, got {value!r}"


def test_a_parameter_error_is_a_value_error_and_names_all_faults():
    error = ParameterError({"steps": "must be 1 or more, got 0", "seed": "is missing"})
    assert isinstance(error, ValueError) and isinstance(error, UserError)
    assert str(error) == "`steps` must be 1 or more, got 0; `seed` is missing"
    assert error.faults == {"steps": "must be 1 or more, got 0", "seed": "is missing"}


def test_errors_of_users_end_a_command_with_2():
    assert UserError.status == ParameterError.status == DataError.status == 2
