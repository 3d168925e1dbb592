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

import lazy_loader

#: Module of version 0.1 -> the modules that hold its names now.
MOVED = {
    "animation": "images.gif generation.paths",
    "board_pages": "board.pages runs.tags",
    "build": "training.build",
    "checkpoint": "runs.weights",
    "checkpoint_folder": "runs.checkpoints",
    "checksums": "files.checksums",
    "class_folders": "datasets.class_folders",
    "cli_board": "cli.board",
    "cli_evaluate": "cli.evaluate",
    "cli_export": "cli.export",
    "cli_generate": "cli.generate",
    "cli_launch": "cli.launch",
    "cli_options": "cli.options",
    "cli_plot": "cli.plot",
    "cli_score": "cli.score",
    "cli_train": "cli.train",
    "cli_video": "cli.video",
    "cli_web": "cli.web",
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
#: ``module.name`` of version 0.1 -> its module and its name now, where the name differs or the
#: module has not moved as a whole.
RENAMED = {
    "config.ARCHITECTURES": "networks.registry:NETWORKS",
    "datasets.NAMES": "datasets.registry:DATASETS",
    "devices.Team": "devices.distribution:Distribution",
    "files.parsed": "files.untrusted:parse_json_object",
    "files.plain_descriptor": "files.untrusted:open_untrusted",
    "files.read_plain": "files.untrusted:read_untrusted",
    "film.gif": "images.gif:encode_gif",
    "generated.check": "evaluation.generated_images:check_samples",
    "generated.chosen_rows": "evaluation.generated_images:compared_rows",
    "generation.BUNDLED": "files.bundled:GENERATOR",
    "generation.Digits": "generation.generator:Generator",
    "generation.judge_of": "evaluation.judge:judge_of",
    "hardware.grow_gpu_memory": "devices.gpus:prepare_gpus",
    "networks.Networks": "networks.registry:Architecture",
    "networks.acwgan_critic": "networks.acwgan:build_critic",
    "networks.acwgan_generator": "networks.acwgan:build_generator",
    "networks.normalises_batches": "networks.calls:normalizes_batches",
    "networks.of_mixtures": "networks.calls:with_mixtures",
    "npz.MOST": "files.npz:MAX_IMAGES",
    "pace.Pace": "training.progress:ProgressMeter",
    "parts.Part": "datasets.dataset:Split",
    "parts.check_labels": "datasets.labels:classes_of",
    "parts.number_of_classes": "datasets.labels:classes_of",
    "probe.fault": "files.isolated:fault_in_subprocess",
    "published_networks.article_critic": "networks.article:build_critic",
    "published_networks.article_generator": "networks.article:build_generator",
    "published_networks.dcgan_critic": "networks.dcgan:build_critic",
    "published_networks.dcgan_generator": "networks.dcgan:build_generator",
    "published_networks.dcgan_nobn_generator": "networks.dcgan:build_generator_without_batchnorm",
    "published_networks.mlp_critic": "networks.mlp:build_critic",
    "published_networks.mlp_generator": "networks.mlp:build_generator",
    "published_networks.wgan_critic": "networks.wgan:build_critic",
    "published_networks.wgan_generator": "networks.wgan:build_generator",
    "published_networks.wgan_gp_critic": "networks.wgan_gp:build_critic",
    "published_networks.wgan_gp_generator": "networks.wgan_gp:build_generator",
    "reference.Reference": "evaluation.real_images:RealMetrics",
    "reference.reference": "evaluation.real_images:real_metrics",
    "run.Film": "run:AnimatedGif",
    "run_folder.Subject": "runs.folder:DataSpec",
    "run_folder.read_subject": "runs.folder:read_data_spec",
    "scoring.BUNDLED": "files.bundled:CRITIC",
    "summaries.film_due": "board.video:video_due",
    "watch.Watch": "training.health:HealthCheck",
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
            if f"{old}.{name}" in RENAMED:
                return renamed(module.__name__, name)
            for place in places:
                found = getattr(importlib.import_module(place), name, None)
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


def attach_stub(package: str, file: str) -> tuple[Any, Any, list[str]]:
    """``lazy_loader.attach_stub`` for a package that had other names in version 0.1 too.

    Args:
        package: Its ``__name__``.
        file: Its ``__file__``.

    Returns:
        Its ``__getattr__``, ``__dir__`` and ``__all__``.
    """
    find, names, public = lazy_loader.attach_stub(package, file)

    def find_old_too(name: str) -> Any:
        try:
            return find(name)
        except AttributeError:
            return renamed(package, name)

    return find_old_too, names, public


def _missing(module: str, name: str) -> AttributeError:
    return AttributeError(f"module {module!r} has no attribute {name!r}")


def install() -> None:
    """Make the modules in ``MOVED`` importable."""
    sys.meta_path.append(_Finder())
