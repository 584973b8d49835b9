"""Every block of every guarded run is what it was when its digests were kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from alignment_lib.stats import wording
from tests.guard.asked import ASKED, Asked
from tests.guard.runs import made, why_not
from tests.guard.seen import digests
from tests.guard.stored import changes, kept


def _cases() -> Iterator[object]:
    for source, asked in ((source, asked) for source, runs in ASKED.items() for asked in runs):
        marks = [] if source == "demo" else [pytest.mark.real_data]
        yield pytest.param(source, asked, marks=marks, id=f"{source} {asked.name}")


@pytest.mark.parametrize(("source", "asked"), [*_cases()])
def test_a_run_shows_what_it_showed(source: str, asked: Asked) -> None:
    if reason := why_not(source):
        pytest.skip(reason)
    changed = list(changes(kept(source).get(asked.name, {}), digests(made(source, asked))))
    if changed:
        pytest.fail(_told(source, asked.name, changed), pytrace=False)


def _told(source: str, run: str, changed: Sequence[tuple[str, Sequence[str]]]) -> str:
    """Which blocks changed in which part, how to look, and how to renew."""
    lines = [
        f"{source}, {run}: {wording.plural(len(changed), 'block')} not as kept",
        *(f"  {block}: {', '.join(parts)}" for block, parts in changed),
        f"to look: python -m tests.guard.show {source} '{run}' '{changed[0][0]}'",
        f"where it is meant: python -m tests.guard.renew {source}, and a commit whose message says what changed for the"
        " reader (tests/guard/README.md)",
    ]
    return "\n".join(lines)


def test_every_run_that_is_kept_is_made() -> None:
    for source, runs in ASKED.items():
        assert list(kept(source)) == [asked.name for asked in runs], source
