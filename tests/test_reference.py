"""The reference runner itself, and the reference cases where they are at hand."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from tests.reference import adapters_a, adapters_b
from tests.reference.run import DEFAULT, Case, CaseFileError, deviations, main, read_cases, run


def case(**changes: object) -> dict[str, object]:
    kaplan = {"t": [1, 2, 3, 4], "d": [1, 1, 1, 1], "censored": [0, 0, 0, 0], "q": [0.5], "conf": 0.95}
    expected = {"est": [2.5], "lo": [1.0], "hi": [None]}
    whole = {"name": "median", "function": "km_quantile", "scope": "core", "inputs": kaplan, "expected": expected}
    return {**whole, "tolerance": 1e-9, **changes}


def write(path: Path, *cases: object) -> str:
    path.write_text(json.dumps({"cases": cases}), encoding="utf-8")
    return str(path)


@pytest.mark.skipif(not DEFAULT.exists(), reason="the reference file lies outside the repository")
def test_reference_cases_pass(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert " 0 failed, " in last


def test_a_clock_around_the_clock_is_a_case() -> None:
    """By hand: Berlin's Sunday of 25 hours, from midnight to midnight."""
    calendar = {"tz": "Europe/Berlin", "hours": {str(day): [["00:00", "24:00"]] for day in range(7)}}
    inputs = {"start": "2025-10-26T00:00+02:00", "end": "2025-10-27T00:00+01:00", "calendar": calendar}
    assert adapters_b.open_seconds(inputs) == {"seconds": 25 * 3600}


def test_no_adapter_is_listed_twice() -> None:
    assert not set(adapters_a.ADAPTERS) & set(adapters_b.ADAPTERS)


def test_counts_and_last_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(
        tmp_path / "cases.json",
        case(),
        case(name="off", expected={"est": [2.6]}),
        case(name="strange", function="horoscope"),
        case(name="maybe", function="horoscope", scope="optional"),
        case(name="never", function="horoscope", scope="leave-out"),
        case(name="broken", inputs={}),
    )
    assert main([file]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("off: est[0]: expected 2.6, got 2.5, difference -0.1, tolerance 1e-09")
    assert lines[1] == "strange: no function for 'horoscope'"
    assert lines[2].startswith("broken: raised KeyError")
    assert lines[3:] == ["1 passed, 3 failed, 1 skipped"]


def test_several_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [write(tmp_path / name, case()) for name in ("a.json", "b.json")]
    assert main(files) == 0
    assert capsys.readouterr().out == "2 passed, 0 failed, 0 skipped\n"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be read"),
        ("{", "is not JSON"),
        ("[]", "'cases'"),
        ('{"cases": 3}', "'cases'"),
        ('{"cases": [3]}', "case 0 must be an object"),
        ('{"cases": [{"name": "x", "function": "km"}]}', r"case 0 \(x\) lacks inputs, expected, tolerance"),
        (json.dumps({"cases": [case(scope="perhaps")]}), "scope must be one of core, optional, leave-out"),
        (json.dumps({"cases": [case(tolerance=-1)]}), "tolerance"),
        (json.dumps({"cases": [case(tolerance="small")]}), "tolerance"),
        (json.dumps({"cases": [case(function=[])]}), "function must be a name"),
        (json.dumps({"cases": [case(inputs=3)]}), "inputs must be an object"),
    ],
)
def test_unusable_files_are_one_sentence(
    tmp_path: Path, content: str | None, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "cases.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(CaseFileError, match=words):
        read_cases(path)
    assert main([str(path)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    assert str(path) in err


@pytest.mark.parametrize(
    ("expected", "got", "same"),
    [
        (None, math.nan, True),
        (None, None, True),
        (None, 0, False),
        (0, None, False),
        (0, math.nan, False),
        ("inf", math.inf, True),
        ("inf", 1e308, False),
        ("-inf", -math.inf, True),
        (1, np.float64(1 + 1e-10), True),
        (1, 1 + 1e-8, False),
        ("none", "none", True),
        ("none", "N-1 chi2", False),
        ([1, [2, None]], (1, np.array([2, np.nan])), True),
        ([1, 2], [1], False),
        ([1, 2], 1, False),
        ({"a": 1}, {"a": 1, "b": 2}, True),
        ({"a": 1, "b": None}, {"a": 1}, False),
        ({"a": {"b": [1]}}, {"a": {"b": [1]}}, True),
        ({"a": 1}, 1, False),
    ],
)
def test_comparison(expected: object, got: object, same: bool) -> None:
    assert bool(list(deviations(expected, got, 1e-9))) is not same


def test_values_left_out_on_purpose_are_compared_when_given() -> None:
    example = Case("a", "auc", "core", {}, {"auc": 0.5, "delong_se": 0.1}, 1e-9)
    assert run([example], {"auc": lambda _: {"auc": 0.5}}) == (1, 0, 0)
    assert run([example], {"auc": lambda _: {"auc": 0.5, "delong_se": 0.2}}) == (0, 1, 0)
    assert run([example], {"auc": lambda _: {"delong_se": 0.1}}) == (0, 1, 0)
