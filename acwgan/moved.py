"""Keeps the module paths of version 0.1 working. Importing one warns where its names are now."""

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
import warnings
from collections.abc import Sequence
from types import ModuleType
from typing import Any

#: Module of version 0.1 -> the modules that hold its names now.
MOVED = {
    "animation": "images.gif generation.paths",
    "board_pages": "board.pages runs.tags",
    "build": "training.build",
    "checkpoint": "runs.weights",
    "checkpoint_folder": "runs.checkpoints",
    "checksums": "files.checksums",
    "class_folders": "datasets.class_folders",
    "cluster": "devices.cluster",
    "console": "cli.progress_bar",
    "curves": "runs.tables plots.curves",
    "diary": "training.callbacks",
    "draws": "wgan.random_streams wgan.latents",
    "film": "runs.sample_pictures images.gif images.mp4 plots.video",
    "formats": "export.keras_file export.savedmodel export.onnx",
    "generated": "evaluation.generated_images",
    "hardware": "devices.precision",
    "idx": "datasets.idx",
    "judge": "evaluation.judge images.pixels",
    "keras_file": "generation.keras_file",
    "launch": "devices.launcher",
    "layers": "networks.layers networks.dropout",
    "litert": "generation.litert",
    "lock": "runs.lock",
    "loop": "wgan.loop",
    "losses": "wgan.losses",
    "metrics": "evaluation.metrics",
    "model": "wgan.model",
    "network_parts": "networks.blocks",
    "npy": "datasets.npy_folder",
    "npz": "files.npz datasets.keras_npz",
    "output": "generation.image_files images.grids",
    "pace": "training.progress",
    "parts": "datasets.dataset errors files.untrusted",
    "pictures": "images.grids",
    "plot": "plots.curves",
    "probe": "files.isolated",
    "published_networks": "networks",
    "quiet": "startup_lines",
    "reference": "evaluation.real_images",
    "replicas": "devices.replicas",
    "report": "evaluation.report",
    "report_picture": "evaluation.report_picture",
    "run_folder": "runs.folder training.run_folder",
    "samples": "training.previews evaluation.quick",
    "sampling": "generation.sampling",
    "schedule": "wgan.schedule",
    "scoring": "generation.critic generation.picture_files",
    "stop_signal": "training.stop_signal",
    "summaries": "board.events board.video runs.tags",
    "video": "plots.video",
    "watch": "training.health",
}
#: Name of version 0.1 -> what it is called now, where that differs; with its module, where that is
#: not in ``MOVED``. A name that two modules had, or whose module has not moved, stands with its
#: module, as ``module.name``.
RENAMED = {
    "BUNDLED": "files.bundled:CRITIC",
    "LATENTS": "wgan.latents:LATENTS",
    "acwgan_critic": "networks.acwgan:build_critic",
    "acwgan_generator": "networks.acwgan:build_generator",
    "article_critic": "networks.article:build_critic",
    "article_generator": "networks.article:build_generator",
    "dcgan_critic": "networks.dcgan:build_critic",
    "dcgan_generator": "networks.dcgan:build_generator",
    "dcgan_nobn_generator": "networks.dcgan:build_generator_without_batchnorm",
    "mlp_critic": "networks.mlp:build_critic",
    "mlp_generator": "networks.mlp:build_generator",
    "wgan_critic": "networks.wgan:build_critic",
    "wgan_generator": "networks.wgan:build_generator",
    "wgan_gp_critic": "networks.wgan_gp:build_critic",
    "wgan_gp_generator": "networks.wgan_gp:build_generator",
    "MOST": "MAX_IMAGES",
    "Pace": "ProgressMeter",
    "Part": "Split",
    "Reference": "RealMetrics",
    "Subject": "DataSpec",
    "Watch": "HealthCheck",
    "check_labels": "datasets.labels:classes_of",
    "chosen_rows": "compared_rows",
    "fault": "fault_in_subprocess",
    "film_due": "video_due",
    "generated.check": "check_samples",
    "grow_gpu_memory": "devices.gpus:prepare_gpus",
    "networks.normalises_batches": "networks.calls:normalizes_batches",
    "run.Film": "run:AnimatedGif",
    "gif": "encode_gif",
    "number_of_classes": "datasets.labels:classes_of",
    "of_mixtures": "with_mixtures",
    "read_subject": "read_data_spec",
    "reference": "real_metrics",
}


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports the modules in ``MOVED``."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        package, _, name = fullname.rpartition(".")
        if package != "acwgan" or name not in MOVED:
            return None
        return importlib.util.spec_from_loader(fullname, self)

    def exec_module(self, module: ModuleType) -> None:
        old = module.__name__.rpartition(".")[2]
        places = [f"acwgan.{place}" for place in MOVED[old].split()]
        message = f"{module.__name__} is now {' and '.join(places)}"
        warnings.warn(message, DeprecationWarning, stacklevel=2)

        def find(name: str) -> Any:
            new_name = RENAMED.get(f"{old}.{name}", RENAMED.get(name, name))
            where, _, now = new_name.rpartition(":")
            for place in [f"acwgan.{where}"] if where else places:
                found = getattr(importlib.import_module(place), now, None)
                if found is not None:
                    return found
            raise _missing(module.__name__, name)

        module.__getattr__ = find  # type: ignore[method-assign]


def renamed(module: str, name: str) -> Any:
    """What a name of version 0.1 stands for, in a module that has not moved.

    Args:
        module: Name of the module, as ``acwgan.run``.
        name: A name that the module does not have.

    Returns:
        What it is called now, after a warning that says so.

    Raises:
        AttributeError: If the module never had such a name.
    """
    where, _, now = RENAMED.get(f"{module.partition('.')[2]}.{name}", "").partition(":")
    if not now:
        raise _missing(module, name)
    message = f"{module}.{name} is now acwgan.{where}.{now}"
    warnings.warn(message, DeprecationWarning, stacklevel=3)
    return getattr(importlib.import_module(f"acwgan.{where}"), now)


def _missing(module: str, name: str) -> AttributeError:
    return AttributeError(f"module {module!r} has no attribute {name!r}")


def install() -> None:
    """Make the modules in ``MOVED`` importable."""
    sys.meta_path.append(_Finder())
