"""Untrusted files and hostile command lines either work or end in an error of one line.

The short form takes some seconds. ``ACWGAN_FUZZ=100000`` tries 100,000 inputs, new ones each time.
"""

import contextlib
import gzip
import io
import json
import os
import shutil
import signal
import struct
import tracemalloc
import warnings
import zipfile
import zlib
from dataclasses import replace

import keras
import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from keras import layers
from PIL import Image

from acwgan.cli import app
from acwgan.config import Config
from acwgan.datasets import loading
from acwgan.datasets.class_folders import read_class_folders
from acwgan.datasets.idx import read_names, read_pair
from acwgan.errors import UserError
from acwgan.evaluation.generated_images import load_samples
from acwgan.files import untrusted
from acwgan.generation.picture_files import read_pictures
from acwgan.networks import users
from acwgan.networks.calls import sketch
from acwgan.networks.registry import HANDED_IN
from acwgan.runs import networks as run_networks
from acwgan.runs.folder import read_config, read_data_spec
from acwgan.runs.sample_pictures import check_sizes, read_picture, sample_pictures
from acwgan.runs.tables import read_csv

#: Number of inputs of all tests together; the shares below are of 1,000.
INPUTS = int(os.environ.get("ACWGAN_FUZZ", "1000"))
#: Seconds after which an input counts as a hang, and bytes of memory that it may take.
SECONDS, MEMORY = 120, 128 << 20


def inputs(share, at_least=3):
    """Settings for ``share`` of 1,000 inputs; the short form always tries the same ones."""
    return settings(
        max_examples=max(at_least, INPUTS * share // 1000),
        deadline=None,
        derandomize="ACWGAN_FUZZ" not in os.environ,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


@pytest.fixture(autouse=True)
def little_memory(tmp_path_factory, monkeypatch):
    """The system reports little free memory, of which half may be taken."""
    meminfo = tmp_path_factory.mktemp("proc") / "meminfo"
    meminfo.write_text(f"MemAvailable: {MEMORY // 1024} kB\n")
    monkeypatch.setattr(untrusted, "_MEMINFO", meminfo)


@contextlib.contextmanager
def bounded():
    """Fail after a hang, or if much memory was taken."""

    def hang(*_):
        raise AssertionError(f"more than {SECONDS} s")

    before = signal.signal(signal.SIGALRM, hang)
    signal.alarm(SECONDS)
    tracemalloc.start(1)
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < 2 * MEMORY
    finally:
        tracemalloc.stop()
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def ends_well(read, *arguments):
    """Read; only errors for users may be raised."""
    with bounded():
        try:
            read(*arguments)
        except UserError as error:
            assert str(error)
        except OSError as error:
            assert error.filename and error.strerror


# Valid small files.


def npz_bytes(**arrays):
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def npy_bytes(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def idx_bytes(array):
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


def picture_bytes(array, kind="PNG", **options):
    file = io.BytesIO()
    Image.fromarray(array).save(file, kind, **options)
    return file.getvalue()


def networks_json():
    z, images = keras.Input((4,)), keras.Input((8, 8, 1))
    generator = keras.Model(z, layers.Reshape((8, 8, 1))(layers.Dense(64, "tanh")(z)))
    critic = keras.Model(images, layers.Dense(1)(layers.Flatten()(images)))
    networks = users.user_networks((lambda: generator, lambda: critic))
    return run_networks.description(networks, generator, critic).encode()


def networks_of_run(folder):
    """Build the networks that a run of unknown origin describes, as before its weights are read."""
    config = replace(Config(), networks=HANDED_IN, latent_dim=4, conditional=False)
    found = run_networks.architecture_of(folder, config)
    sketch(lambda: found.generator(4, (8, 8, 1), None))
    sketch(lambda: found.critic((8, 8, 1), None))


GREY = np.arange(784, dtype=np.uint8).reshape(28, 28)
IMAGES = np.stack([GREY, GREY.T, GREY[::-1]])
LABELS = np.array([0, 1, 0], np.uint8)
ROWS = "generator_step,loss/critic,loss/generator\n" + "".join(
    f"{step},{step / 7:.7g},nan\n" for step in range(20, 200, 20)
)
SUBJECT = {"image_shape": [28, 28, 1], "class_names": ["a", "b"], "images": 3}

#: Name of a file -> its content and the function that reads it from its folder.
FILES = {
    "data.npz": (
        npz_bytes(x_train=IMAGES, y_train=LABELS, class_names=np.array(["a", "b"])),
        lambda folder: loading.load(folder / "data.npz"),
    ),
    "images.npy": (npy_bytes(IMAGES / 255), lambda folder: loading.load(folder / "images.npy")),
    "samples.npz": (npz_bytes(x=IMAGES, y=LABELS), lambda f: load_samples(f / "samples.npz")),
    "pictures.npz": (npz_bytes(x=IMAGES), lambda f: read_pictures([f / "pictures.npz"])),
    "picture.png": (picture_bytes(GREY), lambda f: read_pictures([f / "picture.png"])),
    "palette.png": (
        picture_bytes(np.stack([GREY] * 3, -1)),
        lambda f: read_pictures([f / "palette.png"]),
    ),
    "train-images-idx3-ubyte": (idx_bytes(IMAGES), lambda f: read_pair(f, "train")),
    "t10k-labels-idx1-ubyte.gz": (
        gzip.compress(idx_bytes(LABELS)),
        lambda f: read_pair(f, "t10k"),
    ),
    "metrics.csv": (ROWS.encode(), lambda f: read_csv(f / "metrics.csv")),
    "config.json": (Config().to_json().encode(), read_config),
    "data.json": (json.dumps(SUBJECT).encode(), read_data_spec),
    "networks.json": (networks_json(), networks_of_run),
    "class_names.txt": (b"a\nb\n", read_names),
    "step-00000020.png": (
        picture_bytes(GREY),
        lambda f: [
            read_picture(path)
            for path in [path for _, path in sample_pictures(f)]
            if check_sizes([path])
        ],
    ),
}
#: Files that the readers of other files need beside them.
BESIDE = {
    "train-labels-idx1-ubyte": idx_bytes(LABELS),
    "t10k-images-idx3-ubyte": idx_bytes(IMAGES),
}

# Damaged files.

NUMBERS = st.sampled_from([0, 1, 2, 127, 128, 255, 2**16, 2**31 - 1, 2**31, 2**32 - 1]) | (
    st.integers(0, 2**32 - 1)
)
CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["flip", "byte", "number", "cut", "insert", "repeat", "swap"]),
        st.floats(0, 1, exclude_max=True),
        NUMBERS,
    ),
    min_size=1,
    max_size=6,
)


