"""One exception class per cause; each carries the exit code that the command line ends with.

The message is the whole story for the user: place, value, rule and remedy in one sentence.
"""

from __future__ import annotations

import unicodedata


class AlignmentError(Exception):
    """Anything this library refuses to do; never raised itself."""

    exit_code = 4


class ParamsError(AlignmentError):
    """A parameter, on the command line or in a YAML of params/, that cannot be used."""

    exit_code = 2


class MappingError(AlignmentError):
    """A source's YAML that does not fit the data it points at."""

    exit_code = 2


class SourceError(AlignmentError):
    """Data that cannot be reached or read at all: no such folder, a database that is down."""

    exit_code = 2


class DataError(AlignmentError):
    """Data that was read and fails a check marked FAIL."""

    exit_code = 3


class ReportError(AlignmentError):
    """A notebook that failed while it ran."""


class GateError(AlignmentError):
    """A run that finished but may not be published: a block missing, a record missing."""


class MailError(AlignmentError):
    """A mail that cannot be made or may not be sent: too large, nobody to send it to, a run behind the gate."""


class StatisticsError(AlignmentError, ValueError):
    """Numbers that no statistic is defined for: negative counts, x > n, NaN."""


BY_NAME: dict[str, type[AlignmentError]] = {
    cls.__name__: cls
    for cls in (ParamsError, MappingError, SourceError, DataError, ReportError, GateError, MailError, StatisticsError)
}
"""The classes by name, to recognise in the parent what was raised in the kernel."""


LONGEST = 60
"""Characters of a value of the data that a message quotes."""


def cut(value: object, longest: int = LONGEST) -> str:
    """A value of the data for a message: one line without control characters, so many characters at most.

    >>> cut("soon\\tor\\nlater"), cut("a" * 900, 8)
    ('soon or later', 'aaaaaaa…')
    """
    marks = (
        c if c.isprintable() else "" if unicodedata.category(c) == "Cf" else " " for c in str(value)[: 9 * longest]
    )
    words = " ".join("".join(marks).split())
    return words if len(words) <= longest else words[: longest - 1].rstrip() + "…"


def quoted(value: object) -> str:
    """The same in quotation marks."""
    return f"'{cut(value)}'"
