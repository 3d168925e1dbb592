"""Every command in the README and the docs is run, as it stands there or in a shortened form."""

import contextlib
import glob
import re
import shlex
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from long_ones import parameters

from acwgan.cli.app import build_parser, main
from acwgan.datasets.named import load_mnist
from acwgan.images.grids import enlarged
from acwgan.images.png import save_png

ROOT = Path(__file__).parent.parent
PAGES = sorted(
    page for folder in (".", "docs", "deploy", "bench") for page in ROOT.glob(f"{folder}/*.md")
)
#: What a command begins with -> why it is not run here.
NOT_RUN = {
    "python3 -m venv": "installs, which .ci/run, .ci/release and .ci/matrix do",
    ".venv/bin/": "is what .ci/run does",
    ".ci/run": "runs these tests",
    "pip install": "needs a package index, as .ci/release has",
    "python -m tools.small_distribution": "tests/test_shipped.py calls it, .ci/release runs it",
    "uvicorn": "serves until it is stopped: tests/test_serve.py",
    "acwgan board": "serves until it is stopped: tests/test_tensorboard.py, .ci/smoke.py",
    "acwgan train --class-weight": "is old: tests/test_moved.py",
    "acwgan train --decay-steps": "is old: tests/test_moved.py",
    "acwgan train --devices 2": "tests/devices/test_distribution.py trains on several devices",
    "acwgan train --workers": "needs machines a and b: tests/devices/test_cluster.py has two here",
    "acwgan launch": "tests/devices/test_launcher.py launches workers",
}
#: Words after a training, a judge, an encoder and an evaluation that make them short.
SHORT = {
    "train": "--steps 2 --schedule constant --n-critic 1 --batch-size 4 --log-every 1 "
    "--sample-every 1 --evaluate-every none --precision float32",
    "judge": "--epochs 1",
    "encoder": "--steps 1",
    "evaluate": "--no-cas",
}
#: Words of the pages -> those that need no more than the data and time of a test.
SMALLER = {
    "fashion_mnist": "tiny.npz",
    "emnist-letters/": "tiny.npz",
    "sneaker,bag,ankle-boot": "7,8,9",
    "5000": "100",
    "6000": "60",
    "0.1": "0.5",
    "cat=20,dog=480": "cat=20,dog=30",
    "128": "28",
}


def name_of(page):
    return page.relative_to(ROOT).with_suffix("").as_posix()


def commands(page):
    """The commands in the blocks and tables of a page, in their order."""
    found = []
    text = page.read_text(encoding="utf-8")
    for block, cell in re.findall(
        r"^```(?:sh|bash|console)\n(.*?)^```|^\| `(acwgan [^`]+)` \|", text, re.M | re.S
    ):
        lines = block.replace("\\\n", " ").splitlines() if block else [cell]
        found += [re.sub(r"\s+# .*", "", line).strip() for line in lines]
    return [each for each in found if each and not each.startswith("#")]


ALL = {page: commands(page) for page in PAGES}
WITH_COMMANDS = [page for page in PAGES if ALL[page]]


