"""Write the digests anew: `python -m tests.guard.renew [SOURCE...]`; prints what changed."""

from __future__ import annotations

import sys

from tests.guard.asked import ASKED
from tests.guard.runs import made, why_not
from tests.guard.seen import digests
from tests.guard.stored import changes, keep, kept


def renew(source: str) -> bool:
    """One source: every run of it made, what differs said, the file written; whether anything did."""
    old, new = kept(source), {asked.name: digests(made(source, asked)) for asked in ASKED[source]}
    for run in dict.fromkeys([*old, *new]):
        for block, parts in changes(old.get(run, {}), new.get(run, {})):
            print(f"{source}, {run}, {block}: {', '.join(parts)}")
    keep(source, new)
    print(f"{source}: {'as before' if old == new else 'written'}")
    return old != new


def main(sources: list[str]) -> int:
    """The command; 2 for a source that is not known or cannot be read."""
    renewed = False
    for source in sources or ASKED:
        if source not in ASKED:
            print(f"unknown source '{source}'; known: {', '.join(ASKED)}", file=sys.stderr)
            return 2
        if reason := why_not(source):
            print(f"{source} is not renewed: {reason}", file=sys.stderr)
            if sources:
                return 2
        else:
            renewed = renew(source) or renewed
    if renewed:
        print("the commit says what changed on a line 'For the reader: ...'; see tests/guard/README.md for 'Verdicts:'")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
