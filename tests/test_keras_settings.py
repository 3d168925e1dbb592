"""Settings of Keras that a person has for other work do not change what the package computes."""

import json
import os
import platform
import subprocess
import sys
import threading
import warnings
from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf import config_pb2
from tensorflow.python.eager import context

from acwgan.errors import UserError
from acwgan.keras_settings import standard_settings
from acwgan.training.trainer import train

#: Trains two steps, draws from all that comes of it, trains a judge, and saves what it computed.
EVERYTHING = """
import sys, warnings
from dataclasses import replace
import numpy as np
import acwgan
from acwgan.datasets.dataset import Dataset
from acwgan.datasets.named import load_mnist
from acwgan.evaluation.classifier import accuracy, train_classifier
from acwgan.export.formats import FORMATS
from acwgan.generation import load_critic
from acwgan.runs import weights

results, where = {}, sys.argv[1]
config = replace(
    acwgan.PRESETS["acwgan"], steps=2, schedule="constant", n_critic=1, batch_size=8,
    precision="float32", log_every=1, evaluate_every=None, optimizer="rmsprop-keras3",
)
run = acwgan.train(config, f"{where}/run")
for restore in (weights.restore_generator, weights.restore_critic):
    network = weights.best_networks(run, restore)[2]
    for n, array in enumerate(network.get_weights()):
        results[f"{restore.__name__} {n}"] = array
    if restore is weights.restore_generator:
        generator = network
for name in ("litert", "keras"):
    FORMATS[name].export(generator, f"{where}/{FORMATS[name].file_name}", "normal")
for path in (run, run / "generator.keras", f"{where}/generator.keras", f"{where}/generator.tflite"):
    results[f"images of {path}".replace(where, "")] = acwgan.load(path).generate("20260", seed=7)
images, labels, *_ = load_mnist()
judge = train_classifier(images[:256], labels[:256], epochs=2)
results["judge"] = judge.predict_on_batch(np.float32(images[:8, ..., None]) / 127.5 - 1)
results["accuracy"] = np.array(accuracy(judge, images[:500], labels[:500]))
np.savez(f"{where}/results.npz", **results)
import keras
print(keras.config.floatx(), keras.config.epsilon(), keras.config.image_data_format())
"""
HOSTILE = {
    "floatx": "float16",
    "epsilon": 0.01,
    "backend": "jax",
    "image_data_format": "channels_first",
}


def keras_home(folder, settings):
    """The environment of somebody with such a ``keras.json``; None for one without the file."""
    folder.mkdir()
    if settings is not None:
        (folder / "keras.json").write_text(settings)
    environ = {name: value for name, value in os.environ.items() if not name.startswith("KERAS_")}
    return {**environ, "KERAS_HOME": str(folder), "TF_CPP_MIN_LOG_LEVEL": "3"}


def python(code, *words, environ):
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, words)], capture_output=True, text=True, env=environ
    )


@pytest.mark.long
def test_weights_and_images_are_equal_bit_for_bit_with_any_settings_of_keras(tmp_path):
    results, said = [], []
    for name, settings, extra in [
        ("plain", None, {}),
        ("hostile", json.dumps(HOSTILE), {"KERAS_BACKEND": "torch", "KERAS_MAX_EPOCHS": "1"}),
    ]:
        environ = {**keras_home(tmp_path / name, settings), **extra}
        done = python(EVERYTHING, tmp_path / name, environ=environ)
        assert done.returncode == 0, done.stderr
        said.append(done.stdout.split())
        with np.load(tmp_path / name / "results.npz") as file:
            results.append(dict(file))
    plain, hostile = results
    assert plain.keys() == hostile.keys()
    assert [key for key in plain if not np.array_equal(plain[key], hostile[key])] == []
    # And what the person set is as it was.
    assert said[1] == ["float16", "0.01", "channels_first"]


def rewrites_sums():
    return tf.config.optimizer.get_experimental_options().get("arithmetic_optimization", True)


def test_sums_are_not_rewritten_until_the_last_thread_leaves():
    """Each thread holds TensorFlow's options for itself, once it has computed."""
    seen, computed, go, inside, go_on = [], *(threading.Event() for _ in range(4))

    def in_thread():
        tf.function(tf.add)(1, 2)
        computed.set()
        assert go.wait(60)
        with standard_settings():
            inside.set()
            assert go_on.wait(60)
            options = context.context().function_call_options.config_proto_serialized
            rewriter = config_pb2.ConfigProto.FromString(options).graph_options.rewrite_options
            seen.extend([rewrites_sums(), rewriter.arithmetic_optimization == rewriter.OFF])

    thread = threading.Thread(target=in_thread)
    thread.start()
    assert computed.wait(60)
    assert rewrites_sums()
    with standard_settings():
        go.set()
        assert inside.wait(60)
    go_on.set()
    thread.join()
    assert seen == [False, True] and rewrites_sums()