def mentions(page):
    """The commands within the sentences of a page."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    found = re.findall(r"`((?:acwgan|python -m) [^`]+)`", text)
    return [" ".join(each.split()) for each in found]


def fault_of_mention(mention, capsys):
    """Why a command in a sentence cannot be called so; None if it can, or if it is only named."""
    words = shlex.split(mention)
    if words[0] == "python":
        place = ROOT / words[2].replace(".", "/")
        there = place.is_dir() or place.with_suffix(".py").is_file() or words[2] == "pydoc"
        return None if there else f"{words[2]} is not there"
    # Placeholders: RUN, N, …, a|b. The report is written while it is parsed, which takes a minute.
    if "--report" in words or any(re.fullmatch(r"[A-Z]+|.*[…|].*", word) for word in words):
        return None
    try:
        build_parser().parse_args(words[1:])
    except SystemExit as stop:
        fault = capsys.readouterr().err
        named = re.search("arguments are required|: expected .* argument", fault)
        return fault if stop.code and not named else None
    return None


def reason(command):
    """Why a command is not run; None if it is."""
    return next((why for start, why in NOT_RUN.items() if command.startswith(start)), None)


def test_what_is_not_run_is_on_a_page():
    everything = [command for each in ALL.values() for command in each]
    stale = [s for s in NOT_RUN if not any(command.startswith(s) for command in everything)]
    assert stale == [] and len(everything) > 50


@pytest.fixture(scope="module")
def world(tmp_path_factory, trained_run):
    """A folder with what the pages take for granted: runs, pictures, data."""
    folder = tmp_path_factory.mktemp("world")
    for name in ("acwgan", "article", "fashion", "variant"):
        shutil.copytree(trained_run, folder / "out" / name)
    data = load_mnist()
    few = {"x_train": data.train_images[:300, ..., 0], "y_train": data.train_labels[:300]}
    few |= {"x_test": data.test_images[:200, ..., 0], "y_test": data.test_labels[:200]}
    np.savez(folder / "tiny.npz", **few)
    # The two functions of the page on own networks, without the training that follows.
    page = (ROOT / "docs" / "your-own-network.md").read_text(encoding="utf-8")
    program = page.partition("```python\n")[2].partition("acwgan.train(")[0]
    (folder / "mine.py").write_text(program, encoding="utf-8")
    for name in ("synthetic", "shirts"):
        np.savez(folder / f"{name}.npz", **few)
    save_png(folder / "my-seven.png", enlarged(data.test_images[0], 4))
    (folder / "digits").mkdir()
    for index in range(240):
        if index < 10:
            save_png(folder / "digits" / f"{index}.png", data.test_images[index])
        picture = folder / "photos" / ["cat", "dog"][index % 2] / f"{index}.png"
        picture.parent.mkdir(parents=True, exist_ok=True)
        save_png(picture, data.test_images[index])
    with contextlib.chdir(folder):
        for line in (
            "judge --dataset tiny.npz --epochs 1 --out tiny.tflite",
            "judge --dataset photos --test-share 0.5 --epochs 1 --out photos.tflite",
            "train --dataset photos --test-share 0.5 --judge photos.tflite --run-dir out/photos "
            + SHORT["train"],
        ):
            assert main(line.split()) == 0
    return folder


def shortened(command, folder):
    """The words of a command after ``acwgan``, so that it needs seconds."""
    command = re.sub(r"^until (.*); do sleep \d+; done$", r"\1", command)
    words = [SMALLER.get(word, word) for word in shlex.split(command)]
    assert words.pop(0) == "acwgan", f"{command}: must be run, or listed with a reason"
    words = [
        each for word in words for each in (sorted(glob.glob(word)) if "*" in word else [word])
    ]
    name = words[0]
    if "--minutes" in words:  # Goes with no number of steps.
        place = words.index("--minutes")
        del words[place : place + 2]
    words += SHORT.get(name, "").split()  # Of an option that is there twice, the last one counts.
    if name == "evaluate" and "out/photos" not in words:  # The judge of MNIST has 10,000 to read.
        words += ["--dataset", "tiny.npz"] * ("--dataset" not in words)
        words += ["--judge", "tiny.tflite"] * ("--judge" not in words)
    if name == "judge" and "--dataset" not in words:  # 60,000 digits.
        words += ["--dataset", "tiny.npz"]
    if name == "train" and "--resume" not in words and "--help" not in words:
        run = words[words.index("--run-dir") + 1] if "--run-dir" in words else "out/acwgan"
        preset = words[words.index("--preset") + 1] if "--preset" in words else ""
        if (folder / (run if "--run-dir" in words or not preset else f"out/{preset}")).exists():
            words.append("--overwrite")
    return words


def run(command, folder):
    words = shortened(command, folder)
    try:
        status = main(words)
    except SystemExit as stop:  # As --help does.
        status = stop.code or 0
    assert status == 0, f"{command}: {' '.join(words)}"


@pytest.mark.parametrize("page", [page for page in PAGES if mentions(page)], ids=name_of)
def test_the_commands_in_the_sentences_of_a_page_can_be_called(page, capsys):
    faults = {each: fault_of_mention(each, capsys) for each in mentions(page)}
    assert {each: fault for each, fault in faults.items() if fault} == {}


@pytest.mark.parametrize(
    "mention", ["acwgan generate --frobnicate", "acwgan train --steps many", "python -m tools.gone"]
)
def test_a_command_in_a_sentence_that_cannot_be_called_is_an_error(mention, capsys):
    assert fault_of_mention(mention, capsys)


#: Pages whose commands are always run; those of all others are among the long tests.
ALWAYS = {"README", "docs/generate", "docs/your-own-network"}


@pytest.mark.parametrize("page", WITH_COMMANDS, ids=name_of)
def test_the_commands_of_a_page_can_be_called(page, capsys):
    ours = [each for each in ALL[page] if each.startswith("acwgan") and not reason(each)]
    faults = {each: fault_of_mention(each, capsys) for each in ours}
    assert {each: fault for each, fault in faults.items() if fault} == {}


@pytest.mark.parametrize(
    "page", parameters(WITH_COMMANDS, lambda page: name_of(page) not in ALWAYS), ids=name_of
)
def test_the_commands_of_a_page_work(page, world, monkeypatch):
    monkeypatch.chdir(world)
    for command in ALL[page]:
        if not reason(command):
            run(command, world)
    sys.modules.pop("mine", None)  # Other tests have modules of this name.


def test_the_programs_in_the_readme_work(tiny_config, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    program = "".join(re.findall(r"^```python\n(.*?)^```", page, re.M | re.S))
    program, count = re.subn(r"acwgan\.Config\([^)]*\)", "config", program)
    data = load_mnist()
    config = replace(tiny_config, evaluate_every=None, augmentation="none")
    names = {"config": config, "x": data.test_images[:200], "y": data.test_labels[:200]}
    exec(program, names)
    assert count == 2 and (tmp_path / "out" / "mine" / "generator.keras").is_file()
    assert names["images"].shape == names["digits"].shape == (5, 28, 28)


def test_a_new_command_that_cannot_be_run_is_an_error(world):
    with pytest.raises(AssertionError, match="must be run, or listed with a reason"):
        run("make release", world)
    with pytest.raises(AssertionError, match="acwgan generate --frobnicate: "):
        run("acwgan generate --frobnicate", world)
