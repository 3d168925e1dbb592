import numpy as np

import acwgan
from acwgan import scoring
from acwgan.cli import main


def test_the_exported_files_are_the_networks_of_the_run(trained_run, tmp_path, capsys):
    assert main(["export", str(trained_run), "--out", str(tmp_path / "files")]) == 0
    assert "generator.tflite" in capsys.readouterr().out
    ours, run = (acwgan.load(path) for path in (tmp_path / "files/generator.tflite", trained_run))
    one, other = (digits.generate("0123456789", seed=3).astype(int) for digits in (ours, run))
    assert np.abs(one - other).max() <= 1 and other.std() > 0
    critics = [scoring.load_critic(p) for p in (tmp_path / "files/critic.tflite", trained_run)]
    (scores, probs), (same_scores, same_probs) = (critic(np.uint8(other)) for critic in critics)
    np.testing.assert_allclose(scores, same_scores, atol=1e-4)
    np.testing.assert_allclose(probs, same_probs, atol=1e-4)


def test_a_folder_without_a_run_is_refused(tmp_path, capsys):
    assert main(["export", str(tmp_path)]) == 2
    assert "is not a run folder" in capsys.readouterr().err
