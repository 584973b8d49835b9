"""How a deal ended: from a status, from flags, from its stage, or from the date it was won."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from alignment_lib.source.profile.columns import CHECK, MANY, Rule
from alignment_lib.source.profile.kinds import Seen
from alignment_lib.source.profile.synonyms import keys

_WON = {
    "won", "gewonnen", "gagné", "gagnée", "gagne", "ganado", "ganada", "ganho", "ganha", "vinto", "vinta", "vunnen",
    "vundet", "vunnet", "wygrana", "wygrany",
}  # fmt: skip
_LOST = {
    "lost", "verloren", "perdu", "perdue", "perdido", "perdida", "perso", "persa", "förlorad", "förlorat", "tabt",
    "tapt", "przegrana", "przegrany",
}  # fmt: skip
_NOT = {"not", "no", "never", "nearly", "almost", "yet", "nicht", "noch", "fast", "pas", "presque", "non", "casi"}
_BESIDE = {
    "closed", "close", "deal", "opportunity", "business", "new", "renewal", "upsell", "existing", "contract", "old",
    "abgeschlossen", "geschlossen", "und", "and", "auftrag", "fermé", "fermée", "clos", "cerrado", "cerrada", "cierre",
    "stage",
}  # fmt: skip
"""Words that may stand beside won or lost and leave it what it is."""
_AFTER = {"to", "due", "because", "after", "on", "by", "an", "wegen"}
_MAYBE_WON = re.compile(
    r"^payment (done|received|made)$|^(paid|sold|verkauft|bezahlt|customer)$|^(contract |deal )?(signed|done)$"
)
_MAYBE_LOST = re.compile(r"disqualif|unqualif|abandon|reject|cancel|no decision|^dead$|declin|abgelehnt|^failed$|^junk")
_STATUS = ("dealstatus", "opportunitystatus", "outcome", "dealoutcome", "status", "result")
_TRUE = ("true", "True", "TRUE", "1", "yes", "Yes", "t")
_WON_FLAGS, _CLOSED_FLAGS = ("iswon", "isclosedwon", "won"), ("isclosed", "isclosedlost", "isdealclosed", "closed")
_WON_DATES = ("wondate", "wontime", "wonat", "wonon", "dateofsale", "saledate", "signeddate")
_LOST_DATES = ("lostdate", "losttime", "lostat", "loston")


def either_end(seen: Mapping[str, Seen], closed: Rule | None) -> dict[str, Rule]:
    """The closing of a CRM that keeps the times of winning and of losing apart: whichever is there."""
    won = seen.get(closed.raw or "") if closed is not None else None
    lost = next((s for s in seen.values() if set(keys(s.name)) & set(_LOST_DATES)), None)
    if closed is None or won is None or lost is None or not set(keys(won.name)) & set(_WON_DATES):
        return {}
    if _written(won) != _written(lost):
        return {"closed_at": replace(closed, notes=(*closed.notes, f"lost deals have theirs in {lost.name}: check"))}
    sides = [quoted(s.name) if s.column.typed else f"nullif(trim({quoted(s.name)}), '')" for s in (won, lost)]
    declared = {"sql": f"coalesce({', '.join(sides)})"} | {k: v for k, v in closed.declared.items() if k != "column"}
    return {"closed_at": Rule(declared, closed.notes)}


def _written(one: Seen) -> tuple[Any, ...]:
    """How a column's times are written."""
    return one.column.typed, one.moment and (one.moment.format, one.moment.wall, one.moment.has_time)


def outcome(seen: Mapping[str, Seen], stage: str | None) -> Rule:
    """The rule of `opportunities.outcome`.

    Parameters
    ----------
    stage
        The raw column mapped as the stage, if any.
    """
    status = _status(seen)
    if status is not None:
        return status
    flags = _flags(seen)
    by_stage = _by_values(seen[stage], notes=()) if stage is not None and seen[stage].column.distinct <= MANY else None
    if flags is not None and (by_stage is None or CHECK in by_stage.notes):
        return flags
    if by_stage is not None:
        return replace(by_stage, declared={**by_stage.declared, **_named_flags(seen)})
    if any(set(keys(name)) & set(_WON_DATES) for name, one in seen.items() if one.kind in ("timestamp", "date")):
        return Rule({"value": "won"}, (f"{CHECK} (only a date of winning is there)",))
    return Rule({"value": "open"}, ("check: nothing here tells won from lost, so every deal stays open",))


def _status(seen: Mapping[str, Seen]) -> Rule | None:
    """A column whose values say little else than won, lost and open."""
    for name, one in seen.items():
        if set(keys(name)) & set(_STATUS) and one.column.distinct <= 8 and "won" in map(str.lower, one.column.values):
            return _by_values(one, notes=())
    return None


