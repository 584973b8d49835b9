"""What only some tables need: outcomes of deals, constants of spend and activities, rows that were deleted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from alignment_lib.contract import CONTRACT
from alignment_lib.source.currencies import CODES
from alignment_lib.source.profile.columns import CHECK, Rule, World, declare, fits
from alignment_lib.source.profile.outcomes import either_end, filled_while_open, is_true, outcome
from alignment_lib.source.profile.synonyms import key, keys
from alignment_lib.source.profile.table_draft import TableDraft

_CONVERTED = ("amountincompanycurrency", "convertedamount", "amountconverted")
"""Amounts that the CRM has converted itself."""
_DELETED = ("isdeleted", "fivetrandeleted", "deleted")


def finished(one: TableDraft, tables: Mapping[str, TableDraft]) -> TableDraft:
    """A table with what headings alone do not tell, its columns in the contract's order."""
    special = {"leads": _leads, "opportunities": _deals, "spend": _spend, "activities": _activities}
    if one.table in special:
        one = special[one.table](one, tables)
    one = _without_deleted(_with_repeats(one))
    return replace(one, rules={c: one.rules[c] for c in CONTRACT[one.table].columns if c in one.rules})


def _leads(one: TableDraft, tables: Mapping[str, TableDraft]) -> TableDraft:
    rules, notes = dict(one.rules), list(one.notes)
    raw = rules["lead_id"].raw or ""
    qualified = key(raw) == "mqlid" or re.search("mql|qualified", one.export.name.lower())
    if qualified and "mql_at" not in (*rules, *one.empty):
        born = rules["created_at"]
        rules["mql_at"] = Rule(born.declared, (f"{CHECK} (is every row a qualified lead, and from that day on?)",))
    deals = tables.get("opportunities")
    if "source" not in rules and deals is not None and "source" in deals.rules:
        notes.append(f"no source here, but one in {deals.export.name}: where a deal is your lead, map leads from it")
    return replace(one, rules=rules, notes=tuple(notes))


def _deals(one: TableDraft, tables: Mapping[str, TableDraft]) -> TableDraft:
    stage = one.rules["stage"].raw if "stage" in one.rules else None
    guessed = {"outcome": outcome(one.seen, stage), **either_end(one.seen, one.rules.get("closed_at"))}
    one = replace(one, rules=_with_currency(one) | {c: r for c, r in guessed.items() if c not in one.fixed})
    return _known_while_open(one)


def _known_while_open(one: TableDraft) -> TableDraft:
    """No expected day from a column that every open deal has blank; of such an amount it is said what it tells."""
    rules = dict(one.rules)
    for column in ("expected_close_on", "amount"):
        rule = rules.get(column)
        raw = rule.raw if rule is not None else None
        if (
            rule is None
            or raw is None
            or raw not in one.seen
            or filled_while_open(one.seen, rules["outcome"], raw) is not False
        ):
            continue
        if column == "amount":
            told = "blank in every open deal: it tells what was won, and no pipeline"
            rules[column] = Rule(rule.declared, (*rule.notes, told))
        elif column not in one.fixed:
            del rules[column]
            one = replace(one, notes=(*one.notes, f"no {column}: {raw} is blank in every open deal"))
    return replace(one, rules=rules)


def _with_currency(one: TableDraft) -> dict[str, Rule]:
    """The rules, with the CRM's own amounts in the company's currency where it has them, else with the currency."""
    rules, amount = dict(one.rules), one.rules.get("amount")
    given = one.seen.get(amount.raw or "") if amount is not None else None
    if given is None:
        return {c: rule for c, rule in rules.items() if c != "currency"}
    own = [
        s for s in one.seen.values() if set(keys(s.name)) & set(_CONVERTED) and s.column.filled >= given.column.filled
    ]
    if own and fits(one.table, "amount", own[0], World("UTC")):
        rules.pop("currency", None)
        told = f"in the company's currency, rather than {given.name}"
        return rules | {
            "amount": declare(one.table, "amount", own[0], World("UTC"), (told,) if own[0] != given else ())
        }
    words = re.findall(r"(?<![A-Za-z])[A-Z]{3}(?![A-Za-z])|(?<=_)[a-z]{3}$", given.name)
    code = next((word.upper() for word in words if word.upper() in CODES), None)
    if code and "currency" not in rules:
        rules["currency"] = Rule({"value": code}, ("by the heading",))
    return rules


def _spend(one: TableDraft, tables: Mapping[str, TableDraft]) -> TableDraft:
    rules = _with_currency(one)
    for column, value in {"kind": "media", "team": "marketing"}.items():
        allowed, rule = CONTRACT[one.table].columns[column].allowed, rules.get(column)
        raw = one.seen[rule.raw] if rule is not None and rule.raw is not None else None
        if raw is None or not {v.lower() for v in raw.column.values} <= set(allowed):
            rules[column] = Rule({"value": value}, (CHECK,))
    return replace(one, rules=rules)


def _activities(one: TableDraft, tables: Mapping[str, TableDraft]) -> TableDraft:
    rules, notes = dict(one.rules), list(one.notes)
    if "kind" not in rules:
        kind = next((k for k in ("call", "email", "meeting") if k in one.export.name.lower()), None)
        rules |= {"kind": Rule({"value": kind}, ("by the file's name",))} if kind else {}
    if "direction" not in rules:
        notes.append("no column tells whether it went out or came in; if all went out, add direction: {value: out}")
    return replace(one, rules=rules, notes=tuple(notes))


def _with_repeats(one: TableDraft) -> TableDraft:
    """A key that is there more than once would stop every run."""
    own = CONTRACT[one.table].key
    raw = one.rules[own].raw if own is not None and own in one.rules else None
    repeated = raw is not None and one.seen[raw].column.distinct < one.seen[raw].column.filled
    return replace(one, duplicates="last") if repeated else one


def _without_deleted(one: TableDraft) -> TableDraft:
    flags = [s for s in one.seen.values() if set(keys(s.name)) & set(_DELETED) and s.kind in ("yes/no", "number")]
    all_gone = [s.name for s in flags if {v.lower() for v in s.column.values} <= {"true", "yes", "1", "t"}]
    parts = [one.where] if one.where else []
    where = " AND ".join(parts + [f"NOT {is_true(s.name)}" for s in flags if s.name not in all_gone]) or None
    notes = (*one.notes, *(f"every row is marked by {name}; they are read all the same" for name in all_gone))
    return replace(one, where=where, notes=notes)
