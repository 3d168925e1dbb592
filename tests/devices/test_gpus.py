"""A GPU that is there but not used is said, with what to install."""

import os

import numpy as np
import pytest

from acwgan.devices.gpus import describe_devices, notice_of_slow_kernels, notice_of_unused_gpu

INFORMATION = "Model: \t\t NVIDIA A100-SXM4-40GB\nIRQ:   \t\t 0\n"


def machine(folder, *files):
    for name in files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(INFORMATION if path.name == "information" else "")
    return folder


def nvidia_smi(folder, script):
    """A folder for ``PATH`` with a program ``nvidia-smi``."""
    folder.mkdir()
    (folder / "nvidia-smi").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "nvidia-smi").chmod(0o755)
    return str(folder)


def test_a_machine_without_a_gpu_has_no_notice(tmp_path):
    assert notice_of_unused_gpu({}, tmp_path, True) is None


def test_the_driver_s_files_tell_of_a_gpu_and_the_extra_is_named(tmp_path):
    root = machine(tmp_path, "proc/driver/nvidia/gpus/0000:00:04.0/information", "dev/nvidia0")
    notice = notice_of_unused_gpu({}, root, True)
    assert notice.startswith("the GPU NVIDIA A100-SXM4-40GB is there, but TensorFlow does not use")
    assert 'pip install "acwgan[cuda]"' in notice
    assert notice_of_unused_gpu({"CUDA_VISIBLE_DEVICES": "-1"}, root, True) is None
    assert "'7'; unset it" in notice_of_unused_gpu({"CUDA_VISIBLE_DEVICES": "7"}, root, True)
    assert "built without CUDA" in notice_of_unused_gpu({}, root, False)


def test_a_container_without_access_to_the_gpu_is_told_so(tmp_path):
    root = machine(tmp_path, "proc/driver/nvidia/gpus/0000:00:04.0/information")
    assert "start it with --gpus all" in notice_of_unused_gpu({}, root, True)


def test_a_device_file_alone_and_the_driver_s_program_alone_tell_of_a_gpu(tmp_path):
    assert "an NVIDIA GPU is" in notice_of_unused_gpu({}, machine(tmp_path, "dev/nvidia0"), True)
    path = nvidia_smi(tmp_path / "bin", "echo Tesla T4")
    root = machine(tmp_path / "wsl", "dev/dxg")  # Linux within Windows.
    assert "the GPU Tesla T4 is there" in notice_of_unused_gpu({"PATH": path}, root, True)
    path = nvidia_smi(tmp_path / "broken", "exit 9")
    assert notice_of_unused_gpu({"PATH": path}, root, True) is None


def test_slow_kernels_are_told_of_where_tensorflow_was_imported_first():
    notice = notice_of_slow_kernels({}, {"fpu", "avx2"})
    assert "import acwgan before tensorflow and keras, or set TF_ENABLE_ONEDNN_OPTS=1" in notice
    assert notice_of_slow_kernels({}, {"fpu", "avx2", "avx512_vnni"}) is None
    assert notice_of_slow_kernels({}, set()) is None  # No x86 processor, or not known.
    assert notice_of_slow_kernels({"TF_ENABLE_ONEDNN_OPTS": "0"}, {"avx2"}) is None


def test_a_gpu_of_amd_is_told_of_too(tmp_path):
    assert "AMD" in notice_of_unused_gpu({}, machine(tmp_path, "dev/kfd"), True)


def test_devices_in_words():
    assert describe_devices(2).startswith("2 ")


@pytest.mark.parametrize("command", ["train", pytest.param("judge", marks=pytest.mark.long)])
def test_a_long_command_says_that_a_gpu_is_not_used(command, tmp_path, acwgan_command):
    images = np.random.default_rng(0).integers(0, 256, (8, 8, 8), np.uint8)
    np.savez(tmp_path / "a.npz", x_train=images, y_train=np.arange(8) % 2)
    words = {
        "train": "--run-dir run --steps 2 --schedule constant --batch-size 4 --evaluate-every none",
        "judge": "--out judge.tflite --epochs 1",
    }[command].split()
    path = nvidia_smi(tmp_path / "bin", "echo Tesla T4")
    environ = {**os.environ, "PATH": path + os.pathsep + os.environ["PATH"]}
    environ.pop("CUDA_VISIBLE_DEVICES", None)
    done = acwgan_command(command, "--dataset", "a.npz", *words, cwd=tmp_path, env=environ)
    assert done.returncode == 0, done.stderr
    (notice,) = [line for line in done.stderr.splitlines() if "Tesla T4" in line]
    assert notice.startswith("acwgan: the GPU Tesla T4 is there, but TensorFlow does not use it")
    if command == "train":
        first, second = done.stdout.splitlines()[:2]
        assert first.startswith("Training into run on the CPU (")
        assert " in float32. Watch" in first or " in bfloat16. Watch" in first
        assert second.startswith("Generator ") and " weights, critic " in second
        assert second.endswith("iB of memory. Short run: 20 times the learning rates.")
