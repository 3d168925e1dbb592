import os
import subprocess
import sys

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from acwgan.errors import UserNotice
from acwgan.images.fonts import drawn_names, font_for, matplotlib_families

#: Prints what is drawn for names, whether the cat is a glyph, and matplotlib's families.
CODE = """
import sys
from acwgan.images.fonts import drawn_names, font_for, matplotlib_families
names = drawn_names(sys.argv[1:])
print(names, sorted(font_for("猫", 20).getmask("猫").getbbox()), matplotlib_families(names))
"""


def write_font(path, characters):
    """A font in which each character is a square."""
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    for corner in [(0, 900), (900, 900), (900, 0)]:
        pen.lineTo(corner)
    pen.closePath()
    glyphs = [".notdef", *(f"c{number}" for number in range(len(characters)))]
    font = FontBuilder(1000, isTTF=True)
    font.setupGlyphOrder(glyphs)
    font.setupCharacterMap(dict(zip(map(ord, characters), glyphs[1:], strict=True)))
    font.setupGlyf(dict.fromkeys(glyphs, pen.glyph()))
    font.setupHorizontalMetrics(dict.fromkeys(glyphs, (1000, 0)))
    font.setupHorizontalHeader(ascent=900, descent=-100)
    font.setupNameTable({"familyName": "Squares", "styleName": "Regular"})
    font.setupOS2()
    font.setupPost()
    path.parent.mkdir(parents=True)
    font.save(path)


def in_process(home, *names):
    """The output of ``CODE`` in a process of a user with such a home."""
    environment = {**os.environ, "HOME": str(home), "XDG_DATA_HOME": str(home / "data")}
    environment["MPLCONFIGDIR"] = str(home)
    command = [sys.executable, "-c", CODE, *names]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=True)


def test_a_font_of_the_user_is_found_if_it_has_the_letters(tmp_path):
    write_font(tmp_path / "data" / "fonts" / "squares.ttf", "猫犬")
    done = in_process(tmp_path, "猫", "犬", "dog")
    assert done.stdout.startswith("['猫', '犬', 'dog']") and "Squares" in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize(
    "name",
    ["a, b", "$x^2$", "100%", "a_b", "R&D", "<b>", "\"q'", "Größe", "e\u0301x", "שלום", "😀"],
)
def test_matplotlibs_own_font_is_enough_for_most_names(name):
    assert drawn_names([name]) == [name]
    assert font_for(name, 12).getlength(name) > 0
    assert matplotlib_families([name]) == ["DejaVu Sans"]


def test_a_name_that_no_font_has_is_its_number_and_said_once():
    nowhere = ["\U000e0101", "cat", "\U0001fbff\U0001fbfe"]
    with pytest.warns(UserNotice, match="no installed font has all characters of") as said:
        assert drawn_names(nowhere) == ["0", "cat", "2"]
        assert drawn_names(nowhere) == ["0", "cat", "2"]
    assert len(said) == 1 and "\n" not in str(said[0].message)


def test_what_has_no_width_is_left_out():
    assert drawn_names(["a\u200db", "❤️", " red \n bag ", ""]) == ["ab", "❤", "red bag", "3"]
