import pytest

from acwgan.files.names import safe_name

NAMES = [
    "a/b",
    "a\\b",
    "a:b",
    "a%b",
    "a%2Fb",
    "..",
    ".",
    " ",
    "a.",
    "a ",
    "\x1b[31m",
    "\ud800",
    "*",
    "?",
]


def test_every_name_is_a_file_of_its_own(tmp_path):
    names = [safe_name(name) for name in [*NAMES, "Ankle boot", "schön", "猫", "x" * 300]]
    assert len(set(names)) == len(names)
    for name in names:
        (tmp_path / f"00000-{name}.png").touch()
        assert not set(name) & set('<>:"/\\|?*') and not name.endswith((" ", "."))
        assert name.isprintable()
    assert len(list(tmp_path.iterdir())) == len(names)


@pytest.mark.parametrize("name", ["3", "Ankle boot", "schön", "猫", "T-shirt"])
def test_an_ordinary_name_stays_as_it_is(name):
    assert safe_name(name) == name
