import json
import shutil

import pytest

from acwgan.errors import UserNotice
from acwgan.files.checksums import write_sums
from acwgan.runs.checkpoints import (
    CheckpointError,
    Position,
    check_whole,
    checkpoints,
    from_best,
    from_newest,
    latest,
    remove_abandoned_best,
)


def make(folder, step, done=0, best=None):
    here = Position(step, done, step, {}, best)
    path = folder / here.name
    path.mkdir(parents=True)
    (path / "state").write_text(str(step))
    (path / "position.json").write_text(json.dumps(here._asdict()))
    write_sums(path)
    return path


@pytest.fixture
def run_dir(tmp_path):
    """The best at 4, the newest at 2, 4 and within the burst after it."""
    make(tmp_path / "best", 4, best=5.5)
    for step, done in [(2, 0), (4, 0), (4, 40)]:
        make(tmp_path / "checkpoints", step, done, best=5.5)
    return tmp_path


def tree(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def names(folder):
    return [path.name for path in checkpoints(folder)]


def read(path):
    check_whole(path)
    return (path / "state").read_text()


def test_checkpoints_are_listed_in_order_and_other_folders_ignored(run_dir):
    for name in ("partial-step-00000008", "old-step-00000001", "broken-step-00000009", "step-8"):
        (run_dir / "checkpoints" / name).mkdir()
    assert names(run_dir / "checkpoints") == [
        "step-00000002",
        "step-00000004",
        "step-00000004+00040",
    ]
    assert latest(run_dir).name == "step-00000004+00040"


def test_a_resume_clears_away_incomplete_and_broken_checkpoints(run_dir):
    for name in ("checkpoints/partial-step-00000008", "best/old-step-00000002"):
        (run_dir / name).mkdir()
    (latest(run_dir) / "state").write_text("5")
    with pytest.warns(UserNotice, match=r"\+00040: is damaged \(state differs.*04 is used instead"):
        start = from_newest(run_dir, read)
    assert (start.generator_step, start.done, start.best) == (4, 0, 5.5)
    assert names(run_dir / "checkpoints") == ["step-00000002", "step-00000004"]
    assert {path.name for path in run_dir.glob("*/*-step-*")} == {"broken-step-00000004+00040"}


def test_a_resume_with_a_damaged_best_chooses_anew(run_dir):
    (run_dir / "best" / "step-00000004" / "state").unlink()
    with pytest.warns(UserNotice, match=r"best.*state is missing.* the best is chosen anew"):
        assert from_newest(run_dir, read).best is None
    assert names(run_dir / "best") == []


def test_a_resume_of_nothing_begins_and_one_of_damaged_checkpoints_fails(run_dir, tmp_path):
    assert from_newest(tmp_path / "new", read) is None
    for path in checkpoints(run_dir / "checkpoints"):
        (path / "SHA256SUMS").unlink()
    before = tree(run_dir)
    with pytest.raises(CheckpointError, match=r"no checkpoint can be used\. .*40: is .*02: is "):
        from_newest(run_dir, read)
    assert tree(run_dir) == before


def test_the_best_is_used_first_then_the_newest_and_nothing_is_changed(run_dir):
    assert from_best(run_dir, read) == (run_dir / "best" / "step-00000004", "4")
    (run_dir / "best" / "step-00000004" / "position.json").write_text("{}")
    before = tree(run_dir)
    with pytest.warns(UserNotice, match=r"best.*position\.json differs .*\+00040 is used instead"):
        assert from_best(run_dir, read)[0] == latest(run_dir)
    assert tree(run_dir) == before


def test_a_checkpoint_that_is_replaced_while_it_is_read_is_read_again(run_dir):
    best, left = run_dir / "best", [6, 8]

    def replaced(path):
        check_whole(path)
        if left:  # A training replaces the best, and removes the old one file by file.
            make(best, left.pop(0))
            old = path.rename(path.with_name(f"old-{path.name}"))
            (old / "position.json").unlink()
            return read(path)  # Files of it are missing.
        return read(path)

    assert from_best(run_dir, replaced) == (best / "step-00000008", "8")


def test_what_was_read_of_two_checkpoints_of_one_name_is_not_used(run_dir):
    path, left = run_dir / "best" / "step-00000004", [1]

    def replaced(path):
        check_whole(path)
        if left:
            left.pop()
            path.rename(path.with_name(f"old-{path.name}"))
            make(path.parent, 4)
            return "half of each"
        return read(path)

    assert from_best(run_dir, replaced) == (path, "4")


def test_a_resume_without_the_best_that_was_chooses_anew(run_dir):
    shutil.rmtree(run_dir / "best" / "step-00000004")
    with pytest.warns(UserNotice, match=r"best: holds no checkpoint any more; .* chosen anew"):
        assert from_newest(run_dir, read).best is None


def test_the_best_of_an_abandoned_part_is_removed_and_another_is_kept(run_dir):
    newest = latest(run_dir)  # Within the burst after step 4.
    remove_abandoned_best(run_dir, newest)
    assert names(run_dir / "best") == ["step-00000004"]
    make(run_dir / "best", 5)
    remove_abandoned_best(run_dir, newest)
    assert names(run_dir / "best") == ["step-00000004"]


def test_a_run_without_a_checkpoint_is_refused(tmp_path):
    with pytest.raises(
        CheckpointError,
        match=r"has no checkpoint yet; wait for the first",
    ):
        from_best(tmp_path, read)
