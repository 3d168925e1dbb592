"""A power cut at any moment of a training, and a resume of what the disk then holds.

``strace`` records a tiny ``acwgan train`` that is killed within its second checkpoint, resumed and
trained to its end. ``disk_states`` makes of these operations all that the disk may hold after a
power cut. Each such folder is resumed: it goes on from a checkpoint at least as new as the newest
that had been saved, says what it drops, and becomes the undisturbed run, bit for bit.

``ACWGAN_CRASH_POINTS=all`` is the long form; an even sample of the states is resumed without it.
"""

import collections
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import disk_operations
import h5py
import numpy as np
import pytest
from disk_operations import Operation
from disk_states import Disk, State, files_in
from run_files import read_events, state

from acwgan.files.checksums import damage
from acwgan.runs.checkpoints import checkpoints

#: States of each kind in the short form.
SAMPLE = 8
WORDS = ["train", "--networks=dcgan", "--gp-weight=none", "--clip-value=0.01", "--latent-dim=4"]
WORDS += ["--optimizer=rmsprop", "--no-conditional", "--ema-decay=none", "--no-decay"]
WORDS += ["--schedule=constant", "--n-critic=1", "--batch-size=2", "--steps=4", "--log-every=1"]
WORDS += ["--sample-every=2", "--checkpoint-every=2", "--keep-checkpoints=1"]
WORDS += ["--evaluate-every=none", "--precision=float32"]
#: In all processes alike: sums in another order would be other weights.
THREADS = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
#: Name of the run in each folder.
RUN = "run"


def program(name, place, words=()):
    """A helper beside this file, which answers each line of JSON with one."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    command = [*words, sys.executable, str(Path(__file__).with_name(name))]
    return subprocess.Popen(command, **pipes, cwd=place, env={**os.environ, **THREADS})


def ask(process, **request):
    process.stdin.write(json.dumps(request) + "\n")
    process.stdin.flush()
    return json.loads(process.stdout.readline())


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A folder with a run, and all operations that made it."""
    if reason := disk_operations.why_not():
        pytest.skip(reason)
    place = tmp_path_factory.mktemp("recorded")
    draw = np.random.default_rng(0).integers
    parts = {"train": 6, "test": 2}
    images = {f"x_{part}": draw(0, 256, (n, 8, 8), np.uint8) for part, n in parts.items()}
    labels = {f"y_{part}": np.arange(n) % 2 for part, n in parts.items()}
    np.savez(place / "data.npz", **images, **labels)
    (folder := place / "disk").mkdir()
    words = [*WORDS, f"--dataset={place}/data.npz", f"--run-dir={folder}/{RUN}"]
    second = f"{folder}/{RUN}/checkpoints/partial-step-00000004"
    with program("killed.py", place, disk_operations.strace(place / "trace")) as lives:
        end = {"signum": signal.SIGKILL, "delay": 0}
        # Killed at the third file of it that Python touches.
        status, _ = ask(lives, words=words, prefix=second, number=3, **end)
        assert status == signal.SIGKILL, (place / "train.log").read_text()
        words = ["train", "--resume", f"--run-dir={folder}/{RUN}"]
        status, _ = ask(lives, words=words, prefix="", number=0, **end)
        assert status == 0, (place / "train.log").read_text()
        lives.stdin.close()
    return folder, disk_operations.operations(place / "trace", folder)


@pytest.fixture(scope="module")
def resumed(recorded, tmp_path_factory):
    """``resumed(run_dir)``: what ``train(resume=True)`` does there, in a process of its own."""
    config = (recorded[0] / RUN / "config.json").read_text()
    with program("resumes.py", tmp_path_factory.mktemp("resumes")) as process:
        yield lambda run_dir: ask(process, run_dir=str(run_dir), config=config)
        process.stdin.close()


def test_only_what_is_synced_is_sure():
    made = [("create", "a"), ("write", "a", "", 0, b"1234"), ("sync", "a"), ("rename", "a", "b")]
    disk = Disk([Operation(*each) for each in [*made, ("sync", ".")]])
    found = {}
    for cut in disk.states():
        files = disk.files(cut)
        if files not in found.setdefault(cut.done, []):
            found[cut.done].append(files)
    nothing, whole = {}, {"a": b"1234"}
    assert found == {
        0: [nothing],
        1: [{"a": b""}, nothing],
        2: [whole, nothing, {"a": b""}, {"a": b"12"}, {"a": bytes(4)}],
        3: [whole, nothing],  # The name is not sure yet.
        4: [{"b": b"1234"}, nothing, whole],
        5: [{"b": b"1234"}],
    }


