import subprocess
from pathlib import Path

import pytest

from acwgan.cli.options import with_options
from acwgan.messages import command, padded, printable, shell_word, width

#: Words that a shell, a terminal or the command line could take for something else.
HOSTILE = [
    "two words",
    "it's",
    'a"b',
    "$HOME `id` $(id)",
    "`resume=True`",
    "two\nlines",
    "a;b&c|d>e",
    "-rf",
    "schön 長靴 👢",
    "\x1b[31mred\x07",
    "back\\slash\\n",
    "not\udcffutf8",
    "~",
    "*",
    "!!",
    "",
]


def as_typed(line):
    """The words that a shell passes to the program."""
    done = subprocess.run(["bash", "-c", f"printf '%s\\0' {line}"], capture_output=True, check=True)
    return [word.decode(errors="surrogateescape") for word in done.stdout.split(b"\0")[:-1]]


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_a_word_can_be_pasted_whatever_it_is(text):
    word = shell_word(text)
    assert word == printable(word) == with_options(word)  # Nothing on the way changes it.
    assert as_typed(word) == [text]


@pytest.mark.parametrize("name", HOSTILE[:-1], ids=ascii)
def test_a_command_can_be_pasted_whatever_the_path(name):
    line = command("board", Path(name), run_dir=Path(name), classes=name)
    program, board, path, option, run_dir, *classes = as_typed(line)
    assert (program, board, option) == ("acwgan", "board", "--run-dir")
    # No value looks like an option.
    assert Path(path) == Path(run_dir) == Path(name) and path[0] != "-"
    assert classes == ([f"--classes={name}"] if name[0] == "-" else ["--classes", name])


def test_control_characters_are_shown_and_take_one_line():
    assert printable("a\x1b[2Jb\r\n\x9b\u202e") == r"a\x1b[2Jb\r\n\x9b\u202e"
    assert printable("plain schön 長靴") == "plain schön 長靴"


def test_wide_characters_take_two_columns_and_accents_none():
    assert [width(text) for text in ("boot", "長靴", "e\u0301", "👢")] == [4, 4, 1, 2]
    assert padded("長靴", 3) == "長靴"
