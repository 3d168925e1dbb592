import re
import time
from dataclasses import asdict, replace
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.custom_scalar import layout_pb2
from tensorboard.plugins.hparams import metadata as hparams_metadata

from acwgan.board import pages
from acwgan.networks.registry import NETWORKS
from acwgan.runs.tags import DESCRIPTIONS
from acwgan.training.build import build_model


@pytest.fixture
def written(tmp_path):
    """Calls a function with a writer and reads what it wrote."""

    def read(page, *arguments):
        writer = tf.summary.create_file_writer(str(tmp_path))
        page(writer, *arguments)
        writer.close()
        return EventAccumulator(str(tmp_path)).Reload()

    return read


def test_every_chart_has_curves_and_every_curve_of_the_training_a_chart(written):
    events = written(pages.layout)
    (event,) = events.Tensors("custom_scalars__config__")
    page = layout_pb2.Layout.FromString(tf.make_ndarray(event.tensor_proto).item())
    (category,) = page.category
    charts = {chart.title: list(chart.multiline.tag) for chart in category.chart}
    drawn = {
        title: {tag for tag in DESCRIPTIONS for line in lines if re.match(line, tag)}
        for title, lines in charts.items()
    }
    (estimates,) = (tags for title, tags in drawn.items() if "Wasserstein" in title)
    assert estimates == {"wasserstein_estimate", "wasserstein_estimate_held_out"}
    assert all(drawn.values())
    groups = ("loss/", "class/", "quality/", "gradient_norm/", "wasserstein")
    curves = [tag for tag in DESCRIPTIONS if tag.startswith(groups)]
    assert sorted(tag for tags in drawn.values() for tag in tags) == sorted(curves)  # Each once.


def test_settings_and_metrics_for_comparing_runs(written):
    values = {"steps": 9000, "decay": True, "networks": "acwgan", "rate": 4e-4, "clip_value": None}
    events = written(pages.hparams, "/out/mine", values, ["quality/frechet_distance"])

    def content(tag):
        return events.SummaryMetadata(tag).plugin_data.content

    start = hparams_metadata.parse_session_start_info_plugin_data(
        content(hparams_metadata.SESSION_START_INFO_TAG)
    )
    assert start.group_name == "mine (/out)"
    assert {
        name: getattr(value, value.WhichOneof("kind")) for name, value in start.hparams.items()
    } == {"steps": 9000, "decay": True, "networks": "acwgan", "rate": 4e-4}
    page = hparams_metadata.parse_experiment_plugin_data(content(hparams_metadata.EXPERIMENT_TAG))
    assert [info.name for info in page.hparam_infos] == list(values)  # In the caller's order.
    assert [info.name.tag for info in page.metric_infos] == ["quality/frechet_distance"]


def test_the_settings_as_a_table(written, tiny_config):
    values = asdict(replace(tiny_config, dataset="a|b", clip_value=None, decay=False))
    (event,) = written(pages.settings_text, values, 7).Tensors("settings")
    lines = tf.make_ndarray(event.tensor_proto).item().decode().splitlines()
    assert event.step == 7 and len(lines) == 2 + len(values)
    assert all(re.sub(r"[^|]", "", line) == "|||" for line in lines)
    assert {"| batch_size | 4 |", "| clip_value | none |", "| decay | false |"} <= set(lines)
    assert "| dataset | a&#124;b |" in lines


@pytest.mark.parametrize("classes", [10, None], ids=["classes", "no classes"])
@pytest.mark.parametrize("name", ["acwgan", "wgan-gp"])
def test_the_graph_goes_from_z_to_the_score_and_has_no_weights(written, name, classes):
    builders, began = NETWORKS[name], time.perf_counter()
    model = SimpleNamespace(
        generator=builders.generator(8, (28, 28, 1), classes),
        critic=builders.critic((28, 28, 1), classes),
    )
    graph = tf.compat.v1.GraphDef.FromString(written(pages.networks_graph, model)._graph)
    nodes = {node.name: node for node in graph.node}
    assert nodes["z"].op == "Placeholder"
    scopes = {name.split("/")[0] for name in nodes}
    assert {"the_generator", "the_critic"} <= scopes
    assert {"z"} < inputs_of(nodes, nodes["Identity"])  # The score follows from z.
    assert graph.ByteSize() < 200_000 and time.perf_counter() - began < 30


def inputs_of(nodes, node):
    """The names of all nodes that a node follows from."""
    found, left = set(), [node]
    while left:
        for name in left.pop().input:
            name = name.split(":")[0].lstrip("^")
            if name not in found:
                found.add(name)
                left.append(nodes[name])
    return found


def test_the_points_of_the_projector_are_the_generators_classes(tmp_path, tiny_config):
    model = build_model(tiny_config)
    points = pages.class_embeddings(model.generator)
    assert points.shape == (10, tiny_config.latent_dim)
    names = [f"digit {number}" for number in range(9)] + ["a\tb"]
    pages.projector(tmp_path, points, names)
    table = np.loadtxt(tmp_path / "class_embedding.tsv", delimiter="\t", ndmin=2)
    np.testing.assert_allclose(table, points, rtol=1e-6)
    lines = (tmp_path / "class_names.tsv").read_text().splitlines()
    assert lines == [*names[:9], "a b"]  # No heading, no second column.
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "class_embedding.tsv",
        "class_names.tsv",
        "projector_config.pbtxt",
    ]


def test_a_generator_without_classes_has_no_points(tiny_config):
    model = build_model(replace(tiny_config, conditional=False))
    assert pages.class_embeddings(model.generator) is None
