"""`alignment init`: a folder of one's own, with params, notebooks, tables to keep by hand, and three commands."""

from __future__ import annotations

import csv
import io
import re
import shutil
from pathlib import Path

import yaml

from alignment_lib.contract import CONTRACT, KEPT, Column
from alignment_lib.errors import ParamsError
from alignment_lib.params.home import COMPANY, shipped
from alignment_lib.params.kinds import KINDS

SETTINGS = ("weekly.yaml", "monthly.yaml", "README.md", "sources/demo.yaml")
"""What is taken over as it ships."""
UNSAID = ("sla.yaml", "definitions.yaml")
"""What is taken over as comments: the example is another company's."""
EXAMPLE = {"instant": "2026-09-14T09:00:00Z", "date": "2026-09-14", "money": "1000", "number": "1", "integer": "1",
           "bool": "yes", "id": "1", "text": "example"}  # fmt: skip
"""A cell by kind of column."""
COMPANY_TEXT = """\
# Who the reports are about. A source may answer for itself under `company:` in params/sources/.
name: {name}
# timezone: Europe/Berlin    # your company's: days and weeks are those of its clock. Without it that of most users in
#                            # the CRM, where it tells, else UTC
currency: EUR                # of a source whose amounts are all in another one, that one is reported
kept: kept                   # folder of the tables that people keep by hand: kept/SOURCE/decisions.csv, issues.csv ...
calendar:                    # when sales works; follow-up is measured on this clock
  hours: {{mon-fri: ["09:00-17:30"]}}
  holidays: {{}}               # {{country: DE}}; subdivision: BE; extra: [2026-12-24]
# source:                    # the default SOURCE, a name in params/sources/; `alignment inspect` adds the first one
"""
RECIPIENTS_TEXT = """\
# Who gets which mail. Host, user and password of the mail server are not here but in the environment: SMTP_HOST,
# SMTP_PORT, SMTP_USER, SMTP_PASSWORD, SMTP_SECURITY (starttls or tls). Nothing is sent without --send.
sender: {address: reports@example.com, name: Alignment Reports}
owner: you@example.com                   # is told when a run or a mail failed; readers never are
allowed_domains: [example.com]           # nobody outside of these gets anything
lists: {}                                # weekly: [{reps: true}, {address: marketing@example.com, name: Marketing}]
"""
README_TEXT = """\
# {name}

First say in `params/company.yaml` in which time zone and currency you are. Then three commands, in this folder; put
what your CRM exports into one folder, as it comes:

```sh
alignment inspect exports/today --name crm --out params/sources/crm.yaml   # what was found in it, and a mapping
alignment check --data exports/today                                       # the mapping and the checks, no report
alignment weekly --data exports/today --week 2026-W38                      # the page, in reports/
```

Exports of Salesforce, HubSpot, Pipedrive and Zoho are known by their headings: of these the third alone will do.
`alignment weekly --source demo` shows the page of a made-up company. `params/README.md` says how columns are declared;
`kept/examples/` has the heads of the tables that people keep by hand: copy one to `kept/crm/` and write into it.
`notebooks/` holds the reports' notebooks, to be opened in JupyterLab and changed. Mails: `params/recipients.yaml`, then
`alignment mail weekly`.
"""


def init(place: Path) -> Path:
    """Make a folder of one's own.

    Parameters
    ----------
    place
        A new folder, or an empty one; its name is the company's, until somebody writes another.

    Raises
    ------
    ParamsError
        It holds something, cannot be made, or has no name.
    """
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        raise ParamsError(f"{place}: is there already and holds something; give the name of a new folder")
    name = re.sub(r"[^\w .&-]+", " ", place.resolve().name).strip()[:80]
    if not name:
        raise ParamsError(f"{place}: give the name of a new folder, such as acme")
    try:
        _write(place, name[:1].upper() + name[1:])
    except OSError as problem:
        raise ParamsError(f"{place}: cannot be made ({problem.strerror}); give another place") from None
    return place


def _write(place: Path, name: str) -> None:
    (place / "params" / "sources").mkdir(parents=True)
    for setting in SETTINGS:
        shutil.copyfile(shipped() / "params" / setting, place / "params" / setting)
    for setting in UNSAID:  # what nobody at this company has agreed upon yet
        text = (shipped() / "params" / setting).read_text(encoding="utf-8")
        said = "".join(
            line if line.startswith("#") or not line.strip() else f"# {line}" for line in text.splitlines(True)
        )
        (place / "params" / setting).write_text(said, encoding="utf-8")
    (place / "params" / "recipients.yaml").write_text(RECIPIENTS_TEXT, encoding="utf-8")
    (place / "notebooks").mkdir()
    for book in dict.fromkeys(kind.notebook for kind in KINDS):
        shutil.copyfile(shipped() / "notebooks" / book, place / "notebooks" / book)
    examples = place / "kept" / "examples"
    examples.mkdir(parents=True)
    for table in KEPT:
        (examples / f"{table}.csv").write_text(_example(CONTRACT[table].columns), encoding="utf-8")
    (place / "README.md").write_text(README_TEXT.format(name=name), encoding="utf-8")
    scalar = yaml.safe_dump(name, allow_unicode=True, width=1000).splitlines()[0]  # a company may be called 2026, or No
    (place / COMPANY).write_text(COMPANY_TEXT.format(name=scalar), encoding="utf-8")  # last: it makes it a home


def _example(columns: dict[str, Column]) -> str:
    """The head of a table and one row."""
    out = io.StringIO()
    cells = {name: (column.allowed or (EXAMPLE[column.kind],))[0] for name, column in columns.items()}
    csv.writer(out, lineterminator="\n").writerows([list(cells), list(cells.values())])
    return out.getvalue()
