import re
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from acwgan.errors import UserError
from acwgan.plots.curves import plot

LOSSES = ("loss/critic", "loss/generator", "wasserstein_estimate")
CLASSES = ("loss/class_real", "loss/class_fake")
QUALITY = ("quality/class_accuracy", "quality/frechet_distance")
BLUE, VERMILION = "#0072b2", "#d55e00"


def write_csv(path, steps, columns):
    """Write a table as training does; columns: name -> values."""
    lines = [",".join(["generator_step", *columns])]
    for step, *values in zip(steps, *columns.values(), strict=True):
        lines.append(",".join([str(step), *(f"{value:.7g}" for value in values)]))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(line + "\n" for line in lines))


def write_run(folder, rows=6, names=LOSSES + CLASSES, judged=True, **changed):
    """Make a run folder with smooth positive curves, a row every ten steps."""
    steps = np.arange(10, 10 * rows + 10, 10)
    curves = {name: (n + 1) / steps for n, name in enumerate(names)} | changed
    write_csv(folder / "metrics.csv", steps, curves)
    if judged:
        quality = dict(zip(QUALITY, (1 - 1 / steps, 400 / steps), strict=True))
        write_csv(folder / "quality.csv", steps[1::2], {n: v[1::2] for n, v in quality.items()})
    return folder