def changed(content, changes):
    """The content with some changes, each at a position between 0 and 1."""
    content = bytearray(content)
    for what, place, number in changes:
        at = int(place * len(content))
        if what == "flip" and content:
            content[at] ^= 1 << number % 8
        elif what == "byte" and content:
            content[at] = number % 256
        elif what == "number":
            content[at : at + 4] = number.to_bytes(4, ("little", "big")[number % 2])
        elif what == "cut":
            del content[at : at + 1 + number % 64 if number % 2 else None]
        elif what == "insert":
            content[at:at] = number.to_bytes(4, "big") * (1 + number % 5)
        elif what == "repeat":
            content[at:at] = content[at : at + number % 256] * (1 + number % 3)
        elif content:
            other = number % len(content)
            content[at], content[other] = content[other], content[at]
    return bytes(content)


@inputs(500)
@given(st.sampled_from(sorted(FILES)), CHANGES)
def test_files_with_wrong_bytes(tmp_path_factory, name, changes):
    content, read = FILES[name]
    check(tmp_path_factory, name, changed(content, changes), read)


def check(tmp_path_factory, name, content, read):
    folder = tmp_path_factory.getbasetemp() / "fuzz"
    if not folder.exists():
        folder.mkdir()
        for other, its_content in BESIDE.items():
            (folder / other).write_bytes(its_content)
    (folder / name).write_bytes(content)
    try:
        ends_well(read, folder)
    finally:
        (folder / name).unlink()


# Well-formed files with hostile values.

SIDES = st.sampled_from([0, 1, 3, 28, -1, -28, 2**20, 2**31, 2**63, 10**30, True, None, 2.5])
WORDS = st.sampled_from(
    ["", "|u1", "<U3", "O", "V", "<U2147483647", "|O8", "<M8[ns]", "x", "(2,)u1"]
)
HEADERS = st.fixed_dictionaries(
    {
        "descr": WORDS | st.lists(st.tuples(WORDS, WORDS), max_size=2),
        "fortran_order": st.booleans() | SIDES,
        "shape": st.lists(SIDES, max_size=5).map(tuple) | st.just((3, 28, 28)) | SIDES,
    }
).map(repr) | st.text(max_size=40)


