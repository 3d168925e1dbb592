"""A real TensorBoard, started as docs/tensorboard.md says, asked as its pages ask it."""

import html
import io
import json
import re
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from acwgan.board import pages
from acwgan.board.events import RunLog
from acwgan.errors import UserNotice
from acwgan.images.fonts import drawn_names
from acwgan.images.layouts import grid_layout
from acwgan.runs.tags import DESCRIPTIONS
from acwgan.training.build import build_model

GUIDE = (Path(__file__).parent.parent / "docs" / "tensorboard.md").read_text()
STEPS = list(range(1, 26))
EMBEDDING = np.arange(20, dtype=np.float32).reshape(10, 2) / 7
NAMES = [f"digit {number}" for number in range(10)]
#: Names of classes that mean something to TensorBoard, its addresses, Markdown or tables.
HOSTILE = ["a, b", "$x^2$", "100%", "R&D", "<b>x</b>", "a/b", "猫", "|", "*x*", "?a=b#c", "schön"]


def write_run(folder, clip_value, distance, model):
    """Write a run with everything on its pages."""
    log = RunLog(folder, {})
    telling = {
        "steps": 25,
        "clip_value": clip_value,
        "decay": True,
        "networks": "acwgan",
        "seed": 0,
    }
    settings = telling | {"alpha": 0.5}
    metrics = ["quality/frechet_distance", "wasserstein_estimate"]
    pages.hparams(log.writer, folder, settings, metrics)
    pages.settings_text(log.writer, settings)
    pages.layout(log.writer)
    pages.networks_graph(log.writer, model)
    pages.projector(folder, EMBEDDING, NAMES)
    for step in STEPS:
        log.scalars(step, {"wasserstein_estimate": step / 2}, speed=1.0)
        log.samples(step, np.full((100, 4, 4, 1), 10 * step, np.uint8), 10, NAMES)
    log.quality(25, {"quality/frechet_distance": distance})
    log.histogram(25, "weights/critic", np.array([-0.01, 0.01, 0.01]))
    log.video(25)
    log.close()


def write_many(folder):
    """Write a run of 520 classes of 8x8, and the quality of a few with hostile names."""
    log = RunLog(folder, {})
    names = drawn_names([*HOSTILE, *map(str, range(509))])
    layout = grid_layout(len(names), 8, 8)
    images = np.random.default_rng(0).integers(0, 256, (5200, 8, 8, 1)).astype(np.uint8)
    for step in (1, 2):
        log.samples(step, images, layout.columns, names, layout.blocks)
    figures = {f"quality/class_accuracy/{name}": k / 16 for k, name in enumerate(HOSTILE)}
    log.quality(1, figures)
    log.quality(2, figures | {f"quality/class_accuracy/{number}": 0.9 for number in range(509)})
    pages.projector(folder, np.ones((len(names), 2)), [*HOSTILE, *map(str, range(509))])
    log.video(2)
    log.close()