@pytest.mark.parametrize(
    "settings, named",
    [
        ('{"floatx": "float8"}', "floatx must be one of float16, float32, float64"),
        ('{"epsilon": 1}', "epsilon must be a number with a point"),
        ('{"image_data_format": "tf"}', "image_data_format must be one of channels_last"),
        ("[]", "must be a JSON object"),
    ],
)
def test_settings_with_which_keras_cannot_be_imported_are_one_line(settings, named, tmp_path):
    environ = keras_home(tmp_path / "home", settings)
    words = ["-m", "acwgan", "train", "--run-dir", tmp_path / "run", "--steps", "1"]
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, env=environ)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert named in line and str(tmp_path / "home" / "keras.json") in line


def test_a_broken_file_or_a_folder_that_cannot_be_made_does_not_matter(tmp_path):
    code = "import acwgan.networks.blocks; print('good')"
    assert python(code, environ=keras_home(tmp_path / "a", "{broken")).stdout == "good\n"
    (tmp_path / "file").touch()
    environ = {**keras_home(tmp_path / "b", None), "KERAS_HOME": str(tmp_path / "file" / "home")}
    assert python(code, environ=environ).stdout == "good\n"


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_keras_imported_with_another_backend_is_one_line_that_says_what_to_do(
    backend, tmp_path, trained_run
):
    pytest.importorskip(backend)
    code = """
import sys
import keras
import acwgan
from acwgan.errors import UserError
print(acwgan.load().generate("3", seed=1).shape)  # Needs no Keras.
for use in (lambda: acwgan.train(acwgan.Config(), sys.argv[1]), lambda: acwgan.load(sys.argv[2])):
    try:
        use()
    except UserError as error:
        print(error)
"""
    environ = {**keras_home(tmp_path / "home", None), "KERAS_BACKEND": backend}
    done = python(code, tmp_path / "run", trained_run, environ=environ)
    assert done.returncode == 0, done.stderr
    shape, *lines = done.stdout.splitlines()
    assert shape == "(1, 28, 28)"
    assert len(lines) == 2 and all(f"the backend {backend}" in line for line in lines)
    assert all("import acwgan before keras" in line for line in lines)


def test_the_backend_of_a_keras_that_is_there_is_left_alone(monkeypatch):
    import keras

    monkeypatch.setattr(keras.config, "backend", lambda: "jax")
    with pytest.raises(UserError, match="the backend jax"), standard_settings():
        pass


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="not an x86 processor")
@pytest.mark.parametrize(
    "chosen, first, computes_with_onednn",
    [(None, "acwgan", True), ("0", "acwgan", False), ("0", "tensorflow", False)],
)
def test_tensorflow_computes_with_onednn_unless_the_user_has_chosen(
    chosen, first, computes_with_onednn
):
    code = f"import {first}, acwgan; from tensorflow.python.util import _pywrap_util_port as port; "
    environ = {name: v for name, v in os.environ.items() if name != "TF_ENABLE_ONEDNN_OPTS"}
    environ |= {} if chosen is None else {"TF_ENABLE_ONEDNN_OPTS": chosen}
    done = python(code + "print(port.IsMklEnabled())", environ=environ)
    assert done.stdout == f"{computes_with_onednn}\n", done.stderr


def test_where_tensorflow_is_first_nothing_is_set_that_it_no_longer_reads():
    """A training then tells of slow kernels, which it would not if the variable were set."""
    environ = {name: v for name, v in os.environ.items() if name != "TF_ENABLE_ONEDNN_OPTS"}
    code = "import os, tensorflow, acwgan; print(os.environ.get('TF_ENABLE_ONEDNN_OPTS'))"
    done = python(code, environ=environ)
    assert done.stdout == "None\n", done.stderr


def test_a_program_without_eager_execution_gets_one_line():
    program = """
import tensorflow as tf
tf.compat.v1.disable_eager_execution()
import acwgan
try:
    acwgan.train(acwgan.Config(steps=1), "never")
except acwgan.errors.UserError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert "eager execution is off in this program" in done.stdout, done.stderr


def test_a_program_whose_warnings_are_errors_trains_to_the_end(tmp_path, tiny_config):
    with warnings.catch_warnings():
        warnings.resetwarnings()
        warnings.simplefilter("error", DeprecationWarning)
        run_dir = train(replace(tiny_config, evaluate_every=None), tmp_path / "run")
    assert (run_dir / "generator.keras").exists()


def test_the_board_does_not_need_the_keras_of_tensorflow():
    """With ``TF_USE_LEGACY_KERAS`` that is another package, which may be missing."""
    environment = os.environ | {"TF_USE_LEGACY_KERAS": "1"}
    words = [sys.executable, "-c", "import acwgan.training.trainer"]
    done = subprocess.run(words, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
