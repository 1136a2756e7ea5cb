import math
import re
from xml.etree import ElementTree

import pytest

from alignment.evaluation.pages import charts
from alignment.evaluation.pages.charts import Line, interval_bar, line_chart, marker, number, percent, ticks, with_unit


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (0, 3200, [0, 1000, 2000, 3000, 4000]),
        (-1.3, 2.1, [-2, -1, 0, 1, 2, 3]),
        (-1e-7, 1.9, [0, 0.5, 1.0, 1.5, 2.0]),
    ],
)
def test_ticks_are_round_and_enclose(low: float, high: float, expected: list[float]) -> None:
    assert ticks(low, high) == pytest.approx(expected)


@pytest.mark.parametrize("value", [0.0, 5.0, -3.0])
def test_ticks_of_one_value(value: float) -> None:
    made = ticks(value, value)
    assert made[0] < value < made[-1] and len(made) >= 2


def test_numbers_as_people_write_them() -> None:
    assert [number(x) for x in (0, 0.12345, 12345, -2.5, 1e-12)] == ["0", "0.123", "12,345", "−2.5", "1e−12"]
    assert percent(0.9753) == "97.5\u00a0%" and with_unit(-0.02, "points") == "−2\u00a0points"
    assert with_unit(0.05, "points") == "+5\u00a0points" and with_unit(3.0, "") == "3"


def test_a_chart_is_whole_labelled_and_in_scale() -> None:
    lines = [Line("sft", [(0, 0.25), (100, 0.5)], 1), Line("d<po", [(0, 0.5), (200, 1.0)], 2, ["a", "b"])]
    text = line_chart(lines, title='Voice "x"', x_label="samples", y_label="share", share=True)
    svg = ElementTree.fromstring(text)
    assert svg.get("role") == "img" and svg.get("aria-label") == 'Voice "x"'
    titles = [element.text for element in svg.iter("title")]
    assert titles[0] == "sft: samples 0, share 25\u00a0%" and titles[-1] == "d<po: samples 200, share 100\u00a0% (b)"
    labels = [element.text for element in svg.iter("text")]
    assert {"samples", "share", "0\u00a0%", "100\u00a0%", "200"} <= set(labels)
    first, second = ([tuple(map(float, p.split(","))) for p in e.get("points").split()] for e in svg.iter("polyline"))
    assert first[1] == pytest.approx(((first[0][0] + second[1][0]) / 2, second[0][1]))  # halfway across; 0.5 is 0.5


def test_an_axis_that_does_not_start_at_zero() -> None:
    text = line_chart([Line("a", [(0, -1.0), (10, 2.0)], 0)], title="t", x_label="x", y_label="y")
    points = next(ElementTree.fromstring(text).iter("polyline")).get("points", "").split()
    heights = [float(point.split(",")[1]) for point in points]
    labels = [e for e in ElementTree.fromstring(text).iter("text") if e.get("text-anchor") == "end"]
    at = {label.text: float(label.get("y", "0")) - 4 for label in labels}
    assert heights == [at["−1"], at["2"]] and (at["2"], at["−1"]) == (charts.TOP, charts.HEIGHT - charts.BOTTOM)


def test_points_that_are_no_numbers_are_left_out() -> None:
    text = line_chart([Line("a", [(0, math.nan), (1, 2.0)], 0)], title="t", x_label="x", y_label="y")
    assert "nan" not in text and text.count("<title>") == 1
    assert line_chart([Line("a", [], 0)], title="t", x_label="x", y_label="y") == ""


def test_bar_and_markers_are_xml() -> None:
    bar = ElementTree.fromstring(interval_bar(0.5, 0.25, 0.75, 2, "dpo: 50 %"))
    ends = next(line for line in bar.iter("line") if "interval" in line.get("class", ""))
    assert (ends.get("x1"), ends.get("x2")) == ("50.0", "150.0") and bar.get("aria-label") == "dpo: 50 %"
    for place in range(6):
        assert re.match(r"<(circle|polygon) ", marker(place, 1, 1))
