import base64
import json
import shutil
import subprocess
import sys
from dataclasses import replace

import numpy as np

from acwgan.cli.app import main
from acwgan.encoder.trained import load_encoder
from acwgan.files.bundled import CRITIC, ENCODER, JUDGE
from acwgan.generation import loading
from acwgan.training.trainer import train
from acwgan.web.weights import with_float_weights


def model_of(page):
    text = (page.parent / "model.js").read_text()
    return json.loads(text.removeprefix("const MODEL = ").removesuffix(";\n"))


def test_the_page_of_the_package_is_written_without_tensorflow(tmp_path):
    code = (
        "import sys; from acwgan.cli.app import main; main(['web'])\n"
        "print({'tensorflow', 'keras', 'jax'} & set(sys.modules))"
    )
    words = {"capture_output": True, "text": True, "check": True, "cwd": tmp_path}
    done = subprocess.run([sys.executable, "-c", code], **words)
    assert (done.stdout, done.stderr) == ("web/index.html\nset()\n", "")
    model = model_of(tmp_path / "web" / "index.html")
    assert model["command"] == "acwgan generate" and model["classes"] == list("0123456789")


def test_a_page_of_a_run(trained_run, tmp_path, capsys):
    assert main(["web", str(trained_run), "--out", str(tmp_path / "page")]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'page' / 'index.html'}\n"
    model = model_of(tmp_path / "page" / "index.html")
    assert model["command"] == f"acwgan generate --checkpoint {trained_run}"
    # The network in the page is that of the run.
    (tmp_path / "page.tflite").write_bytes(base64.b64decode(model["network"]))
    one, other = (
        loading.load(path).generate("0123", seed=3)
        for path in (tmp_path / "page.tflite", trained_run)
    )
    assert np.abs(one.astype(int) - other).max() <= 1 and other.std() > 0


def test_a_run_with_an_encoder_has_a_field_to_draw_into(trained_run, tmp_path, capsys):
    run, out = tmp_path / "run", str(tmp_path / "page")
    shutil.copytree(trained_run, run)
    page = tmp_path / "page" / "index.html"
    assert main(["web", str(run), "--out", out]) == 0
    assert not {"encoder", "judge"} & set(model_of(page))
    shutil.copy(ENCODER, run)  # As long a latent as that of the run.
    assert load_encoder(run).latent_dim == loading.load(run).latent_dim
    assert main(["web", str(run), "--out", out]) == 0
    files = {"encoder": run / "encoder.tflite", "judge": JUDGE}
    for name, path in files.items():
        assert base64.b64decode(model_of(page)[name]) == with_float_weights(path.read_bytes())
    shutil.copy(CRITIC, run / "encoder.tflite")
    capsys.readouterr()
    assert main(["web", str(run), "--out", out]) == 2
    assert "encoder.tflite: is not an encoder" in capsys.readouterr().err


def test_only_a_page_of_its_own_is_replaced(tmp_path, capsys):
    out = tmp_path / "page"
    for name in ("index.html", "model.js"):  # Somebody's page, whose files have the same names.
        out.mkdir(exist_ok=True)
        (out / name).write_text("mine")
        assert main(["web", "--out", str(out)]) == 2
        assert "holds something else" in capsys.readouterr().err
        assert [path.read_text() for path in out.iterdir()] == ["mine"] * len(list(out.iterdir()))
    shutil.rmtree(out)
    for _ in range(2):
        assert main(["web", "--out", str(out)]) == 0
    page = out / "index.html"
    # A page of acwgan 0.1 has no such element.
    page.write_text(page.read_text().replace('<meta name="generator" content="acwgan web">', ""))
    assert main(["web", "--out", str(out)]) == 0
    page.rename(tmp_path / "linked.html")
    page.symlink_to(tmp_path / "linked.html")
    assert main(["web", "--out", str(out)]) == 2


def test_a_run_without_classes_is_named(tiny_config, tmp_path, capsys):
    config = replace(tiny_config, networks="mlp", conditional=False, steps=1)
    run_dir = train(config, tmp_path / "run")
    capsys.readouterr()
    assert main(["web", str(run_dir), "--out", str(tmp_path / "page")]) == 2
    assert capsys.readouterr().err.startswith(f"acwgan: {run_dir}: has no classes, so")


def test_what_is_no_generator_for_it_is_refused(trained_run, tmp_path, capsys):
    out = tmp_path / "page"
    for path, reason in [
        (trained_run / "generator.keras", "the page takes a run folder or a .tflite file"),
        (tmp_path / "nothing", "does not exist"),
    ]:
        assert main(["web", str(path), "--out", str(out)]) == 2
        assert reason in capsys.readouterr().err and not out.exists()
