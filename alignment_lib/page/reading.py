"""How long a page takes to read: counted from the page itself, so that the estimate follows what it holds."""

from __future__ import annotations

from html.parser import HTMLParser

WORDS_PER_MINUTE = 220
"""Silent reading of a plain text is quicker (238 words a minute, Brysbaert 2019); numbers slow it down."""
GLANCE_S = 6
"""Seconds for each picture and each table."""
_SILENT = {"svg", "style", "table"}
"""What is looked at, not read word by word."""
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class _Words(HTMLParser):
    """Words and things to look at outside folded parts."""

    def __init__(self) -> None:
        super().__init__()
        self.words = self.glances = 0
        self.hidden: list[str] = []
        """The element that hides what is being read, and what is open inside it."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not self.hidden and tag in ("figure", "table", "img"):
            self.glances += 1
        if tag not in _VOID and (self.hidden or tag in _SILENT or tag == "details"):
            self.hidden.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        if self.hidden and tag == self.hidden[-1]:
            self.hidden.pop()

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.words += len(data.split())


def reading_minutes(body: str) -> int:
    """Minutes to read what a page shows when it is opened, at least one.

    Parameters
    ----------
    body : str
        Finished markup; what stands in ``<details>`` is folded and not counted.

    Returns
    -------
    int
        Whole minutes, rounded up.
    """
    reader = _Words()
    reader.feed(body)
    seconds = reader.words * 60 / WORDS_PER_MINUTE + reader.glances * GLANCE_S
    return max(1, -int(-seconds // 60))
