"""The TensorBoard pages that a run writes once: settings, charts, networks, class embeddings."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf
from tensorboard.plugins.custom_scalar import layout_pb2
from tensorboard.plugins.custom_scalar import summary as custom_scalar
from tensorboard.plugins.hparams import api_pb2, plugin_data_pb2, summary_v2
from tensorboard.plugins.hparams import metadata as hparams_plugin

from acwgan.files.atomic import whole_file
from acwgan.messages import printable
from acwgan.networks import calls
from acwgan.runs.file_names import PROJECTOR
from acwgan.runs.tags import CHARTS, TAGS

if TYPE_CHECKING:
    import keras

#: Metrics that the page HParams compares runs by.
COMPARED = ("quality/frechet_distance", "quality/class_accuracy", "wasserstein_estimate")
#: Settings that the page HParams shows at first.
_FIRST = ("networks", "n_critic", "clip_value", "gp_weight", "steps")
#: Settings that change nothing that is learned.
_NO_RECIPE = {"xla", "log_every", "sample_every", "evaluate_every", "judge", "epochs", "minutes"}
_NO_RECIPE |= {"checkpoint_every", "keep_checkpoints", "earlier_lengths"}
_PROJECTOR = f"""\
embeddings {{
  tensor_name: "class_embedding"
  tensor_path: "{PROJECTOR[1]}"
  metadata_path: "{PROJECTOR[2]}"
}}
"""


def layout(writer: tf.summary.SummaryWriter) -> None:
    """Write the charts of the page *Custom scalars*.

    Args:
        writer: Writer of the TensorBoard events.
    """
    charts = []
    for title in CHARTS:
        names = [tag.name for tag in TAGS if tag.chart == title]
        # A regular expression; a metric of one class is in the chart of all classes.
        curves = layout_pb2.MultilineChartContent(tag=[f"({'|'.join(names)})(/|$)"])
        charts.append(layout_pb2.Chart(title=title, multiline=curves))
    category = layout_pb2.Category(title="Training", chart=charts)
    page = custom_scalar.pb(layout_pb2.Layout(category=[category]))
    with writer.as_default():
        tf.summary.experimental.write_raw_pb(page.SerializeToString(), step=0)


def recipe(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that decide what is learned, the five most important ones first.

    Args:
        settings: Setting -> value, for every field of a ``Config``.
    """
    others = [name for name in settings if name not in {*_FIRST, *_NO_RECIPE}]
    return {name: settings[name] for name in (*_FIRST, *others)}


def hparams(
    writer: tf.summary.SummaryWriter,
    run_dir: str | Path,
    values: Mapping[str, float | str | bool | None],
    metrics: Iterable[str],
) -> None:
    """Write the settings for the page *HParams*, which compares runs.

    TensorBoard takes the columns of all runs from one of them.

    Args:
        writer: Writer of the TensorBoard events.
        run_dir: The run folder, whose name and path identify the run.
        values: Setting -> value. The first five are shown, the others can be selected. None
            gives an empty cell: a column of numbers and words cannot be sorted.
        metrics: Tags of scalars that become columns.
    """
    first = list(values)[: len(_FIRST)]
    columns = [_column(name, value, name in first) for name, value in values.items()]
    scalars = [summary_v2.Metric(tag).as_proto() for tag in metrics]
    # Not hparams_config, which sets no ``differs``: the page then shows five by the alphabet.
    experiment = api_pb2.Experiment(hparam_infos=columns, metric_infos=scalars)
    metadata = hparams_plugin.create_summary_metadata(
        plugin_data_pb2.HParamsPluginData(experiment=experiment)
    )
    known = {
        name: printable(value) if isinstance(value, str) else value
        for name, value in values.items()
        if value is not None
    }
    # TensorBoard shows two runs of the same name as one.
    run = Path(run_dir).absolute()
    with writer.as_default():
        tf.summary.write(hparams_plugin.EXPERIMENT_TAG, 0.0, 0, metadata)
        summary_v2.hparams(known, trial_id=printable(f"{run.name} ({run.parent})"))


def _column(name: str, value: Any, shown: bool) -> api_pb2.HParamInfo:
    """A column of the page: ``differs`` puts it first, a numeric type gives it an axis."""
    info = api_pb2.HParamInfo(name=name, differs=shown)
    if isinstance(value, bool):
        info.type = api_pb2.DATA_TYPE_BOOL
        info.domain_discrete.extend([False, True])
    elif isinstance(value, int | float):
        info.type = api_pb2.DATA_TYPE_FLOAT64
    return info  # A text has no domain: the values of other runs are unknown here.


def settings_text(
    writer: tf.summary.SummaryWriter, values: Mapping[str, object], step: int = 0
) -> None:
    """Write the settings as a table for the page *Text*, with values as on the command line.

    Args:
        writer: Writer of the TensorBoard events.
        values: Setting -> value.
        step: Generator step.
    """
    words = {None: "none", True: "true", False: "false"}
    lines = ["| setting | value |", "|---|---|"]
    for name, value in values.items():
        word = words[value] if value is None or isinstance(value, bool) else str(value)
        lines.append(f"| {name} | {printable(word).replace('|', '&#124;')} |")
    with writer.as_default():
        tf.summary.text("settings", "\n".join(lines), step)


def networks_graph(writer: tf.summary.SummaryWriter, model: Any) -> None:
    """Write the graph from z and labels over the image to its score, for the page *Graphs*.

    Without the weights; it takes about 60 kB.

    Args:
        writer: Writer of the TensorBoard events.
        model: A ``WGAN``, or anything with its ``generator`` and ``critic``.
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


def class_embeddings(generator: "keras.Model") -> np.ndarray | None:
    """The class embeddings that the latent is multiplied with.

    Args:
        generator: A generator from ``acwgan.networks``.

    Returns:
        ``(K, latent_dim)`` float32, one row per class; None for a generator without classes, and
        for one that takes them in another way.
    """
    for layer in generator.layers:
        if layer.name == "conditioning":
            return np.asarray(layer.embeddings)
    return None


def projector(run_dir: str | Path, embeddings: np.ndarray, class_names: Sequence[str]) -> None:
    """Write the class embeddings as points for the page *Projector*.

    TensorBoard reads the files when it first shows the page, and not again.

    Args:
        run_dir: The run folder, where the page looks for the files.
        embeddings: ``(K, D)``.
        class_names: K names.
    """
    rows = ("\t".join(f"{number:.7g}" for number in row) for row in embeddings)
    # A single column: its first line is a name, and not read as a heading.
    names = (" ".join(name.split()) for name in class_names)
    settings, embedding_file, names_file = (Path(run_dir, name) for name in PROJECTOR)
    _write(embedding_file, rows)
    _write(names_file, names)
    _write(settings, _PROJECTOR.splitlines())


def _write(path: Path, lines: Iterable[str]) -> None:
    with whole_file(path) as partial:
        partial.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
