"""``acwgan encode`` and ``acwgan generate --like``."""

import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

import acwgan
from acwgan.cli.app import main
from acwgan.encoder.hand import encode


@pytest.fixture
def run(tmp_path, monkeypatch, digits):
    """Runs a command in a folder with a test digit, ``seven.png``."""
    monkeypatch.chdir(tmp_path)
    Image.fromarray(np.rint((digits[0][0, ..., 0] + 1) * 127.5).astype(np.uint8)).save("seven.png")
    return lambda *words: main([str(word) for word in words])


def test_encode_writes_the_latent_and_shows_how_it_is_matched(run, capsys):
    assert run("encode", "seven.png") == 0
    out, err = capsys.readouterr()
    assert out == "hand.npy\nhand.png\n"
    hand = encode("seven.png")
    assert np.array_equal(np.load("hand.npy"), hand.z)
    said = f"drawn again with a difference of {hand.distance[0]:.2f} of 1"
    assert err == f"seven.png: read as 7 ({hand.probabilities[0]:.1%}), {said}\n"
    shown = np.asarray(Image.open("hand.png"))[::4, ::4].reshape(3, 28, 10, 28).swapaxes(1, 2)
    assert np.array_equal(shown[0, 0], hand.images[0])
    assert np.array_equal(shown[1, 0], hand.drawn[0])
    assert np.array_equal(shown[2], acwgan.load().generate("0123456789", z=hand.z))
    assert run("encode", "seven.png", "--labels", "1", "--out", "one.npy") == 0
    assert capsys.readouterr().err.startswith("seven.png: drawn again")


def test_generate_draws_in_the_hand_of_a_picture_and_of_its_latent(run, capsys):
    assert run("generate", "2026", "--like", "seven.png", "--out", "a.png") == 0
    assert run("encode", "seven.png") == 0
    assert run("generate", "2026", "--like", "hand.npy", "--out", "b.png") == 0
    a, b = (np.asarray(Image.open(name)) for name in ("a.png", "b.png"))
    images = acwgan.load().generate("2026", z=np.load("hand.npy"))
    assert np.array_equal(a, b) and np.array_equal(a, np.hstack(images))
    three = ("hand.npy", "hand.npy", "seven.png")
    assert run("generate", "2", "--like", *three, "--out", "c.png") == 0
    mean = np.asarray(Image.open("c.png")).astype(int)
    assert np.abs(mean - a[:, :28]).max() <= 1  # The mean of one latent and itself.
    assert run("generate", "--morph", "3", "8", "--like", "hand.npy", "--frames", 2) == 0
    with Image.open("digits.gif") as gif:
        assert gif.size == (4 * 28, 4 * 28)
    assert run("generate", "20", "--like", "hand.npy", "--format", "svg", "--rows", 2) == 0


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("generate 7 --like no.png", "no.png: No such file"),
        ("generate 7 --like no.npy", "no.npy: No such file"),
        (
            "generate --like seven.png 7",
            "--like takes all words that follow it; write TEXT before it",
        ),
        ("generate 7 --like seven.png --style 3", "--like"),
        ("generate 7 --labels 7", "--labels needs --like"),
        ("encode seven.png --labels 77", "--labels '77' names 2 classes, and there are 1 images"),
        ("encode seven.png --out hand.png", ".npy"),
        ("encode seven.png --checkpoint no", "no: does not exist"),
        ("encode seven.png --refine -1", "0 to 100000"),
    ],
)
def test_bad_input_is_one_line_and_nothing_is_written(run, capsys, tmp_path, words, line):
    try:
        status = run(*words.split())
    except SystemExit as error:
        status = error.code
    assert status == 2
    out, err = capsys.readouterr()
    assert out == "" and line in err.splitlines()[-1]
    assert [path.name for path in tmp_path.iterdir()] == ["seven.png"]


def test_no_tensorflow_is_needed(run):
    code = "import sys; sys.modules['tensorflow'] = None; from acwgan.cli.app import main; "
    code += "sys.exit(main(['generate', '7', '--like', 'seven.png']))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
