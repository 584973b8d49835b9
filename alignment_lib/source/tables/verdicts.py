"""What the pass over a table found, turned into checks with one sentence each: place, value, remedy."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from alignment_lib.params import RunParams
from alignment_lib.params.period import iso
from alignment_lib.params.run import Run
from alignment_lib.source.tables.checks import Check, Status
from alignment_lib.source.tables.inspect import Inspected, repeated_key, set_aside_rows


def table_checks(seen: Inspected, params: RunParams) -> Iterator[Check]:
    """All checks on one table."""
    yield _rows(seen)
    if seen.account.read:
        yield _key(seen)
        yield from _readable(seen, params.weekly.max_unreadable)
        yield from _allowed(seen)
        yield from _orders(seen)


def _check(seen: Inspected, name: str, status: Status, sentence: str, count: int = 0) -> Check:
    return Check(name, seen.contract.name, status, sentence, count, seen.account.read)


def _rows(seen: Inspected) -> Check:
    account, name = seen.account, seen.contract.name
    if account.used == 0:
        why = "only the head" if account.read == 0 else f"{account.read} rows, all of them set aside"
        needed = name in ("leads", "opportunities")
        remedy = "export it again, with its rows" if account.read == 0 else f"see the reasons: {_reasons(seen)}"
        return _check(seen, "rows", "FAIL" if needed else "WARN", f"{account.file} ({name}): {why}; {remedy}")
    text = f"{account.file} ({name}): {account.read} read = {account.used} used + {account.set_aside} set aside"
    return _check(seen, "rows", "PASS", text + (f" ({_reasons(seen)})" if account.set_aside else ""), account.set_aside)


def _reasons(seen: Inspected) -> str:
    return ", ".join(f"{n} × {reason}" for reason, n in seen.account.reasons.items())


def _key(seen: Inspected) -> Check:
    key = seen.contract.key
    if key is None or key not in seen.mapped.columns:
        return _check(seen, "key", "PASS", f"{seen.account.file} ({seen.contract.name}): no key is expected")
    value, lines, repeated = repeated_key(seen) if seen.repeated_keys else ("", [], 0)
    if not repeated:
        return _check(seen, "key", "PASS", f"{seen.account.file}: {key} is unique")
    where = f" in lines {', '.join(map(str, lines))}" if lines else ""
    return _check(
        seen,
        "key",
        "FAIL",
        f"{seen.account.file}: {key} '{value}'{where} is there more than once ({repeated} such keys); remove the"
        f" repeats, or write `duplicates: last` (or first) under {seen.contract.name} in the mapping",
        repeated,
    )


def _readable(seen: Inspected, tolerance: float) -> Iterator[Check]:
    account = seen.account
    for column in seen.mapped.columns:
        unread = account.unreadable.get(column, 0) + account.reasons.get(f"{column} cannot be read", 0)
        if not unread:
            continue
        first = next(r for r in set_aside_rows(seen) if r.column == column and r.reason.endswith("cannot be read"))
        line = f" line {first.line}" if first.line else ""
        rule = seen.mapped.mapping.columns[column]
        yield _check(
            seen,
            "readable",
            "FAIL" if unread > tolerance * account.read else "WARN",
            f"{account.file}{line}: {column} {first.value[:60]!r} cannot be read{_how(rule, seen, column)}; {unread}"
            f" such values; correct the export, or the declaration in {seen.mapped.place}.{column}",
            unread,
        )


def _how(rule, seen: Inspected, column: str) -> str:  # type: ignore[no-untyped-def]
    kind = seen.contract.columns[column].kind
    if kind in ("instant", "date"):
        return f" as format '{rule.format or 'the default of the source'}'"
    if kind in ("money", "number", "integer"):
        return f" with decimal mark '{rule.decimal or '.'}' and thousands mark '{rule.thousands or 'none'}'"
    return ""


def _allowed(seen: Inspected) -> Iterator[Check]:
    for column, count in seen.outside.items():
        allowed = ", ".join(seen.contract.columns[column].allowed)
        text = f"{seen.account.file}: {count} rows have a {column} other than {allowed}; add them to `map:`"
        yield _check(seen, "values", "WARN", text, count)


def _orders(seen: Inspected) -> Iterator[Check]:
    for (earlier, later), count in seen.disorder.items():
        text = f"{seen.account.file}: {count} rows have {later} before {earlier}; they are counted but leave durations"
        yield _check(seen, "order", "WARN", text, count)
    if seen.undated_outcomes:
        text = (
            f"{seen.account.file}: {seen.undated_outcomes} deals are won or lost without a closing date; no week can"
            " count them, they stay open here"
        )
        yield _check(seen, "dated outcome", "WARN", text, seen.undated_outcomes)
    if seen.undecided_closings:
        text = f"{seen.account.file}: {seen.undecided_closings} deals have a closing date but are neither won nor lost"
        yield _check(seen, "outcome", "WARN", f"{text}; they stay open here", seen.undecided_closings)


def freshness_check(newest: datetime, run: Run) -> Check:
    """How old the newest row is, seen from as-of; rows after as-of prove that the export is younger."""
    rule = run.params.weekly.freshness
    age = (run.as_of - newest).total_seconds() / 86400
    if age <= rule.warn_days:
        return Check("fresh", "", "PASS", f"the newest row is of {iso(newest)}, as-of is {iso(run.as_of)}")
    status: Status = "FAIL" if age > rule.fail_days else "WARN"
    return Check(
        "fresh",
        "",
        status,
        f"the newest row is of {iso(newest)}, {age:.0f} days before as-of {iso(run.as_of)}; export again, or choose an"
        " earlier week",
    )
