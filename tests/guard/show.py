"""Print what a block's digests are made of: `python -m tests.guard.show SOURCE RUN [BLOCK]`, to be diffed by hand."""

from __future__ import annotations

import sys

from tests.guard.asked import ASKED
from tests.guard.runs import made, run_named, why_not
from tests.guard.seen import seen


def main(arguments: list[str]) -> int:
    """The command; 2 where it is not told what to show."""
    if not 2 <= len(arguments) <= 3 or arguments[0] not in ASKED or why_not(arguments[0]):
        source = arguments[0] if arguments[:1] else ""
        print((why_not(source) if source in ASKED else "") or (__doc__ or ""), file=sys.stderr)
        return 2
    source, run, *wanted = arguments
    try:
        found = seen(made(source, run_named(source, run)))
    except LookupError as problem:
        print(problem.args[0], file=sys.stderr)
        return 2
    if unknown := [block for block in wanted if block not in found]:
        print(f"{run} has no block '{unknown[0]}'; it has: {', '.join(found)}", file=sys.stderr)
        return 2
    for block in wanted or found:
        for part, lines in found[block].items():
            print(f"== {block}: {part}", *lines, sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
