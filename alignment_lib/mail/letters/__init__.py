"""One builder for each report: a published run → a letter. It chooses, orders and shortens; it computes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import cast

from alignment_lib.mail.letter import Letter
from alignment_lib.mail.people import Person
from alignment_lib.mail.published import Published
from alignment_lib.params.kinds import KINDS
from alignment_lib.params.recipients import Recipients

Builder = Callable[[Published, Recipients, Person | None], Letter | None]
"""None: there is nothing to say to this person."""


def _builder(report: str) -> Builder:
    """The builder of a report; its module is read when the first letter is built."""

    def build(run: Published, settings: Recipients, person: Person | None = None) -> Letter | None:
        module = import_module(f"{__name__}.{report.replace('-', '_')}")
        return cast(Builder, module.letter)(run, settings, person)

    return build


BUILDERS: Mapping[str, Builder] = {kind.name: _builder(kind.name) for kind in KINDS}
"""By report."""