def _flags(seen: Mapping[str, Seen]) -> Rule | None:
    won, closed = _flag(seen, _WON_FLAGS), _flag(seen, _CLOSED_FLAGS)
    if won is None:
        return None
    if closed is None:
        told = "check: no column tells lost from open, so what is not won stays open; export one that says it is closed"
        return Rule({"sql": f"CASE WHEN {is_true(won)} THEN 'won' ELSE 'open' END"}, (told,))
    text = f"CASE WHEN {is_true(won)} THEN 'won' WHEN {is_true(closed)} THEN 'lost' ELSE 'open' END"
    return Rule({"sql": text})


def _named_flags(seen: Mapping[str, Seen]) -> dict[str, str]:
    """Flags that tell an outcome of a stage that the map does not know."""
    won, closed = _flag(seen, _WON_FLAGS), _flag(seen, _CLOSED_FLAGS)
    return {"won": won, "closed": closed} if won and closed else {}


def _flag(seen: Mapping[str, Seen], names: tuple[str, ...]) -> str | None:
    wanted = (n for key in names for n, one in seen.items() if key in keys(n) and one.kind in ("yes/no", "number"))
    return next(wanted, None)


def filled_while_open(seen: Mapping[str, Seen], rule: Rule, column: str) -> bool | None:
    """Whether a column holds anything in a deal that is still open; None where no deal is, or nobody can tell.

    Parameters
    ----------
    rule
        That of the outcome.
    """
    closed = _flag(seen, _CLOSED_FLAGS)
    told = {str(v): outcome for v, outcome in rule.declared.get("map", {}).items()}
    by, cells = (rule.raw, told) if rule.raw else (closed, dict.fromkeys(_TRUE, "lost"))
    if by is None or seen[by].column.cells is None or seen[column].column.cells is None:
        return None
    pairs = zip(seen[by].column.cells.to_pylist(), seen[column].column.cells.to_pylist(), strict=True)
    found = [bool(value) for stage, value in pairs if cells.get(str(stage), "open") == "open"]
    return any(found) if found else None


def is_true(column: str) -> str:
    """SQL that holds where a flag is set, whether it is text or a boolean."""
    return f"coalesce(lower(CAST({quoted(column)} AS VARCHAR)), '') IN ('true', '1', 'yes')"


def quoted(column: str) -> str:
    """A raw column's name in SQL."""
    return '"' + column.replace('"', '""') + '"'


def _by_values(one: Seen, *, notes: tuple[str, ...]) -> Rule | None:
    """Won and lost by what the values say; None where no value does."""
    values = one.column.values[:MANY]
    known: dict[str, Any] = {v: word for v in values if (word := decided(v))}
    weak = {v: word for v in values if (word := _said(v, _MAYBE_WON, _MAYBE_LOST)) and v not in known}
    if "won" in known.values():
        weak = {}
    elif weak:
        notes += (CHECK,)
    known |= weak
    if not known:
        return None
    left = [v[:40] for v in values if v not in known]
    notes += (f"read as open: {', '.join(left[:30])}",) if left else ()
    if "won" not in known.values():
        notes += ("no value says won: add it",)
    return Rule({"column": one.name, "map": known, "otherwise": "open"}, notes)


def decided(value: str) -> str | None:
    """`won` or `lost` where a stage's name says so in plain words.

    >>> [decided(v) for v in ("Closed Won (2026)", "4. Won", "Closed - Not Won", "Lost contact", "Closed_Lost")]
    ['won', 'won', None, None, 'lost']
    """
    words = re.findall(r"[^\W\d_]+", re.sub("closed(won|lost)", r"closed \1", value.casefold()))
    ends = [(i, "won" if w in _WON else "lost") for i, w in enumerate(words) if w in _WON | _LOST]
    if len({end for _, end in ends}) != 1 or set(words) & _NOT:
        return None
    [place, said], *_ = ends
    after_closed = place > 0 and words[place - 1] in ("closed", "geschlossen", "abgeschlossen", "cerrado", "cerrada")
    lost_to = place == 0 and said == "lost" and len(words) > 1 and words[1] in _AFTER
    plain = set(words) - _WON - _LOST <= _BESIDE
    return said if plain or after_closed or lost_to else None


def _said(value: str, won: re.Pattern[str], lost: re.Pattern[str]) -> str | None:
    plain = value.casefold().strip()
    if lost.search(plain):
        return "lost"
    return "won" if won.search(plain) else None
