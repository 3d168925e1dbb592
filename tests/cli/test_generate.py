import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
from command_lines import fails
from PIL import Image

import acwgan
from acwgan.cli.app import main
from acwgan.config import Config
from acwgan.datasets.loading import load
from acwgan.export.litert import export_generator
from acwgan.files.bundled import GENERATOR
from acwgan.networks import registry
from acwgan.runs.model_info import ModelInfo
from acwgan.training.trainer import train


def run(*words):
    return main(["generate", *map(str, words)])


def gif_frames(path):
    with Image.open(path) as gif:
        frames = []
        for number in range(gif.n_frames):
            gif.seek(number)
            frames.append(np.asarray(gif.convert("L")))
        return np.array(frames)


@pytest.mark.parametrize(
    "words, line",
    [
        ("12 --seed -1", "--seed must be a whole number, 0 or more, got -1"),
        ("12 --rows 0", "--rows must be a whole number from 1 to 1000000, got 0"),
        ("12 --style x", "--style must be a whole number, 0 or more, got 'x'"),
        ("12 --scale 33", "--scale must be a whole number from 1 to 32, got 33"),
        ("12 --walk --frames 1", "--frames must be a whole number from 2 to 1000, got 1"),
        (
            "--per-class 0",
            "--per-class must be a whole number from 1 to 1000000, got 0",
        ),
        ("12 --truncation 0", "--truncation must be above 0 and at most 1.25, got 0"),
        ("12 --judge a.tflite", "--judge needs --min-score"),
        ('--classes "1', "its quotes do not fit"),
        ("12 --truncation nan", "--truncation must be above 0 and at most 1.25, got nan"),
        ("12 --min-score 2", "--min-score must be from 0 to 1, got 2"),
        ("12 --format jpg", "--format must be one of png, svg, npz, pngs, folders, got 'jpg'"),
        ("--morph 3 38", "'38' is not a class of the model; it has 0 1 2 3"),
        ("1b2", "'b' is not a class of the model; it has 0 1 2 3 4 5 6 7 8 9"),
        ("12 --checkpoint nowhere", "nowhere: does not exist"),
        (
            f"1 --checkpoint {GENERATOR.with_name('critic.tflite')}",
            "critic.tflite: is not a generat",
        ),
        (
            "",
            "TEXT, --classes, --count, --per-class or --morph must be given",
        ),
        ("--walk", "TEXT, --classes, --count, --per-class or --morph must be given"),
        ("12 --style 1 --seed 0", "--style and --seed do not go together"),
        ("12 --per-class 3", "--per-class and TEXT do not go together"),
        ("--per-class 3 --style 1", "--per-class and --style do not go together"),
        ("--per-class 3 --scale 2", "--scale and --per-class do not go together"),
        ("12 --format npz --scale 2", "--scale and --format npz do not go together"),
        ("--morph 1 2 --min-score 1", "--morph and --min-score do not go together"),
        ("12 --walk --format png", "--walk and --format do not go together"),
        ("12 --style 1 --seed 2", "--style and --seed do not go together"),
        ("12 --frames 9", "--frames needs --morph or --walk"),
        ("12 --walk --columns 9", "--columns needs --morph or --count"),
        ("--classes 1,boat", "'boat' is not a class of the model; it has 0 1 2 3"),
        ("12 --count 3", "--count and TEXT do not go together"),
        ("--classes 1 --count 3", "--count and --classes do not go together"),
        ("--count 3 --rows 2", "--count and --rows do not go together"),
        ("--count 0", "--count must be a whole number from 1 to 1000000, got 0"),
        ("--walk --count 3 --scores", "--scores and --walk do not go together"),
        ("12 --scores --format npz", "--scores and --format npz do not go together"),
        ("12 --scores --out a.npz", "--scores and --format npz do not go together"),
        ("12 --out a.jpg", "--out must end in .png, got 'a.jpg'"),
        ("12 --walk --out a.npz", "--out must end in .gif, got 'a.npz'"),
        ("12 --walk --out a.png", "--out must end in .gif, got 'a.png'"),
        ("--per-class 2 --out a", "--out must end in .npz, got 'a'"),
        ("--per-class 1=2,x=3", "'x' is not a class of the model; it has 0 1 2 3"),
        ("--per-class 1=0", "'1=0' must be a class and a number from 1, as cat=500"),
        ("--per-class 1=999999,2=2", "1,000,001 images are too many at once"),
        ("--per-class 2 --format png", "--per-class and --format png do not go together"),
    ],
)
def test_a_bad_option_is_one_line_and_writes_nothing(words, line, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert line in fails(capsys, "generate", *words.split())
    assert list(tmp_path.iterdir()) == []


def test_a_count_is_a_grid_of_each_class_in_turn(tmp_path, capsys):
    assert run("--count", 12, "--columns", 5, "--out", tmp_path / "a.png") == 0
    assert run("012345678901", "--out", tmp_path / "b.png") == 0
    grid = np.asarray(Image.open(tmp_path / "a.png"))
    row = np.asarray(Image.open(tmp_path / "b.png"))
    assert grid.shape == (3 * 28, 5 * 28) and not grid[56:, 56:].any()
    assert np.array_equal(np.hstack([grid[:28], grid[28:56], grid[56:, :56]]), row)


def test_the_critics_score_stands_under_each_image(tmp_path):
    assert run("--classes", "4,2", "--scale", 2, "--scores", "--out", tmp_path / "a.png") == 0
    assert run("42", "--scale", 2, "--out", tmp_path / "b.png") == 0
    with_scores = np.asarray(Image.open(tmp_path / "a.png"))
    assert np.array_equal(with_scores[:56], np.asarray(Image.open(tmp_path / "b.png")))
    texts = with_scores[56:]
    assert texts[:, :56].any() and texts[:, 56:].any() and len(texts) == 12
    assert not np.array_equal(texts[:, :56], texts[:, 56:])


@pytest.fixture(scope="module")
def without_classes(tmp_path_factory):
    """A run of colour images without classes."""
    folder = tmp_path_factory.mktemp("colour")
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (8, 8, 12, 3)).astype(np.uint8)
    np.savez(folder / "data.npz", x_train=images, y_train=np.arange(8) % 2)
    config = Config(
        dataset=str(folder / "data.npz"),
        networks="mlp",
        conditional=False,
        latent="uniform",
        augmentation="none",
        steps=1,
        schedule="constant",
        batch_size=4,
    )
    return train(config, folder / "run")


