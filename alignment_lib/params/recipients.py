"""Who gets which mail: params/recipients.yaml. Hosts, users and passwords are not here but in the environment."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import Field, field_validator, model_validator

from alignment_lib.params.files import Strict, read
from alignment_lib.params.kinds import KINDS

_WORD = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_ADDRESS = re.compile(rf"{_WORD}(\.{_WORD})*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
"""A dot stands between two words: RFC 5322, 3.2.3."""


def check_address(text: str) -> str:
    """A plain mail address, `ada@example.com`, or a ValueError; none of the forms that hide others in it."""
    if len(text) > 254 or not _ADDRESS.fullmatch(text):
        raise ValueError(f"is no plain mail address such as ada@example.com (found {text!r})")
    return text


class Sender(Strict):
    """From whom the mails come."""

    address: str
    name: str = Field(default="Alignment Reports", min_length=1, max_length=80)
    reply_to: str = ""

    _address = field_validator("address")(check_address)


class Member(Strict):
    """One entry of a list: an address, or a choice among the people of the table of reps."""

    address: str = ""
    name: str = ""
    team: str = ""
    """Everybody of this team; `role`, `region` narrow it."""
    role: str = ""
    region: str = ""
    reps: bool = False
    """Everybody in the table of reps who is there that day."""

    @model_validator(mode="after")
    def _one_way(self) -> Member:
        chosen = bool(self.team or self.role or self.region or self.reps)
        if bool(self.address) == chosen:
            raise ValueError("a member is either an address, or a choice of people by team, role, region or reps: true")
        if self.address:
            check_address(self.address)
        return self


class Unsubscribe(Strict):
    """How a reader leaves a list (RFC 2369, RFC 8058)."""

    mailto: str = ""
    https: str = ""
    """An https address that takes a POST; `{list}` and `{id}` are filled in. With it mail is left by one click."""

    @field_validator("https")
    @classmethod
    def _https(cls, text: str) -> str:
        if text and not re.fullmatch(r"https://[!-~]+", text):
            raise ValueError("must begin with https:// and hold no blanks")
        return text

    @field_validator("mailto")
    @classmethod
    def _mailto(cls, text: str) -> str:
        return check_address(text) if text else text


def for_owner(path: Path) -> Recipients:
    """The settings by which the owner can be told of anything, though the rest of the file may be wrong.

    Raises
    ------
    ParamsError
        These cannot be read either.
    """
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
        return Recipients(**{name: raw[name] for name in ("sender", "owner", "allowed_domains")})
    except (OSError, ValueError, TypeError, LookupError, yaml.YAMLError):
        return read(path, Recipients)


class Recipients(Strict):
    """Settings of all mails."""

    sender: Sender
    owner: str
    """Who is told when something failed."""
    allowed_domains: Annotated[tuple[str, ...], Field(min_length=1)]
    """Nobody outside of these gets anything; `example.com` does not cover its subdomains."""
    lists: dict[str, tuple[Member, ...]] = Field(default_factory=dict)
    """By report; `reps` needs none: each rep in the table gets their own."""
    unsubscribed: tuple[str, ...] = ()
    """Addresses that left, of all lists."""
    unsubscribe: Unsubscribe = Unsubscribe()
    max_age_hours: Annotated[float, Field(gt=0, le=24 * 366)] = 24 * 8
    """A run older than this (its as-of, before now) is not mailed."""
    max_age_hours_daily: Annotated[float, Field(gt=0, le=24 * 366)] = 36
    """The same for reports about a day."""
    pages: str = ""
    """Where reports/ is published, https; a mail then links to its page."""
    lead_link: str = ""
    """Where the CRM shows a lead, https with `{lead_id}`."""
    list_rows: Annotated[int, Field(ge=1, le=200)] = 25
    """A list in a mail stops here and says how many more there are."""

    _owner = field_validator("owner")(check_address)

    @field_validator("allowed_domains")
    @classmethod
    def _domains(cls, domains: tuple[str, ...]) -> tuple[str, ...]:
        for domain in domains:
            if not re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", domain):
                raise ValueError(f"'{domain}' is no domain; write it as example.com")
        return tuple(d.lower() for d in domains)

    @field_validator("lists")
    @classmethod
    def _known(cls, lists: dict[str, tuple[Member, ...]]) -> dict[str, tuple[Member, ...]]:
        names = [k.name for k in KINDS if k.name != "reps"]
        for name in lists:
            if name not in names:
                raise ValueError(f"'{name}' is no report that has a list; known: {', '.join(names)}")
        return lists

    @field_validator("pages", "lead_link")
    @classmethod
    def _links(cls, text: str) -> str:
        if text and not re.fullmatch(r"https://[!-~]+", text):
            raise ValueError("must begin with https:// and hold no blanks")
        return text
