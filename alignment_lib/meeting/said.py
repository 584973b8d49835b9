"""What was said on the command line, checked: who, what, until when; one sentence for whatever is wrong."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, fields
from datetime import date

from alignment_lib.errors import ParamsError
from alignment_lib.params.files import nearest

LIMITS = {"what": 300, "issue": 300, "action": 300, "measure": 200, "meeting": 80, "owner": 80, "team": 80,
          "raised_by": 80, "metric": 80, "id": 40, "close": 80}  # fmt: skip
"""The longest text of each option, in characters."""
BELONGS = {
    "decision": ("what", "owner", "due", "measure", "meeting", "id", "on"),
    "issue": ("issue", "owner", "due", "team", "metric", "action", "raised_by", "id", "on"),
    "close": ("close", "on"),
    "list": (),
}
"""The options that each kind of record takes."""


@dataclass(frozen=True)
class Said:
    """The words of the command line; empty: not given."""

    what: str = ""
    issue: str = ""
    close: str = ""
    listed: bool = False
    owner: str = ""
    due: str = ""
    measure: str = ""
    meeting: str = ""
    id: str = ""
    on: str = ""
    team: str = ""
    metric: str = ""
    action: str = ""
    raised_by: str = ""

    @property
    def kind(self) -> str:
        """`decision`, `issue`, `close` or `list`."""
        given = [k for k, v in (("decision", self.what), ("issue", self.issue), ("close", self.close)) if v]
        if len(given) > 1 or (given and self.listed):
            raise ParamsError("give one of a decision, --issue, --close and --list at a time")
        return given[0] if given else "list"


def checked(said: Said) -> Said:
    """The same without blanks around, once every text is one line of a length that a table can hold.

    Raises
    ------
    ParamsError
        Naming the option, what is wrong and what to do.
    """
    texts = {f.name: getattr(said, f.name) for f in fields(said) if f.name != "listed"}
    for name, text in texts.items():
        if text and not text.strip():
            raise ParamsError(f"{_shown(name)} is blank; write what it is")
        if any(unicodedata.category(c) in ("Cc", "Zl", "Zp", "Cs") for c in text.strip()):
            raise ParamsError(f"{_shown(name)}: a line break or another mark that is no text; write it on one line")
        if len(text.strip()) > LIMITS.get(name, 40):
            raise ParamsError(f"{_shown(name)}: {len(text.strip())} characters; write at most {LIMITS.get(name, 40)}")
    plain = Said(**{name: text.strip() for name, text in texts.items()}, listed=said.listed)
    kind = plain.kind
    odd = [name for name, text in texts.items() if text and name not in BELONGS[kind]]
    if odd:
        what = {"decision": "a decision", "issue": "--issue", "close": "--close", "list": "a list"}[kind]
        raise ParamsError(f"{_shown(odd[0])} does not go with {what}; leave it out")
    if kind in ("decision", "issue"):
        for name, why in (("owner", "who answers for it"), ("due", "until when, as 2026-10-05")):
            if not getattr(plain, name):
                raise ParamsError(f"--{name} is missing; say {why}")
    if plain.id and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", plain.id):
        raise ParamsError(f"--id '{plain.id}': letters, digits, dots, dashes only, for instance D-12")
    return plain


def day_said(text: str, option: str) -> date:
    """A real day, written as 2026-10-05."""
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise ParamsError(f"--{option} '{text}' is no day; write it as 2026-10-05")


def metric_said(name: str) -> str:
    """A metric of the reports."""
    from alignment_lib.measures import REGISTRY

    if name and name not in REGISTRY:
        raise ParamsError(f"--metric '{name}' is no metric of the reports ({nearest(name, sorted(REGISTRY))})")
    return name


def _shown(name: str) -> str:
    return {"what": "the decision"}.get(name, f"--{name.replace('_', '-')}")
