import base64
import json
import subprocess
import sys

import numpy as np

from acwgan.cli.app import main
from acwgan.generation import loading


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


def test_what_is_no_generator_for_it_is_refused(trained_run, tmp_path, capsys):
    out = tmp_path / "page"
    for path, reason in [
        (trained_run / "generator.keras", "the page takes a run folder or a .tflite file"),
        (tmp_path / "nothing", "does not exist"),
    ]:
        assert main(["web", str(path), "--out", str(out)]) == 2
        assert reason in capsys.readouterr().err and not out.exists()
