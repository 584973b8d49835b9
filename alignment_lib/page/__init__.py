"""What a reader sees: a block as HTML, an executed notebook as a page, the archive of all runs.

Values come from `blocks`, words from `wording`; here they are only put in place. Everything that is not made by
`charts` is escaped, since any text may have been typed into a CRM by a stranger. Pages are whole: no script, no
outside request.
"""

from __future__ import annotations

from alignment_lib.page.formats import Format, formatted
from alignment_lib.page.pages import export, page
from alignment_lib.page.reading import reading_minutes
from alignment_lib.page.runs import archive
from alignment_lib.page.sections import VERDICTS, block_html, notebook_css

__all__ = [
    "VERDICTS",
    "Format",
    "archive",
    "block_html",
    "export",
    "formatted",
    "notebook_css",
    "page",
    "reading_minutes",
]