def test_without_classes_images_are_counted_and_classes_refused(
    without_classes, tmp_path, capsys, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    checkpoint = ("--checkpoint", without_classes)
    assert run("--count", 5, "--out", tmp_path / "a.png", "--scores", *checkpoint) == 0
    assert np.asarray(Image.open(tmp_path / "a.png")).shape == (2 * (2 * 8 + 12), 3 * 24, 3)
    assert run("--count", 4, "--walk", "--frames", 3, "--out", tmp_path / "a.gif", *checkpoint) == 0
    assert gif_frames(tmp_path / "a.gif").shape == (3, 4 * 16, 4 * 24)
    assert run("--count", 3, "--out", tmp_path / "a.npz", *checkpoint) == 0
    with np.load(tmp_path / "a.npz") as arrays:
        assert arrays.files == ["x"] and arrays["x"].shape == (3, 8, 12, 3)
    assert run("--count", 2, "--format", "pngs", "--out", tmp_path / "all", *checkpoint) == 0
    assert sorted(path.name for path in (tmp_path / "all").iterdir()) == ["00000.png", "00001.png"]
    capsys.readouterr()
    for words in ("3", "--per-class 2", "--morph 0 1", "--classes a"):
        assert run(*words.split(), *checkpoint) == 2
        assert "the model has no classes; ask for a number with --count" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.gif", "a.npz", "a.png", "all"]


def test_a_place_that_cannot_be_written_is_named(capsys, tmp_path):
    (tmp_path / "file").touch()
    assert run(1, "--out", tmp_path / "file" / "a.png") == 2
    assert str(tmp_path / "file") in capsys.readouterr().err


def test_the_generator_of_the_package_needs_no_tensorflow(tmp_path):
    code = (
        "import json, sys; from acwgan.cli.app import main; main(['generate', '20261122'])\n"
        "print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    path, modules = done.stdout.splitlines()
    heavy = {"tensorflow", "keras", "rich", "scipy", "matplotlib", "jax", "h5py"}
    assert heavy.isdisjoint(json.loads(modules))
    assert (path, done.stderr) == ("digits.png", "")
    with Image.open(tmp_path / "digits.png") as strip:
        assert strip.size == (8 * 28, 28)


def test_a_run_is_drawn_and_its_file_named(tmp_path, trained_run, acwgan_command):
    words = ("generate", "20260", "--checkpoint", trained_run, "--rows=2")
    done = acwgan_command(*words, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "digits.png\n", "")
    strip = np.asarray(Image.open(tmp_path / "digits.png"))
    images = acwgan.load(trained_run).generate("20260", rows=2)
    assert strip.shape == (56, 140) and np.array_equal(strip[28:, :28], images[5])


def test_an_svg_by_its_ending_has_a_path_for_each_digit(tmp_path, capsys):
    assert run("20", "--rows", 2, "--out", tmp_path / "a.svg") == 0
    assert capsys.readouterr().out == f"{tmp_path / 'a.svg'}\n"
    svg = (tmp_path / "a.svg").read_text()
    assert svg.count("<path") == 4 and 'width="448" height="448"' in svg
    assert "<title>2 0 2 0</title>" in svg
    assert run("20", "--format", "svg", "--scale", 1, "--out", tmp_path / "b.svg") == 0
    assert 'width="56" height="28"' in (tmp_path / "b.svg").read_text()


def test_npz_has_x_and_y(tmp_path):
    out = tmp_path / "digits.npz"
    assert run(905, "--seed=3", "--format=npz", "--out", out) == 0
    with np.load(out) as arrays:
        assert arrays["y"].tolist() == [9, 0, 5]
        assert np.array_equal(arrays["x"], acwgan.load().generate("905", seed=3))


def test_a_style_is_one_latent_for_a_row(tmp_path):
    out = tmp_path / "a.npz"
    assert run(373, "--style=5", "--rows=2", "--format=npz", "--out", out) == 0
    with np.load(out) as arrays:
        images = arrays["x"]
    assert np.array_equal(images[0], images[2]) and np.array_equal(images[3], images[5])
    assert not np.array_equal(images[0], images[3])
    assert np.array_equal(images[0], acwgan.load().generate("3", seed=5)[0])


def test_truncation_brings_the_digits_together(tmp_path):
    spread = []
    for truncation in (1, 0.5):
        out = tmp_path / "a.npz"
        assert run("7" * 20, "--truncation", truncation, "--format=npz", "--out", out) == 0
        with np.load(out) as arrays:
            spread.append(arrays["x"].std(axis=0).mean())
    assert spread[1] < 0.8 * spread[0]


def test_a_set_is_balanced_and_the_same_as_its_labels_draw(tmp_path, capsys):
    out = tmp_path / "set.npz"
    assert run("--per-class", 120, "--seed=4", "--out", out) == 0
    with np.load(out, allow_pickle=False) as arrays:
        images, labels = arrays["x_train"], arrays["y_train"]
    assert images.shape == (1200, 28, 28) and images.dtype == labels.dtype == np.uint8
    assert np.array_equal(labels, np.arange(1200) % 10)
    assert np.array_equal(images, acwgan.load().generate_labels(labels, seed=4))
    captured = capsys.readouterr()
    assert captured.out == f"{out}\n"
    assert captured.err.splitlines()[-1] == "1200 of 1200 digits"


def test_a_set_with_a_number_for_each_class_goes_into_folders_that_are_read_again(tmp_path, capsys):
    words = ("--per-class", "7=5,1=2,3=3", "--seed", 4)
    assert run(*words, "--out", tmp_path / "set.npz") == 0
    with np.load(tmp_path / "set.npz") as arrays:
        images, labels = arrays["x_train"], arrays["y_train"]
    assert labels.tolist() == [1, 3, 7, 1, 3, 7, 3, 7, 7, 7]
    assert np.array_equal(images, acwgan.load().generate_labels(labels, seed=4))
    assert run(*words, "--format", "folders", "--out", tmp_path / "set") == 0
    assert capsys.readouterr().out.splitlines()[-1] == str(tmp_path / "set")
    data = load(tmp_path / "set")
    assert data.class_names == ("1", "3", "7") and data.notes == ()
    assert np.array_equal(data.train_images[..., 0], images[np.argsort(labels, kind="stable")])
    assert run("25", "--format", "folders", "--out", tmp_path / "two") == 0
    assert load(tmp_path / "two").class_names == ("2", "5")


def test_ctrl_c_leaves_no_set(tmp_path, monkeypatch, capsys):
    def interrupted(self, done):
        raise KeyboardInterrupt

    monkeypatch.setattr("acwgan.cli.progress_bar.CountLine.show", interrupted)
    assert run("--per-class", 200, "--out", tmp_path / "set.npz") == 130
    assert list(tmp_path.iterdir()) == []
    assert capsys.readouterr().err == "Stopped; nothing was written.\n"


def test_a_morph_goes_from_one_class_to_the_other(tmp_path):
    out = tmp_path / "a.gif"
    words = ("--morph", 3, 8, "--frames=4", "--columns=2", "--rows=2", "--scale=2", "--seed=6")
    assert run(*words, "--out", out) == 0
    frames = gif_frames(out)
    assert frames.shape == (4, 112, 112)
    for frame, text in [(0, "33"), (2, "88")]:
        wanted = acwgan.load().generate(text, seed=6, rows=2)
        assert np.array_equal(frames[frame][::2, ::2][28:, 28:], wanted[3])
        assert np.array_equal(frames[frame][1::2, 1::2][:28, 28:], wanted[1])


def test_a_walk_starts_with_the_digits_of_the_seed(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run(205, "--walk", "--frames=8", "--scale=1", "--seed=9") == 0
    assert capsys.readouterr().out == "digits.gif\n"
    frames = gif_frames("digits.gif")
    assert frames.shape == (8, 28, 84)
    assert np.array_equal(frames[0], np.hstack(acwgan.load().generate("205", seed=9)))
    assert len({frame.tobytes() for frame in frames}) == 8


def test_a_walk_in_one_style_moves_all_digits_alike(tmp_path):
    out = tmp_path / "a.gif"
    assert run(44, "--walk", "--style=1", "--frames=4", "--scale=1", "--out", out) == 0
    frames = gif_frames(out)
    assert np.array_equal(frames[:, :, :28], frames[:, :, 28:])


def test_a_minimum_score_says_what_was_rejected(tmp_path, monkeypatch, capsys):
    class Judge:
        def __init__(self, path):
            assert path is None  # The package's own.

        def check_names(self, names):
            assert names == tuple("0123456789")

        """Content with every image that is brighter than the middle of those of seed 0."""

        def __call__(self, images):
            good = images.mean(axis=(1, 2)) > middle
            return np.where(good[:, None], np.eye(10)[7], 0.1), None

    first = acwgan.load().generate("7" * 20)
    middle = np.median(first.mean(axis=(1, 2)))
    monkeypatch.setattr("acwgan.evaluation.judge.Judge", Judge)
    out = tmp_path / "a.npz"
    assert run("7" * 20, "--min-score=0.5", "--format=npz", "--out", out) == 0
    with np.load(out) as arrays:
        assert (arrays["x"].mean(axis=(1, 2)) > middle).all()
    words = capsys.readouterr().err.split()
    rejected, drawn = int(words[1]), int(words[3])
    assert words[0] == "rejected" and rejected >= 10 and drawn - rejected == 20


def test_a_score_that_is_never_reached_ends_with_a_line(tmp_path, monkeypatch, capsys):
    class Judge:
        def __init__(self, path):
            pass

        def check_names(self, names):
            pass

        def __call__(self, images):
            return np.full((len(images), 10), 0.1), 0

    monkeypatch.setattr("acwgan.evaluation.judge.Judge", Judge)
    assert run("--per-class=1", "--min-score=0.5", "--out", tmp_path / "set.npz") == 2
    assert "10 of them still score below 0.5" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_the_judge_of_the_package_is_the_one_that_rejects(tmp_path, capsys):
    assert run(1, "--min-score=0", "--seed=1", "--out", tmp_path / "a.png") in (0, 2)
    assert capsys.readouterr().err.startswith(("rejected ", "acwgan: after 100 draws"))


@pytest.mark.parametrize(("words", "side"), [("", 3 * 39 * 28), ("--scale 4", 4 * 39 * 28)])
def test_a_large_gif_has_a_smaller_default_scale(tmp_path, words, side):
    out = tmp_path / "a.gif"
    assert run(*["--count", "1500", "--walk", "--frames", "2", "--out"], out, *words.split()) == 0
    assert gif_frames(out).shape == (2, side, side)


@pytest.fixture(scope="module")
def months(tmp_path_factory):
    """Files of a generator of the classes 1 to 12, of which the second says so, in no run."""
    network = registry.NETWORKS["mlp"].generator(8, (8, 8, 1), 12, seed=1)
    folder = tmp_path_factory.mktemp("months")
    info = ModelInfo(tuple(map(str, range(1, 13))))
    return (
        export_generator(network, folder / "silent.tflite"),
        export_generator(network, folder / "g.tflite", info=info),
    )


def test_classes_are_drawn_and_written_by_their_names(months, tmp_path):
    checkpoint = ("--checkpoint", months[1])
    assert run("--classes", "12,1,2", "--format", "pngs", "--out", tmp_path / "a", *checkpoint) == 0
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert names == ["00000-12.png", "00001-1.png", "00002-2.png"]
    assert run("12,1 2", "--out", tmp_path / "a.npz", *checkpoint) == 2
    assert run("12,1,2", "--out", tmp_path / "a.npz", *checkpoint) == 0
    assert run("--per-class", 2, "--out", tmp_path / "b.npz", *checkpoint) == 0
    with np.load(tmp_path / "a.npz") as one, np.load(tmp_path / "b.npz") as other:
        assert one["y"].tolist() == [11, 0, 1]
        assert one["class_names"].tolist() == other["class_names"].tolist()
        assert one["class_names"][one["y"]].tolist() == ["12", "1", "2"]


def test_a_text_that_can_mean_two_things_is_refused_with_what_mends_it(months, tmp_path, capsys):
    out = ("--out", tmp_path / "a.npz", "--checkpoint", months[1])
    assert run("12", *out) == 2
    line = "'12' can mean two things to this model: write '12,' or '1,2' instead"
    assert line in capsys.readouterr().err and not (tmp_path / "a.npz").exists()
    for text, labels in [("12,", [11]), ("1,2", [0, 1]), ("1 2", [0, 1]), ("3", [2])]:
        assert run(text, *out) == 0
        with np.load(tmp_path / "a.npz") as arrays:
            assert arrays["y"].tolist() == labels


@pytest.mark.parametrize("words", ["--format pngs 123", "--format pngs --count 30"])
def test_a_folder_that_holds_something_is_not_mixed_with_it(words, tmp_path, capsys):
    (tmp_path / "a").mkdir()
    assert run(*words.split(), "--out", tmp_path / "a") == 0
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "a").iterdir()}
    assert run(*words.split(), "--seed", 5, "--out", tmp_path / "a") == 2
    assert f"holds {len(before)} files already; choose a new or" in capsys.readouterr().err
    assert before == {path: path.stat().st_mtime_ns for path in (tmp_path / "a").iterdir()}


def test_ctrl_c_among_many_pictures_leaves_none(tmp_path):
    """In a real process, which gets a real signal while it writes the hundredth picture."""
    code = """
import os, signal, sys
opened = []
def hook(event, arguments):
    if event == "open" and str(arguments[0]).endswith(".png"):
        opened.append(arguments[0])
        if len(opened) == 100:
            os.kill(os.getpid(), signal.SIGINT)
sys.addaudithook(hook)
signal.signal(signal.SIGINT, signal.default_int_handler)
from acwgan.cli.app import main
status = main(sys.argv[1:])
assert len(opened) >= 100
sys.exit(status)
"""
    words = ["generate", "--count", "300", "--format", "pngs", "--out", str(tmp_path / "new/a")]
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (130, "Stopped; nothing was written.\n")
    assert list(tmp_path.iterdir()) == []


def test_no_judge_filters_unasked(months, tmp_path, capsys):
    shutil.copy(GENERATOR, tmp_path / "g.tflite")
    out = ("--min-score", 0, "--out", tmp_path / "a.png", "--checkpoint")
    for path in (months[1], tmp_path / "g.tflite"):
        assert run("3", *out, path) == 2
        assert "does not say what it was trained on" in capsys.readouterr().err
    judge = ("--judge", GENERATOR.with_name("judge.tflite"))
    assert run("3", *out, tmp_path / "g.tflite", *judge) == 0
    assert run("3", *out, months[1], *judge) == 2
    assert "judge.tflite: reads the classes 0, 1, 2" in capsys.readouterr().err


def test_a_file_that_says_its_data_is_filtered_by_the_judge_of_that_data(tmp_path, capsys):
    network = registry.NETWORKS["mlp"].generator(8, (28, 28, 1), 10, seed=1)
    info = ModelInfo(tuple("0123456789"), "mnist")
    path = export_generator(network, tmp_path / "g.tflite", info=info)
    assert run("3", "--min-score", 0, "--out", tmp_path / "a.png", "--checkpoint", path) in (0, 2)
    assert capsys.readouterr().err.startswith(("rejected ", "acwgan: after 100 draws"))
