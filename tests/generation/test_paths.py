import numpy as np
import pytest

from acwgan.errors import ParameterError
from acwgan.generation.paths import morph, walk


@pytest.mark.parametrize(
    "call, line",
    [
        (lambda: walk(np.ones((4, 2, 3)), 0), "`frames` must be a whole number, 1 or more, got 0"),
        (lambda: walk(np.ones((4, 2)), 3), "`stops` must be .* got .4, 2. float64"),
        (lambda: walk(np.full((4, 2, 3), np.nan), 3), "`stops` must be finite numbers, got NaN"),
        (lambda: morph([1, 0], [0, 1], -1), "`frames` must be a whole number, 1 or more, got -1"),
        (lambda: morph([1, 0], [0, 1, 0], 4), "`second` must be .2. finite numbers, got .3,."),
        (lambda: morph([np.inf, 0], [0, 1], 4), "`first` must be finite numbers, got NaN or inf"),
    ],
)
def test_what_is_no_path_is_refused(call, line):
    with pytest.raises(ParameterError, match=line):
        call()