@inputs(120)
@given(
    st.sampled_from(["x_train", "y_train", "class_names", "x", "y"]),
    HEADERS,
    st.sampled_from([1, 1, 1, 2, 3, 0]),
    st.integers(0, 3000),
    st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA]),
)
def test_arrays_with_any_header(tmp_path_factory, name, header, version, size, compression):
    header = header.encode()
    length = len(header).to_bytes(2 if version == 1 else 4, "little")
    array = b"\x93NUMPY" + bytes([version, 0]) + length + header + bytes(size)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for other, its_array in [("x_train", IMAGES), ("y_train", LABELS)]:
            if other != name:
                with archive.open(f"{other}.npy", "w") as member:
                    np.save(member, its_array)
        archive.writestr(f"{name}.npy", array)
    for reader in ("data.npz", "samples.npz", "pictures.npz"):
        check(tmp_path_factory, reader, file.getvalue(), FILES[reader][1])
    check(tmp_path_factory, "images.npy", array, FILES["images.npy"][1])


@inputs(80)
@given(st.lists(NUMBERS, max_size=5), st.integers(0, 255), st.binary(max_size=50), st.booleans())
def test_idx_files_with_any_header(tmp_path_factory, sides, kind, content, packed):
    header = struct.pack(f">BBBB{len(sides)}I", 0, 0, kind if kind % 4 else 8, len(sides), *sides)
    name = "t10k-labels-idx1-ubyte.gz" if packed else "train-images-idx3-ubyte"
    whole = zlib.compress(header + content, wbits=31) if packed else header + content
    check(tmp_path_factory, name, whole, FILES[name][1])


