import pytest

from acwgan.errors import ParameterError
from acwgan.files.endings import check_ending


@pytest.mark.parametrize("name", ["a.pdf", "a", ".png", "a.png.svg2"])
def test_another_ending_is_refused(name):
    with pytest.raises(ParameterError) as caught:
        check_ending("out", name, ".png", ".svg")
    assert str(caught.value) == f"`out` must end in .png or .svg, got {name!r}"


def test_capital_letters_do_not_matter():
    assert check_ending("out", "new/A.PNG", ".png") == ".png"
