import re

import numpy as np
import pytest

from acwgan.errors import UserError
from acwgan.plots.curves import running_median
from acwgan.runs.tables import read_csv


def test_a_table_is_read_as_columns_of_numbers(tmp_path):
    path = tmp_path / "metrics.csv"
    path.write_text("generator_step,loss/critic,score/real\n2,-1.5,nan\n4,1e-3,7\n")
    table = read_csv(path)
    assert list(table) == ["generator_step", "loss/critic", "score/real"]
    np.testing.assert_array_equal(table["generator_step"], [2, 4])
    np.testing.assert_array_equal(table["loss/critic"], [-1.5, 1e-3])
    np.testing.assert_array_equal(table["score/real"], [np.nan, 7])


@pytest.mark.parametrize("torn", ["", "4", "4,-0.", "4,-0.25", "4,-"])
def test_a_last_line_that_is_being_written_is_left_out(tmp_path, torn):
    path = tmp_path / "metrics.csv"
    path.write_text("generator_step,loss/critic\n2,-1.5\n" + torn)
    assert {name: list(v) for name, v in read_csv(path).items()} == {
        "generator_step": [2],
        "loss/critic": [-1.5],
    }


def test_a_table_without_a_whole_header_has_no_columns_and_without_rows_empty_ones(tmp_path):
    path = tmp_path / "metrics.csv"
    path.write_text("generator_step,loss/cri")
    assert read_csv(path) == {}
    path.write_text("generator_step,loss/critic\n")
    assert {name: v.shape for name, v in read_csv(path).items()} == {
        "generator_step": (0,),
        "loss/critic": (0,),
    }


@pytest.mark.parametrize(
    "text, line, fault",
    [
        ("epoch,loss\n1,2\n", 1, "'epoch,loss'"),
        ("generator_step,a,a\n1,2,3\n", 1, "'generator_step,a,a'"),
        ("generator_step,a\n1,2\n2\n", 3, "1 columns instead of 2"),
        ("generator_step,a\n1,2\n2,3,4\n", 3, "3 columns instead of 2"),
        ("generator_step,a\n1,2\n\n3,4\n", 3, "''"),
        ("generator_step,a\n1,high\n2,3\n", 2, "'high'"),
        ("generator_step,a\n1,2\n2,inf\n3,4\n", 3, "'inf'"),
        ("generator_step,a\n1,2\n1,3\n", 3, "generator_step 1 does not increase"),
        ("generator_step,a\nnan,2\n", 2, "generator_step nan does not increase"),
    ],
)
def test_another_table_is_refused_with_file_and_line(tmp_path, text, line, fault):
    path = tmp_path / "metrics.csv"
    path.write_text(text)
    with pytest.raises(UserError, match=f"{re.escape(str(path))}, line {line}: .*{fault}"):
        read_csv(path)


def test_a_file_that_is_no_text_is_refused(tmp_path):
    (tmp_path / "metrics.csv").write_bytes(b"\x89PNG\r\n")
    with pytest.raises(UserError, match=r"metrics\.csv: is not a table"):
        read_csv(tmp_path / "metrics.csv")


def test_the_running_median_does_not_see_bursts_and_goes_by_steps():
    steps = np.array([10, 20, 30, 40, 1000])
    values = np.array([1.0, 500.0, 2.0, np.nan, 7.0])
    # At 10: the median of 1 and 500; at 20: of 1, 500 and 2; far away: alone.
    np.testing.assert_array_equal(
        running_median(steps, values, 20), [250.5, 2.0, 251.0, np.nan, 7.0]
    )