def drawn(runs, out):
    """Draw the runs as an SVG; returns its texts."""
    plot(runs, out)
    root = ElementTree.parse(out)
    return ["".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text")]


def strong_lines(out):
    """(color, dashes) of every curve and legend line of full width in an SVG."""
    styles = [node.get("style", "") for node in ElementTree.parse(out).iter()]
    styles = [style for style in styles if "stroke-width: 1.4" in style]
    dashes = [re.search(r"stroke-dasharray: ([\d., ]+)", style) for style in styles]
    colors = [re.search(r"stroke: (#\w+)", style).group(1) for style in styles]
    return [(color, d and d.group(1)) for color, d in zip(colors, dashes, strict=True)]


def test_one_run_has_its_curves_in_five_panels(tmp_path):
    texts = drawn({"first": write_run(tmp_path / "run")}, tmp_path / "a.svg")
    for title in ("Combined loss", "Wasserstein estimate", "Class loss of the critic"):
        assert title in texts
    assert any(text.startswith("Class accuracy") for text in texts)
    assert any(text.startswith("Fréchet distance") for text in texts)
    assert {"critic", "generator", "real images", "fake images", "generator steps"} < set(texts)
    assert {"nats", "%", "Run first."} < set(texts)
    # 0.95 to 0.983 in the table.
    assert {"96", "97", "98"} < set(texts)


def test_an_unconditional_run_without_a_judge_has_two_panels(tmp_path):
    run = write_run(tmp_path / "run", names=LOSSES, judged=False)
    texts = drawn({"run": run}, tmp_path / "a.svg")
    assert {"Combined loss", "Wasserstein estimate"} < set(texts)
    assert not any("Class" in text or "Fréchet" in text for text in texts)


def test_runs_differ_in_color_and_dashes_and_keep_their_names(tmp_path):
    runs = {"_first": write_run(tmp_path / "a"), "$b$": write_run(tmp_path / "b", rows=4)}
    texts = drawn(runs, tmp_path / "a.svg")
    assert {"_first", "$b$", "Combined loss: critic", "Combined loss: generator"} < set(texts)
    assert "Combined loss" not in texts
    lines = strong_lines(tmp_path / "a.svg")
    # Seven panels and the legend.
    assert len(lines) == 16
    assert [color for color, _ in lines] == [BLUE, VERMILION] * 8
    assert all(dashes is None for _, dashes in lines[::2])
    assert all(dashes for _, dashes in lines[1::2])


def test_a_missing_curve_does_not_change_the_look_of_other_runs(tmp_path):
    runs = {"a": write_run(tmp_path / "a", judged=False), "b": write_run(tmp_path / "b")}
    drawn(runs, tmp_path / "a.svg")
    assert [color for color, _ in strong_lines(tmp_path / "a.svg")] == [
        *[BLUE, VERMILION] * 5,
        *[VERMILION] * 2,
        *[BLUE, VERMILION],
    ]


def test_long_curves_are_smoothed_and_the_caption_says_how(tmp_path):
    texts = drawn({"run": write_run(tmp_path / "run", rows=100)}, tmp_path / "a.svg")
    assert any("running median over 50 generator steps" in text for text in texts)
    texts = drawn({"run": write_run(tmp_path / "few", rows=40)}, tmp_path / "a.svg")
    assert not any("median" in text for text in texts)


def test_a_few_huge_values_do_not_flatten_the_curve_and_are_counted(tmp_path):
    values = np.sin(np.arange(400.0))
    values[[0, 1]], values[200] = -7e6, 5e6
    values[[300, 301]] = np.nan
    run = write_run(tmp_path / "run", 400, (), False, wasserstein_estimate=values)
    texts = drawn({"run": run}, tmp_path / "a.svg")
    assert "values beyond the axis: 3, not a number: 2" in texts
    ticks = [float(t.replace("−", "-")) for t in texts if re.fullmatch(r"−?[\d.]+", t)]
    assert sorted(ticks)[:2] == [-1.0, -0.5] and {0.5, 1.0} < set(ticks)


def test_no_value_of_the_judge_is_beyond_the_axis(tmp_path):
    steps = np.arange(1, 301)
    run = write_run(tmp_path / "run", judged=False)
    accuracy = np.where(steps == 1, 0.1, 0.99 + 1e-5 * steps)
    write_csv(run / "quality.csv", steps, {QUALITY[0]: accuracy})
    assert not any("beyond" in text for text in drawn({"run": run}, tmp_path / "a.svg"))


def test_a_class_loss_of_zero_is_beyond_the_logarithmic_axis(tmp_path):
    values = np.array([0.1, 0.0, 0.001, 0.002])
    run = write_run(tmp_path / "run", 4, (), False, **{"loss/class_real": values})
    texts = drawn({"run": run}, tmp_path / "a.svg")
    assert "values beyond the axis: 1" in texts and {"0.1", "0.01", "0.001"} < set(texts)


def test_a_curve_without_a_number_has_no_panel(tmp_path):
    run = write_run(tmp_path / "run", judged=False, wasserstein_estimate=np.full(6, np.nan))
    texts = drawn({"run": run}, tmp_path / "a.svg")
    assert "Combined loss" in texts and "Wasserstein estimate" not in texts


def test_a_single_row_is_visible(tmp_path):
    run = write_run(tmp_path / "run", rows=1, names=LOSSES[:1], judged=False)
    plot({"run": run}, tmp_path / "a.png")
    pixels = np.asarray(Image.open(tmp_path / "a.png").convert("RGB"))
    below_the_legend = (pixels[len(pixels) // 4 :] == (0, 0x72, 0xB2)).all(axis=-1)
    assert 50 < below_the_legend.sum() < 500


def test_the_png_is_made_for_print_and_has_the_curves_in_safe_colors(tmp_path):
    plot({"run": write_run(tmp_path / "run")}, tmp_path / "a.PNG")
    image = Image.open(tmp_path / "a.PNG")
    assert image.format == "PNG" and image.width == 1890
    assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)
    pixels = np.asarray(image.convert("RGB"))
    for color in ((0, 0x72, 0xB2), (0xD5, 0x5E, 0)):
        assert (pixels == color).all(axis=-1).sum() > 2000


@pytest.mark.parametrize("name", ["a.png", "a.svg"])
def test_the_same_curves_give_the_same_file_also_with_a_torn_line(tmp_path, name):
    run = write_run(tmp_path / "run")
    plot({"run": run}, tmp_path / name)
    first = (tmp_path / name).read_bytes()
    with (run / "metrics.csv").open("a") as file:
        file.write("70,0.3,1")
    plot({"run": run}, tmp_path / name)
    assert (tmp_path / name).read_bytes() == first
    with (run / "metrics.csv").open("a") as file:
        file.write(",1,1,1\n")
    plot({"run": run}, tmp_path / name)
    assert (tmp_path / name).read_bytes() != first


@pytest.mark.parametrize(
    "text, fault",
    [
        (None, "has no metrics yet"),
        ("generator_step,loss/cr", "has no metrics yet"),
        ("generator_step,loss/critic\n", "has no metrics yet"),
        ("generator_step,foreign\n1,2\n", "nothing to draw"),
        ("generator_step,loss/critic\n1,2\nx,3\n", "line 3"),
    ],
)
def test_a_run_without_curves_is_refused_and_the_old_picture_stays(tmp_path, text, fault):
    run = tmp_path / "run"
    run.mkdir()
    if text:
        (run / "metrics.csv").write_text(text)
    (tmp_path / "a.png").write_text("old")
    with pytest.raises(UserError, match=fault):
        plot({"run": run}, tmp_path / "a.png")
    assert (tmp_path / "a.png").read_text() == "old"
    assert {path.name for path in tmp_path.iterdir()} == {"run", "a.png"}


def test_a_missing_run_and_another_ending_are_refused(tmp_path):
    with pytest.raises(UserError, match="nowhere: is not a run folder"):
        plot({"run": tmp_path / "nowhere"}, tmp_path / "a.png")
    run = write_run(tmp_path / "run")
    for name in ("a.pdf", "a", ".png"):
        with pytest.raises(UserError, match=rf"^`out` must end in \.png or \.svg, got '.*{name}'"):
            plot({"run": run}, tmp_path / name)
    assert {path.name for path in tmp_path.iterdir()} == {"run"}
