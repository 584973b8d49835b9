"""Run every case of a reference file against the library and print each deviation.

    python -m tests.reference.run [FILE ...]        default: ../shared/reference/statistics.json

A file holds `cases`: name, function, scope, inputs, expected, tolerance. Scope `core` must pass; `optional` is
skipped where the library has no such function; `leave-out` is information and not run. In `expected`, null is
undefined (nan) and "inf" is infinity; the tolerance is absolute and holds for every number.

An adapter turns a case's `inputs` into a dict shaped like its `expected`; `adapters_a` and `adapters_b` list them.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.reference import adapters_a, adapters_b

Adapter = Callable[[dict[str, Any]], dict[str, Any]]

DEFAULT = Path(__file__).parents[3] / "shared" / "reference" / "statistics.json"
ADAPTERS: dict[str, Adapter] = {**adapters_a.ADAPTERS, **adapters_b.ADAPTERS}
SCOPES = ("core", "optional", "leave-out")

# Left out of the library on purpose (STATS 2 and the file's own notes); compared wherever an adapter gives them.
INFORMATION: Mapping[str, tuple[str, ...]] = {
    "agreement": ("ac1", "ac1_se", "kappa_l", "kappa_q"),
    "auc": ("delong_se", "delong_lo", "delong_hi"),
    "calibration": ("ece",),
    "ordinal_gap": ("cliff_var",),
    "stratified": ("or_", "or_lo", "or_hi", "rr", "rr_lo", "rr_hi"),
}


class CaseFileError(Exception):
    """A reference file that is missing or not of the format; the message is one sentence."""


@dataclass(frozen=True)
class Case:
    """One reference case."""

    name: str
    function: str
    scope: str
    inputs: dict[str, Any]
    expected: Any
    tolerance: float


def read_cases(path: Path) -> list[Case]:
    """Read a reference file, or raise CaseFileError naming the file and what is wrong with it."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CaseFileError(f"{path}: cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise CaseFileError(f"{path}: is not JSON ({error})") from error
    cases = content.get("cases") if isinstance(content, dict) else None
    if not isinstance(cases, list):
        raise CaseFileError(f"{path}: must hold an object with a list 'cases'")
    return [_case(path, number, case) for number, case in enumerate(cases)]


def deviations(expected: Any, got: Any, tolerance: float, key: str = "") -> Iterator[str]:
    """Yield a line for every value of `expected` that `got` does not match."""
    if isinstance(expected, dict):
        for name, value in expected.items():
            inner = f"{key}.{name}" if key else name
            if isinstance(got, Mapping) and name in got:
                yield from deviations(value, got[name], tolerance, inner)
            else:
                yield f"{inner}: expected {value!r}, got nothing"
    elif isinstance(expected, list):
        values = list(got) if hasattr(got, "__iter__") and not isinstance(got, (str, Mapping)) else None
        if values is None or len(values) != len(expected):
            yield f"{key}: expected {len(expected)} values, got {got!r}"
        else:
            for place, (value, other) in enumerate(zip(expected, values, strict=True)):
                yield from deviations(value, other, tolerance, f"{key}[{place}]")
    elif line := _deviation(expected, got, tolerance):
        yield f"{key}: {line}"


def run_case(case: Case, adapter: Adapter) -> list[str]:
    """Return the deviations of one case; an exception of the library is one."""
    try:
        got = adapter(case.inputs)
    except Exception as error:  # whatever is raised fails this case; the others still run
        return [f"raised {type(error).__name__}: {error}"]
    left_out = [key for key in INFORMATION.get(case.function, ()) if key not in got]
    expected = case.expected
    if isinstance(expected, dict):
        expected = {key: value for key, value in expected.items() if key not in left_out}
    return list(deviations(expected, got, case.tolerance))


def run(cases: list[Case], adapters: Mapping[str, Adapter] = ADAPTERS) -> tuple[int, int, int]:
    """Run the cases, print deviations, return how many passed, failed and were skipped."""
    passed = failed = skipped = 0
    for case in cases:
        adapter = adapters.get(case.function)
        if case.scope == "leave-out":
            continue
        if adapter is None and case.scope == "optional":
            skipped += 1
            continue
        lines = run_case(case, adapter) if adapter else [f"no function for {case.function!r}"]
        for line in lines:
            print(f"{case.name}: {line}")
        passed, failed = passed + (not lines), failed + bool(lines)
    return passed, failed, skipped


def main(arguments: list[str] | None = None) -> int:
    """Run the files given on the command line; exit 1 on a deviation, 2 on a file that cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m tests.reference.run", description="Check reference cases.")
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help=f"default: {DEFAULT.name}")
    files = parser.parse_args(arguments).files or [DEFAULT]
    try:
        cases = [case for path in files for case in read_cases(path)]
    except CaseFileError as error:
        print(error, file=sys.stderr)
        return 2
    passed, failed, skipped = run(cases)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


def _case(path: Path, number: int, case: Any) -> Case:
    """Check one entry of the file."""
    place = f"{path}: case {number}"
    if not isinstance(case, dict):
        raise CaseFileError(f"{place} must be an object, got {case!r}")
    missing = [key for key in ("name", "function", "inputs", "expected", "tolerance") if key not in case]
    if missing:
        raise CaseFileError(f"{place} ({case.get('name', 'without a name')}) lacks {', '.join(missing)}")
    scope, tolerance = case.get("scope", "core"), case["tolerance"]
    if scope not in SCOPES:
        raise CaseFileError(f"{place} ({case['name']}): scope must be one of {', '.join(SCOPES)}, got {scope!r}")
    if not _is_number(tolerance) or not tolerance >= 0:
        raise CaseFileError(f"{place} ({case['name']}): tolerance must be a number of at least 0, got {tolerance!r}")
    if not isinstance(case["function"], str):
        raise CaseFileError(f"{place} ({case['name']}): function must be a name, got {case['function']!r}")
    if not isinstance(case["inputs"], dict):
        raise CaseFileError(f"{place} ({case['name']}): inputs must be an object, got {case['inputs']!r}")
    return Case(case["name"], case["function"], scope, case["inputs"], case["expected"], float(tolerance))


def _deviation(expected: Any, got: Any, tolerance: float) -> str:
    """Describe how one value differs; empty if it does not."""
    wanted = {None: math.nan, "inf": math.inf, "-inf": -math.inf}.get(expected, expected)
    value = math.nan if got is None else got
    if not _is_number(wanted):
        return "" if wanted == got else f"expected {expected!r}, got {got!r}"
    if not _is_number(value):
        return f"expected {expected!r}, got {got!r}"
    wanted, value = float(wanted), float(value)
    if wanted == value or (math.isnan(wanted) and math.isnan(value)) or abs(wanted - value) <= tolerance:
        return ""
    return f"expected {expected!r}, got {value!r}, difference {value - wanted:.3g}, tolerance {tolerance:g}"


def _is_number(value: Any) -> bool:
    return hasattr(value, "__float__") and not isinstance(value, (bool, str))


if __name__ == "__main__":
    sys.exit(main())