@pytest.fixture(scope="module")
def ask(tmp_path_factory, tiny_config):
    """Asks TensorBoard with two runs, ``one`` and ``two``: path, query -> bytes."""
    out = tmp_path_factory.mktemp("out")
    model = build_model(tiny_config)
    write_run(out / "one", clip_value=0.01, distance=5.0, model=model)
    write_run(out / "two", clip_value=None, distance=3.0, model=model)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserNotice)  # There may be no font for the cat.
        write_many(out / "many")
    option = re.search(r"tensorboard --logdir out (--samples_per_plugin \S+)`", GUIDE).group(1)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", out, *option.split()]
    board = subprocess.Popen(
        [*command, "--host", "127.0.0.1", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def answer(plugin, body=None, **query):
        address = f"http://127.0.0.1:{port}/data/{plugin}?{urllib.parse.urlencode(query)}"
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(address, data, headers)
        with urllib.request.urlopen(request, timeout=30) as reply:
            return reply.read()

    try:
        wait_for_runs(answer)
        yield answer
    finally:
        board.terminate()
        board.wait()


def wait_for_runs(answer):
    """Until the last tag of all runs has been read."""
    deadline = time.monotonic() + 120
    while True:
        try:
            tags = json.loads(answer("plugin/images/tags"))
            if all("samples/video" in tags.get(run, {}) for run in ("one", "two", "many")):
                return
        except OSError:
            pass
        assert time.monotonic() < deadline, "TensorBoard does not answer"
        time.sleep(0.5)


def pictures(ask, tag, run="one"):
    return json.loads(ask("plugin/images/images", run=run, tag=tag, sample=0))


def picture(ask, entry):
    query = dict(urllib.parse.parse_qsl(entry["query"]))
    return Image.open(io.BytesIO(ask("plugin/images/individualImage", **query)))


def test_the_slider_has_every_grid(ask):
    entries = pictures(ask, "samples/grid")
    assert [entry["step"] for entry in entries] == STEPS
    with picture(ask, entries[6]) as grid:
        assert (
            grid.format == "PNG" and grid.height == 560 and grid.width > 560
        )  # Names to the left.
        assert grid.getpixel((grid.width - 1, 559)) == 70


def test_the_video_moves(ask):
    (entry,) = pictures(ask, "samples/video")
    with picture(ask, entry) as gif:
        assert (gif.format, gif.n_frames, gif.size) == ("GIF", 25, (40, 40))
        assert gif.info["loop"] == 0
        levels = []
        for frame in (0, 24):
            gif.seek(frame)
            levels.append(gif.convert("L").getpixel((0, 0)))
    assert levels[0] < 20 < 240 < levels[1]


def test_curves_say_what_they_are(ask):
    tags = json.loads(ask("plugin/scalars/tags"))["one"]
    for tag in ("wasserstein_estimate", "quality/frechet_distance"):
        assert DESCRIPTIONS[tag] in tags[tag]["description"].replace("\n", " ")


def test_the_histogram_is_served(ask):
    ((_, step, bars),) = json.loads(
        ask("plugin/histograms/histograms", run="one", tag="weights/critic")
    )
    assert step == 25 and [bars[0][2], bars[-1][2]] == [1, 2]


@pytest.mark.parametrize("order", ["ORDER_UNSPECIFIED", "ORDER_ASC", "ORDER_DESC"])
def test_the_hparams_page_lists_both_runs_and_sorts_a_setting_that_one_has_not(ask, order):
    page = json.loads(ask("plugin/hparams/experiment", body={}))
    names = [info["name"] for info in page["hparamInfos"]]
    assert names == ["clip_value", "decay", "networks", "seed", "steps", "alpha"]  # Five first.
    metrics = [info["name"]["tag"] for info in page["metricInfos"]]
    columns = [{"hparam": "clip_value", "order": order}]
    columns += [{"metric": {"group": "", "tag": tag}} for tag in metrics]
    body = {"colParams": columns, "startIndex": 0, "sliceSize": 10}
    body["allowedStatuses"] = ["STATUS_UNKNOWN", "STATUS_RUNNING"]
    groups = json.loads(ask("plugin/hparams/session_groups", body=body))["sessionGroups"]
    found = {
        group["name"].split()[0]: (
            group["hparams"].get("clip_value"),
            {value["name"]["tag"]: value["value"] for value in group["metricValues"]},
        )
        for group in groups
    }
    assert found == {
        "one": (0.01, {"quality/frechet_distance": 5.0, "wasserstein_estimate": 12.5}),
        "two": (None, {"quality/frechet_distance": 3.0, "wasserstein_estimate": 12.5}),
    }


def test_the_projector_shows_the_classes(ask):
    assert set(json.loads(ask("plugin/projector/runs"))) == {"one", "two", "many"}
    (info,) = json.loads(ask("plugin/projector/info", run="two"))["embeddings"]
    assert info["tensorShape"] == [10, 2]
    query = {"run": "two", "name": info["tensorName"]}
    points = np.frombuffer(ask("plugin/projector/tensor", **query), np.float32)
    np.testing.assert_allclose(points.reshape(10, 2), EMBEDDING, rtol=1e-6)
    assert ask("plugin/projector/metadata", **query).decode().splitlines() == NAMES


def test_grid_and_video_of_many_classes_are_served(ask):
    _, second = pictures(ask, "samples/grid", "many")
    with picture(ask, second) as grid:
        assert grid.format == "PNG" and grid.height < 2 * grid.width < 8192
    (entry,) = pictures(ask, "samples/video", "many")
    with picture(ask, entry) as gif:
        assert (gif.format, gif.n_frames, gif.size) == ("GIF", 2, (480, 696))


def test_classes_may_have_any_names(ask):
    for k, name in enumerate(HOSTILE):
        tag = f"quality/class_accuracy/{name}"
        rows = json.loads(ask("plugin/scalars/scalars", run="many", tag=tag))
        assert [value for _, _, value in rows] == [k / 16]
    (text,) = json.loads(ask("plugin/text/text", run="many", tag="worst_classes"))
    cells = re.findall(r"<td>(.*?)</td>\s*<td>(.*?)</td>", text["text"])
    assert [html.unescape(name) for name, _ in cells][: len(HOSTILE)] == HOSTILE
    assert len(cells) == 20
    query = {"run": "many", "name": "class_embedding"}
    names = ask("plugin/projector/metadata", **query).decode().splitlines()
    assert names[: len(HOSTILE)] == HOSTILE and len(names) == 520


def test_text_graph_and_layout_are_served(ask):
    (text,) = json.loads(ask("plugin/text/text", run="two", tag="settings"))
    assert re.search(r"<td>clip_value</td>\s*<td>none</td>", text["text"])
    graph = ask("plugin/graphs/graph", run="one", conceptual="false").decode()
    assert "the_generator/" in graph and "the_critic/" in graph
    (category,) = json.loads(ask("plugin/custom_scalars/layout"))["category"]
    titles = [chart["title"] for chart in category["chart"]]
    assert titles[0].startswith("Wasserstein") and len(titles) == len(set(titles))  # Both runs'.
    lines = category["chart"][0]["multiline"]["tag"]
    curves = json.loads(ask("plugin/custom_scalars/scalars", run="one", tag=lines[0]))
    assert list(curves["tag_to_events"]) == ["wasserstein_estimate"]
