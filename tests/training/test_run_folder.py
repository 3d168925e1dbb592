import json
import signal
from dataclasses import replace

import pytest

from acwgan.config import Config
from acwgan.errors import UserNotice
from acwgan.export.formats import FORMATS
from acwgan.runs.folder import DataSpec, RunFolderError, read_config, read_data_spec
from acwgan.training.run_folder import check, check_not_lost, prepare, with_its_beginnings

DIGITS = DataSpec((28, 28, 1), tuple("0123456789"), 60_000, "0" * 64)


#: What a run writes besides.
TABLES = ["events.out.tfevents.1", "metrics.csv", "quality.csv", "class_names.tsv"]
TABLES += ["class_embedding.tsv", "projector_config.pbtxt"]
SAVEDMODEL = FORMATS["savedmodel"].file_name


def make(folder, *names):
    """Make empty files, and folders where the name ends with a slash."""
    for name in names:
        path = folder / name
        (path if name.endswith("/") else path.parent).mkdir(parents=True, exist_ok=True)
        if not name.endswith("/"):
            path.touch()


def files(folder):
    """The paths of all files in a folder and below."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def start(run_dir, config=None, data_spec=DIGITS, resume=False, overwrite=False, samples_dir=None):
    config = config or Config()
    how = {"resume": resume, "overwrite": overwrite, "samples_dir": samples_dir}
    check(run_dir, config, data_spec, **how)
    prepare(run_dir, config, data_spec, **how)
    return run_dir


def test_a_new_run_writes_its_config_and_its_data_spec(tmp_path):
    data_spec = DataSpec((32, 36, 3), ("blå", "rød"), 7)
    run_dir = start(tmp_path / "deep" / "run", Config(seed=4), data_spec)
    assert read_config(run_dir) == Config(seed=4)
    assert read_data_spec(run_dir) == data_spec
    assert sorted(path.name for path in run_dir.iterdir()) == ["config.json", "data.json"]


def test_resume_with_other_data_is_refused(tmp_path):
    start(tmp_path)
    with pytest.raises(
        RunFolderError, match=r"cannot be resumed with other data: .*images=7.*60000"
    ):
        start(tmp_path, data_spec=DIGITS._replace(images=7), resume=True)
    assert read_data_spec(tmp_path) == DIGITS


def test_a_run_is_not_trained_over(tmp_path):
    start(tmp_path / "run")
    with pytest.raises(RunFolderError, match="holds a run; go on with `resume=True`"):
        start(tmp_path / "run")


def test_a_run_that_another_process_has_begun_meanwhile_is_not_trained_over(tmp_path):
    how = {"resume": False, "overwrite": False}
    check(tmp_path, Config(), DIGITS, **how)
    start(tmp_path, Config(seed=1))
    with pytest.raises(RunFolderError, match="holds a run"):
        prepare(tmp_path, Config(), DIGITS, **how)
    assert read_config(tmp_path).seed == 1


def test_overwrite_removes_the_run_and_nothing_else(tmp_path):
    run_dir = start(tmp_path / "run")
    written = ["checkpoints/step-00000001/", "checkpoints/broken-step-00000002/"]
    written += ["best/old-step-00000001+00040/", "samples/step-00000050.png", *TABLES]
    written += [each.file_name for each in FORMATS.values() if each.file_name != SAVEDMODEL]
    written += [f"{SAVEDMODEL}/saved_model.pb", f"{SAVEDMODEL}/variables/variables.index"]
    others = ["my-notes.txt", "samples/mine.png", "checkpoints/step-notes.txt"]
    make(run_dir, *written, "critic.tflite", "encoder.tflite", *others)
    pictures = tmp_path / "pictures"
    make(pictures, "step-00000050.png", "cat.png")
    start(run_dir, overwrite=True, samples_dir=pictures)
    assert files(run_dir) == sorted(["config.json", "data.json", *others])
    assert files(pictures) == ["cat.png"]


def test_a_savedmodel_with_other_things_in_it_is_not_removed(tmp_path):
    run_dir = start(tmp_path / "run")
    kept = [f"{SAVEDMODEL}/saved_model.pb", f"{SAVEDMODEL}/thesis.tex"]
    make(run_dir, *kept)
    start(run_dir, overwrite=True)
    assert files(run_dir) == ["config.json", "data.json", *kept]


def test_a_run_of_another_version_can_be_overwritten(tmp_path):
    run_dir = start(tmp_path / "run")
    values = json.loads((run_dir / "config.json").read_text())
    (run_dir / "config.json").write_text(json.dumps(values | {"of_a_later_version": 1}))
    make(run_dir, "metrics.csv")
    with pytest.raises(RunFolderError, match="holds a run"):
        start(run_dir)
    start(run_dir, Config(seed=5), overwrite=True)
    assert read_config(run_dir).seed == 5 and files(run_dir) == ["config.json", "data.json"]


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("name", ["data.json", "config.json"])
def test_a_file_of_the_user_with_a_name_of_ours_is_never_overwritten(tmp_path, name, overwrite):
    for text in ('{"batch_size": 3}', "[1]", "not JSON", '{"images": "my own list"}'):
        (tmp_path / name).write_text(text)
        with pytest.raises(RunFolderError, match=r"is not (of a run|a run folder)"):
            start(tmp_path, overwrite=overwrite)
        assert (tmp_path / name).read_text() == text and files(tmp_path) == [name]


def test_pictures_of_another_run_are_refused(tmp_path):
    make(tmp_path / "pictures", "step-00000050.png")
    with pytest.raises(RunFolderError, match="sample pictures of another run, which would enter"):
        start(tmp_path / "run", samples_dir=tmp_path / "pictures")
    start(tmp_path / "run")
    start(tmp_path / "run", resume=True, samples_dir=tmp_path / "pictures")
    assert files(tmp_path / "pictures") == ["step-00000050.png"]


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_folder_that_is_no_run_is_left_alone(tmp_path, overwrite):
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(RunFolderError, match="is not a run folder"):
        start(tmp_path, overwrite=overwrite)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(RunFolderError, match="is a file; choose another `run_dir`"):
        start(tmp_path / "file")


def test_resume_with_other_settings_names_them(tmp_path):
    start(tmp_path, Config(seed=1))
    with pytest.raises(
        RunFolderError, match=r"batch_size 9 \(the run: 64\), seed 0 \(the run: 1\)"
    ):
        start(tmp_path, Config(batch_size=9), resume=True)
    assert read_config(tmp_path) == Config(seed=1)


def test_resume_may_change_the_length(tmp_path):
    config = Config(steps=10, precision="bfloat16")
    start(tmp_path, config)
    start(tmp_path, replace(config, steps=20), resume=True)
    assert read_config(tmp_path).steps == 20


def test_the_same_data_is_resumed_from_another_place_and_changed_data_is_refused(tmp_path):
    start(tmp_path, Config(dataset="here.npz"))
    moved = Config(dataset="there.npz")
    check(tmp_path, moved, resume=True, overwrite=False)  # Before the data is loaded.
    start(tmp_path, moved, resume=True)
    assert read_config(tmp_path).dataset == "there.npz"
    changed = DIGITS._replace(digest="1" * 64)
    with pytest.raises(RunFolderError, match=r"cannot be resumed with other data: digest=1+ \("):
        start(tmp_path, moved, changed, resume=True)
    with pytest.raises(RunFolderError, match=r"seed 1 \(the run: 0\)"):
        start(tmp_path, replace(moved, seed=1), resume=True)


def test_a_run_without_a_digest_goes_on_with_its_data_set_alone_and_gets_one(tmp_path):
    old = DIGITS._replace(digest=None)
    start(tmp_path, Config(dataset="here.npz"), old)
    assert "digest" not in (tmp_path / "data.json").read_text()
    with pytest.raises(RunFolderError, match=r"dataset there.npz .* put the data where it was"):
        start(tmp_path, Config(dataset="there.npz"), resume=True)
    with pytest.warns(UserNotice, match="has no checksum of its data yet, and gets that of"):
        start(tmp_path, Config(dataset="here.npz"), resume=True)
    assert read_data_spec(tmp_path) == DIGITS


def test_resume_without_a_run_and_both_flags_are_refused(tmp_path):
    with pytest.raises(RunFolderError, match="is not a run folder"):
        start(tmp_path / "none", resume=True)
    with pytest.raises(RunFolderError, match="exclude each other"):
        start(tmp_path / "none", resume=True, overwrite=True)
    assert not (tmp_path / "none").exists()


def test_a_run_that_was_killed_before_it_had_a_config_is_begun_again(tmp_path):
    old, new = ".partial-config.json", ".partial-config.json-0.json"
    for name in ("training.lock", "data.json", old, new, ".partial-data.json-3.json"):
        (tmp_path / name).touch()
    assert read_config(start(tmp_path)) == Config()
    assert not (tmp_path / new).exists()


def lose(run_dir, rows=(), *others):
    """A run with these rows in its table, and without checkpoints."""
    lines = ["generator_step,loss/critic", *(f"{step},0.5" for step in rows)]
    (start(run_dir) / "metrics.csv").write_text("\n".join(lines))
    make(run_dir, *others)
    return run_dir


@pytest.mark.parametrize(
    "rows, other",
    [
        ([100, 200, 201], "samples/"),
        ([20], "generator.keras"),
        ([20], "best/step-00000020/"),
        ([20], "checkpoints/broken-step-00000020/"),
    ],
)
def test_a_run_that_has_lost_its_checkpoints_is_not_begun_again(tmp_path, rows, other):
    run_dir = lose(tmp_path / "run", rows, other)
    with pytest.raises(RunFolderError, match=r"checkpoints of the run are missing, .* its log"):
        check_not_lost(run_dir, checkpoint_every=200)


def test_a_run_that_was_killed_before_its_first_checkpoint_is_begun_again(tmp_path):
    check_not_lost(lose(tmp_path / "none"), checkpoint_every=200)
    check_not_lost(tmp_path / "without a table", checkpoint_every=200)
    run_dir = lose(tmp_path / "some", [100, 200])
    with pytest.warns(UserNotice, match="has no checkpoint yet; its 200 steps are trained again"):
        check_not_lost(run_dir, checkpoint_every=200)


def test_an_interrupted_removal_can_be_repeated(tmp_path, monkeypatch):
    run_dir = start(tmp_path / "run")
    (run_dir / "checkpoints/step-00000002").mkdir(parents=True)
    (run_dir / "metrics.csv").touch()
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr("shutil.rmtree", lambda path: signal.raise_signal(signal.SIGINT))
        start(run_dir, overwrite=True)
    start(run_dir, overwrite=True)
    assert {path.name for path in run_dir.iterdir()} == {"config.json", "data.json"}


@pytest.mark.parametrize("name", ["metrics.csv", "samples", "checkpoints", "events.out.tfevents.1"])
@pytest.mark.parametrize("how", ["resume", "overwrite"])
def test_a_run_does_not_write_through_the_links_of_an_untrusted_folder(tmp_path, name, how):
    run_dir = start(tmp_path / "run")
    (tmp_path / "mine").mkdir()
    (run_dir / name).symlink_to(tmp_path / "mine")
    with pytest.raises(RunFolderError, match=rf"{name}: is a link"):
        start(run_dir, **{how: True})


def test_a_run_of_before_goes_on_with_the_rates_in_its_config():
    saved = Config(critic_learning_rate=4e-4, generator_learning_rate=2e-4)
    assert with_its_beginnings(saved, Config()) == saved
    # Others can only have been asked for, and are refused by ``check``.
    other = Config(critic_learning_rate=1e-3)
    assert with_its_beginnings(saved, other).critic_learning_rate == 1e-3
    assert with_its_beginnings(Config(), other) == other