JSON = st.recursive(
    SIDES
    | st.text(max_size=5)
    | st.sampled_from([float("nan"), float("inf"), "../../x", "/dev/zero", "mnist", "normal"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@inputs(120)
@example("config.json", [("steps", [])], "[" * 100_000)
@example("data.json", [("image_shape", [2**70, 4, 1])], None)
@given(
    st.sampled_from(["config.json", "data.json"]),
    st.lists(st.tuples(st.sampled_from([*Config().__dict__, *SUBJECT, "other"]), JSON), max_size=4),
    st.none(),
)
def test_settings_with_any_values(tmp_path_factory, name, changes, text):
    content, read = FILES[name]
    values = json.loads(content)
    values.update((key, value) for key, value in changes if key in values or key == "other")
    check(tmp_path_factory, name, (text or json.dumps(values)).encode(), read)


@inputs(40)
@given(st.lists(st.lists(st.sampled_from(["1", "2", "1e999", "-0", "nan", "", "x", "1_0", "٣"]))))
def test_tables_with_any_values(tmp_path_factory, rows):
    lines = ["generator_step,loss/critic", *map(",".join, rows), ""]
    check(tmp_path_factory, "metrics.csv", "\n".join(lines).encode(), FILES["metrics.csv"][1])


@inputs(40)
@given(
    NUMBERS,
    NUMBERS,
    st.integers(0, 255),
    st.integers(0, 255),
    st.lists(
        st.tuples(
            st.sampled_from(
                [b"IHDR", b"PLTE", b"IDAT", b"tRNS", b"zTXt", b"iCCP", b"acTL", b"IEND"]
            ),
            st.binary(max_size=40),
        ),
        max_size=4,
    ),
)
def test_pictures_with_any_header(tmp_path_factory, width, height, depth, kind, chunks):
    def chunk(name, content):
        whole = name + content
        return struct.pack(">I", len(content)) + whole + struct.pack(">I", zlib.crc32(whole))

    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(bytes(29 * 28)))
    content = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
    content += b"".join(chunk(*each) for each in chunks) + pixels + chunk(b"IEND", b"")
    for name in ("picture.png", "step-00000020.png"):
        check(tmp_path_factory, name, content, FILES[name][1])


# Files that TensorFlow, HDF5 and LiteRT read.


@inputs(20)
@given(st.sampled_from(["PNG", "JPEG"]), CHANGES)
def test_pictures_of_a_class_with_wrong_bytes(tmp_path_factory, kind, changes):
    folder = tmp_path_factory.getbasetemp() / "classes"
    (folder / "a").mkdir(parents=True, exist_ok=True)
    path = folder / "a" / "a.png"
    path.write_bytes(changed(picture_bytes(GREY, kind), changes))
    ends_well(read_class_folders, folder)


@inputs(2)
@given(changes=CHANGES)
def test_networks_with_wrong_bytes(tmp_path_factory, trained_run, changes):
    """Both files of a trained generator, opened like files of a user."""
    from acwgan.files.bundled import CRITIC
    from acwgan.generation import loading
    from acwgan.generation.litert import LiteRTModel

    folder = tmp_path_factory.getbasetemp() / "networks"
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(trained_run / "generator.keras") as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    # The end of an HDF5 file, as its beginning, holds its structure; the checksums are right.
    name = ("config.json", "model.weights.h5")[changes[0][2] % 2]
    whole = members[name]
    members[name] = changed(whole[:4000], changes) + whole[4000:]
    with zipfile.ZipFile(folder / "a.keras", "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    ends_well(loading.load, folder / "a.keras")
    # The structure of a LiteRT file is at its end.
    content = CRITIC.read_bytes()
    (folder / "a.tflite").write_bytes(content[:-4000] + changed(content[-4000:], changes))
    ends_well(LiteRTModel, folder / "a.tflite")


@inputs(1)
@given(st.sampled_from(["state.index", "state.data-00000-of-00001", "position.json"]), CHANGES)
def test_checkpoints_with_wrong_bytes(tmp_path_factory, trained_run, name, changes):
    from acwgan.generation import loading

    folder = tmp_path_factory.getbasetemp() / "run"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(trained_run, folder, ignore=shutil.ignore_patterns("*.keras", "events*"))
    for path in folder.glob(f"*/step-*/{name}"):
        path.write_bytes(changed(path.read_bytes(), changes))
    ends_well(loading.load, folder)


# Command lines.

PARSER = app.build_parser()
COMMANDS = next(action.choices for action in PARSER._actions if isinstance(action.choices, dict))
HOSTILE = [
    *("", "-", "--", "-1", "0", "1", "2", "7", "1e9", "1e-300", "nan", "-inf", "0x10", "1_0", "٣"),
    *(
        "9" * 5000,
        "1.5",
        "none",
        "true",
        "mnist",
        "png",
        "gif",
        ".npz",
        ".tflite",
        "a,b",
        ",",
        "%s",
    ),
    *("a" * 5000, "é", "\udcff", "a\nb", "\x1b[31m", "../x", ".", "..", "/dev/null", "/dev/full"),
    *("/dev/zero", "/proc/self/mem", "~", "{}", "*", "run", "empty", "data.npz", "picture.png"),
    *("out.png", "out.svg", "out.gif", "out.mp4", "out.npz", "no/such.tflite", "torn.tflite"),
]
#: A missing data set, which is noticed last, so that no long work starts.
LAST = {"train": ["--dataset", "no/such"], "evaluate": ["--dataset", "no/such"]}
LAST["judge"] = LAST["encoder"] = ["--dataset", "no/such"]
LAST["encode"] = ["--checkpoint", "no/such"]
LAST["launch"] = ["--workers", "0"]


@st.composite
def command_lines(draw):
    """Real options of a real command with hostile values."""
    command = draw(st.sampled_from(sorted(COMMANDS)))
    words = st.sampled_from(HOSTILE) | st.text(
        st.characters(exclude_characters="\0/", exclude_categories=()), max_size=4
    )
    line = [command]
    options = [name for action in COMMANDS[command]._actions for name in action.option_strings]
    for option in draw(st.lists(st.sampled_from([*options, "", ""]), max_size=4)):
        line += [option] * bool(option) + draw(st.lists(words, min_size=1, max_size=2))
    return line + LAST.get(command, [])


@inputs(60)
@example(["generate", "1", "--out", ""])
@example(["generate", "--classes", ""])
@example(["generate", "1", "--out", "/dev/null"])
@example(["generate", "--count", "1000000000000"])
@example(["generate", "12", "--rows", "1000000"])
@example(["generate", "--morph", "1", "2", "--columns", "3000", "--frames", "2"])
@example(["score", "a\nb\x1b[31m.png"])
@example(["frobnicate\nall"])
@given(command_lines())
def test_command_lines(tmp_path_factory, line):
    folder = tmp_path_factory.getbasetemp() / "here" / "deep"
    if not folder.exists():
        (folder / "run" / "samples").mkdir(parents=True)
        (folder / "empty").mkdir()
        (folder / "torn.tflite").write_bytes(b"\x1c\0\0\0TFL3 and then nothing")
        for name in ("data.npz", "picture.png"):
            (folder / name).write_bytes(FILES[name][0])
        for name in ("config.json", "data.json", "metrics.csv"):
            (folder / "run" / name).write_bytes(FILES[name][0])
        (folder / "run" / "samples" / "step-00000020.png").write_bytes(FILES["picture.png"][0])
    out, err = io.StringIO(), io.StringIO()
    with (
        contextlib.chdir(folder),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        bounded(),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")  # From matplotlib, about signs that its font lacks.
        try:
            status = app.main(line)
        except SystemExit as stop:
            status = stop.code
    assert status in (0, 2), (line, err.getvalue())
    if status:
        (said,) = err.getvalue().split("\n")[:-1]
        assert said.startswith("acwgan") and said.isprintable(), (line, said)