def test_a_power_cut_at_any_moment_loses_nothing(recorded, resumed, tmp_path):
    folder, operations = recorded
    disk = Disk(operations)
    # The model is right where it can be compared with a disk: at the end.
    assert disk.files(State(len(operations), "", "", {})) == files_in(folder)
    saved_before = saved_before_each(disk, tmp_path / "prefix")
    count, different, saved = 0, {}, {}
    for cut in disk.states():
        count, key = count + 1, disk.digest(cut)
        # A disk that looks as it did before is too little once more has been saved.
        if key not in saved or saved[key] < saved_before[cut.done]:
            different[key], saved[key] = cut, saved_before[cut.done]

    undisturbed, place = tmp_path / "undisturbed", tmp_path / "disk"
    begun = resumed(undisturbed)
    assert begun["error"] is None
    differences = {begun["restored"]: None}  # Folder as restored -> what is wrong at its end.
    resumes, begun_again, dropped, faults = 0, 0, 0, []
    for key, cut in chosen(different).items():
        disk.materialize(cut, place)
        damaged = damaged_checkpoints(place / RUN)
        result = resumed(place / RUN)
        fault = fault_of(result, saved[key], damaged)
        if not (result["known"] or result["error"]):
            differences[result["restored"]] = difference(undisturbed, place / RUN)
        fault = fault or differences[result["restored"]]
        if fault:
            faults.append(f"after {cut.done} operations, {cut.what}: {fault}")
        resumes, begun_again = resumes + 1, begun_again + bool(result["refused"])
        dropped += bool(result["notices"])
        shutil.rmtree(place)
    print(
        f"\n{len(operations)} operations, {count} states, {len(different)} of them different; "
        f"{resumes} resumed: {len(differences)} different folders came of them, each trained to "
        f"its end; {begun_again} had no config yet and were begun, {dropped} said that they "
        f"dropped a checkpoint; {len(faults)} lost something or went wrong"
    )
    assert not faults, "\n".join([f"{len(faults)} faults", *faults])


def chosen(different):
    """The states that are resumed: all, or some of each kind, evenly."""
    if os.environ.get("ACWGAN_CRASH_POINTS") == "all":
        return different
    kinds = collections.defaultdict(list)
    for key, cut in different.items():
        kinds[cut.kind].append(key)
    return {
        key: different[key] for keys in kinds.values() for key in keys[:: -(-len(keys) // SAMPLE)]
    }


def saved_before_each(disk, place):
    """For each number of operations the newest checkpoint that the run then counts on, or "".

    A checkpoint is counted on from the first operation after it that is no wait for the disk.
    """
    newest = [""]
    for done, operation in enumerate(disk.operations):
        newest.append(newest[-1])
        if operation.kind != "sync":
            disk.materialize(State(done, "", "", {}), place)
            found = checkpoints(place / RUN / "checkpoints")
            whole = [path.name for path in found if damage(path) is None]
            newest[-1] = max([newest[-1], *whole])
            shutil.rmtree(place)
    return newest


def damaged_checkpoints(run_dir):
    return [path.name for path in checkpoints(run_dir / "checkpoints") if damage(path)]


def fault_of(result, saved, damaged):
    """What is wrong with where a resume began and what it said, or None."""
    start, said = result["start"] or "", "\n".join(result["notices"])
    if result["error"]:
        return result["error"]
    if start < saved:
        return f"goes on from {start or 'the beginning'}, though {saved} had been saved"
    if result["refused"] and "is not a run folder" not in result["refused"]:
        return f"refused: {result['refused']}"
    for name in damaged:
        if name > start and f"{name}: is damaged" not in said:
            return f"does not say that {name} is damaged"
    if said and not damaged and not (start == "" and "has no checkpoint yet" in said):
        return f"says of a whole run: {said}"
    return None


def difference(undisturbed, run_dir):
    """What a run that has come to its end has otherwise than the undisturbed one, or None."""
    wanted, found = files_in(undisturbed), files_in(run_dir)
    for path in sorted(wanted.keys() ^ found.keys()):
        # A resume has an event file of its own, and keeps what it drops.
        if not path.startswith("events.") and "/broken-" not in path:
            return f"at the end {path} is in one run alone"
    for path, content in wanted.items():
        if path.startswith(("samples/", "metrics.csv")) and found[path] != content:
            return f"at the end {path} differs"
    for read in (state, event_steps, generator):
        wanted, found = read(undisturbed), read(run_dir)
        for name in sorted(wanted.keys() | found.keys()):
            if not np.array_equal(wanted.get(name), found.get(name)):
                return f"at the end {name} differs"
    return None


def event_steps(run_dir):
    """Tag -> the steps at which TensorBoard shows something."""
    events = read_events(run_dir)
    return {tag: [e.step for e in events.Tensors(tag)] for tag in events.Tags()["tensors"]}


def generator(run_dir):
    """The weights in ``generator.keras``, whose names count the models of the process."""
    arrays = []

    def add(name, item):
        if isinstance(item, h5py.Dataset):
            arrays.append((item.shape, item[()].tobytes()))

    with zipfile.ZipFile(run_dir / "generator.keras") as file:
        h5py.File(io.BytesIO(file.read("model.weights.h5"))).visititems(add)
    return {"generator.keras": repr(sorted(arrays))}
