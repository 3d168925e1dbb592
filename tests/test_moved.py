"""What moved or was renamed since version 0.1 works, and says what to write instead."""

import importlib
import re
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from acwgan.cli import train
from acwgan.cli.app import build_parser
from acwgan.moved import MOVED, RENAMED

CHANGELOG = Path(__file__).parent.parent / "CHANGELOG.md"
#: Module of version 0.1 -> its public names.
OLD_NAMES = {
    **dict.fromkeys([old for old in MOVED if old.startswith("cli_")], "add_parser"),
    "cli_options": "as_option",
    "animation": "walk morph save_gif write_gif",
    "board_pages": "layout hparams settings_text networks_graph class_embeddings projector",
    "build": "build_model build_loop resolved",
    "checkpoint": "save restore restore_generator restore_critic best_networks",
    "checkpoint_folder": "CheckpointError Position checkpoints latest best position check_whole "
    "set_aside from_newest from_best",
    "checksums": "SUMS write_sums damage",
    "class_folders": "MOST_SIDE read_class_folders",
    "cluster": "WorkerLostError Cluster cluster_of",
    "console": "ProgressLine CountLine",
    "curves": "read_csv running_median",
    "diary": "",
    "draws": "Stream key image_indices LATENTS latents labels mixing_weights",
    "film": "MOST_SIDE LAST_SECONDS LEVELS sample_pictures thinned timeline gif "
    "ffmpeg write_mp4 check_sizes read_picture",
    "formats": "export_keras export_savedmodel export_onnx",
    "generated": "SamplesError load_samples check_data check chosen_rows",
    "hardware": "has_bfloat16 resolve_precision grow_gpu_memory",
    "idx": "read_idx holds_idx read_pair read_names",
    "judge": "JudgeError Judge has_judge judge_for is_images allowed_images",
    "keras_file": "load_generator",
    "launch": "launch free_ports",
    "layers": "ClassConditioning UpsampleConv2D dropout_key StatelessDropout",
    "litert": "MIXTURES LiteRTError LiteRTModel",
    "lock": "LOCK LockError Lock",
    "loop": "compiled_loop",
    "losses": "critic_loss generator_loss class_loss gradient_penalty_loss",
    "metrics": "confusion_matrix frechet_distance precision_recall class_variety nearest_distances",
    "model": "WGAN",
    "network_parts": "precision seeded glorot_uniform conditioned_latent batch_normalization "
    "GlobalBatchNormalization leaky_relu convolution generator_model "
    "critic_model",
    "npy": "holds_npy read_npy_folder",
    "npz": "MOST NpzError read_array open_zip array_names read_keras_npz",
    "output": "filled captioned write write_set",
    "pace": "Progress Pace",
    "parts": "DataError Part check_memory number_of_classes check_labels checked_names",
    "pictures": "labelled_grid",
    "plot": "plot",
    "probe": "fault",
    "published_networks": "article_generator article_critic wgan_generator wgan_critic "
    "mlp_generator mlp_critic wgan_gp_generator wgan_gp_critic "
    "dcgan_generator dcgan_nobn_generator dcgan_critic",
    "quiet": "without_start_up_lines",
    "reference": "Reference balanced first_rows reference",
    "replicas": "own_rows mean_of_replicas",
    "report": "Pair Report shortened",
    "report_picture": "picture",
    "run_folder": "RunFolderError Subject read_config read_subject check prepare",
    "samples": "COLUMNS JUDGED HELD_OUT Samples judged_by",
    "sampling": "BATCH RejectionError Latents Sampler",
    "schedule": "BURST Schedule constant paper article SCHEDULES plan",
    "scoring": "BUNDLED PictureError CriticError Critic load_critic read_pictures",
    "stop_signal": "StopSignal",
    "summaries": "DESCRIPTIONS film_due RunLog",
    "video": "Video",
    "watch": "BadNumbersError check_metrics check_state Watch",
}


def table():
    """The rows of the table in the changelog: what was written, and what is to be written."""
    text = CHANGELOG.read_text(encoding="utf-8").partition("### Moved and renamed")[2]
    rows = re.findall(r"^\| (`.*) \| (.*) \|$", text.partition("\n### ")[0], re.M)
    return {old.strip("`"): re.findall("`([^`]+)`", new) for old, new in rows}


def module_of(old):
    """``acwgan.pace.Pace`` -> ``acwgan.pace`` and ``Pace``; a module -> itself and None."""
    package, module, *name = old.split(".")
    return f"{package}.{module}", name[0] if name else None


NAMES = [old for old in table() if re.fullmatch(r"acwgan(\.\w+)+", old)]
OPTIONS = [old for old in table() if old.startswith("acwgan train ")]


def test_the_table_has_every_name_and_option():
    expected = {
        f"acwgan.{old}": [f"acwgan.{new}" for new in places.split()]
        for old, places in MOVED.items()
    }
    expected |= {
        f"acwgan.{old}": ["acwgan." + new.replace(":", ".")] for old, new in RENAMED.items()
    }
    assert {old: table()[old] for old in NAMES} == expected
    assert [old.split()[2] for old in OPTIONS] == [train.as_option(name) for name in train._RENAMED]
    assert len(table()) == len(NAMES) + len(OPTIONS) + 1


@pytest.mark.parametrize("old", NAMES)
def test_an_old_name_works_and_says_the_new_one(old):
    (*_, new) = places = table()[old]
    path, name = module_of(old)
    if name is None:
        sys.modules.pop(path, None)
        with pytest.warns(DeprecationWarning, match=f"{path} is now {' and '.join(places)}$"):
            importlib.import_module(path)
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Of the module.
        module = importlib.import_module(path)
    with pytest.warns(DeprecationWarning, match=f"{old} is now {new}$"):
        found = getattr(module, name)
    where, _, now = new.rpartition(".")
    assert found is getattr(importlib.import_module(where), now)
    assert name not in dir(module)


@pytest.mark.parametrize("old", sorted(MOVED))
def test_a_moved_module_has_all_its_names(old):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        module = importlib.import_module(f"acwgan.{old}")
        for name in OLD_NAMES[old].split():
            assert getattr(module, name) is not None
    with pytest.raises(AttributeError):
        module.never_there  # noqa: B018


@pytest.mark.parametrize("module", ["config", "datasets", "devices", "files", "networks", "run"])
def test_other_names_are_errors(module):
    module = importlib.import_module(f"acwgan.{module}")
    with pytest.raises(AttributeError, match="has no attribute 'never_there'"):
        module.never_there  # noqa: B018


@pytest.mark.parametrize("old", OPTIONS)
def test_an_old_option_does_what_the_new_ones_do(old, capsys):
    (new,) = table()[old]
    before, now = (build_parser().parse_args(line.split()[1:]) for line in (old, new))
    assert train._settings(before.given) == train._settings(now.given)
    instead = " and ".join(re.findall("--[a-z-]+", new))
    assert capsys.readouterr().err == f"acwgan: {old.split()[2]} is now {instead}\n"
    assert old.split()[2] not in build_parser().format_help()


def test_the_old_program_for_a_judge_is_the_command():
    words = [sys.executable, "-m", "acwgan.classifier", "--help"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stderr) == (
        0,
        "acwgan: python -m acwgan.classifier is now acwgan judge\n",
    )
    assert done.stdout.startswith("usage: acwgan judge")
