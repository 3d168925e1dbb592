"""TensorBoard pages that are written once: settings, layout of the curves, networks, classes.

Each function takes a ``tf.summary`` writer, as ``RunLog.writer``, or the run folder.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorboard.plugins.custom_scalar import layout_pb2
from tensorboard.plugins.custom_scalar import summary as custom_scalar
from tensorboard.plugins.hparams import api, api_pb2, plugin_data_pb2
from tensorboard.plugins.hparams import metadata as hparams_plugin

from acwgan.files.atomic import whole_file
from acwgan.networks import calls
from acwgan.runs.tags import CHARTS

#: Settings that the page of settings shows at first.
_SHOWN = 5
_PROJECTOR = """\
embeddings {
  tensor_name: "class_embedding"
  tensor_path: "class_embedding.tsv"
  metadata_path: "class_names.tsv"
}
"""


def layout(writer) -> None:
    """Write which curves the page *Custom scalars* shows in one chart.

    Args:
        writer: Of the events.
    """
    charts = [
        layout_pb2.Chart(title=title, multiline=layout_pb2.MultilineChartContent(tag=tags))
        for title, tags in CHARTS.items()
    ]
    category = layout_pb2.Category(title="Training", chart=charts)
    page = custom_scalar.pb(layout_pb2.Layout(category=[category]))
    with writer.as_default():
        tf.summary.experimental.write_raw_pb(page.SerializeToString(), step=0)


def hparams(
    writer,
    run_dir: str | Path,
    values: dict[str, float | str | bool | None],
    metrics: Sequence[str],
) -> None:
    """Write the settings for the page *HParams*, which compares runs.

    TensorBoard takes the columns of all runs from one of them.

    Args:
        writer: Of the events.
        run_dir: The run folder, which names the run there.
        values: Setting -> value, the five most telling first: they are shown, the others are for
            the asking. None is an empty cell: no column of numbers and words can be sorted.
        metrics: Tags of scalars that are columns too.
    """
    columns = [
        _column(name, value, number < _SHOWN) for number, (name, value) in enumerate(values.items())
    ]
    scalars = [api.Metric(tag).as_proto() for tag in metrics]
    # Not api.hparams_config, which sets no ``differs``: the page then shows five by the alphabet.
    experiment = api_pb2.Experiment(hparam_infos=columns, metric_infos=scalars)
    about = hparams_plugin.create_summary_metadata(
        plugin_data_pb2.HParamsPluginData(experiment=experiment)
    )
    known = {name: value for name, value in values.items() if value is not None}
    # Two runs of one name would be shown as one.
    run = Path(run_dir).absolute()
    with writer.as_default():
        tf.summary.write(hparams_plugin.EXPERIMENT_TAG, 0.0, 0, about)
        api.hparams(known, trial_id=f"{run.name} ({run.parent})")


def _column(name, value, shown):
    """How the page treats a setting: what ``differs`` comes first, numbers have axes."""
    info = api_pb2.HParamInfo(name=name, differs=shown)
    if isinstance(value, bool):
        info.type = api_pb2.DATA_TYPE_BOOL
        info.domain_discrete.extend([False, True])
    elif isinstance(value, int | float):
        info.type = api_pb2.DATA_TYPE_FLOAT64
    return info  # The words of other runs are not known here.


def settings_text(writer, values: dict[str, object], step: int = 0) -> None:
    """Write the settings as a table for the page *Text*, in the words of the command line.

    Args:
        writer: Of the events.
        values: Setting -> value.
        step: Generator updates made.
    """
    words = {None: "none", True: "true", False: "false"}
    lines = ["| setting | value |", "|---|---|"]
    for name, value in values.items():
        word = words[value] if value is None or isinstance(value, bool) else str(value)
        lines.append(f"| {name} | {word.replace('|', '&#124;')} |")
    with writer.as_default():
        tf.summary.text("settings", "\n".join(lines), step)


def networks_graph(writer, model) -> None:
    """Write both networks for the page *Graphs*: z and labels to an image to a score.

    The weights stay out of it: some 60 kB.

    Args:
        writer: Of the events.
        model: With a ``generator`` and a ``critic`` of ``networks``.
    """

    @tf.function(autograph=False)
    def score(z, labels):
        with tf.name_scope("the_generator"):
            images = calls.generate(model.generator, z, labels)
        with tf.name_scope("the_critic"):
            return calls.rate(model.critic, images)

    z = tf.TensorSpec([None, model.generator.inputs[0].shape[1]], name="z")
    labels = tf.TensorSpec([None], tf.int32, name="labels")
    with writer.as_default():
        tf.summary.graph(score.get_concrete_function(z, labels).graph)


def class_embeddings(generator) -> np.ndarray | None:
    """The table that the latent is multiplied with, a row for each class.

    Args:
        generator: One of ``networks``.

    Returns:
        ``(K, latent_dim)`` float32, or None if it knows no classes.
    """
    if calls.class_count(generator) is None:
        return None
    return generator.get_layer("conditioning").embeddings.numpy()


def projector(run_dir: str | Path, embeddings: np.ndarray, class_names: Sequence[str]) -> None:
    """Write the classes as points for the page *Projector*: like ones should lie near.

    TensorBoard reads the files when it first shows the page, and not again.

    Args:
        run_dir: The run folder: the page looks for them beside the events.
        embeddings: ``(K, D)``.
        class_names: K names.
    """
    rows = ("\t".join(f"{number:.7g}" for number in row) for row in embeddings)
    # One column: the page takes the first line for a name, not for a heading.
    names = (" ".join(name.split()) for name in class_names)
    _write(Path(run_dir, "class_embedding.tsv"), rows)
    _write(Path(run_dir, "class_names.tsv"), names)
    _write(Path(run_dir, "projector_config.pbtxt"), _PROJECTOR.splitlines())


def _write(path, lines):
    with whole_file(path) as partial:
        partial.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
