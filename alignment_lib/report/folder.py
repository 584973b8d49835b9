"""Where the reports of a source lie: two sources in one folder would overwrite each other's pages.

A folder belongs to the source that was first published into it; its runs' manifests tell. The demo never owns one
against a company's own data. Without OUT, reports/ is the company's own, and another source has reports/SOURCE/.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from alignment_lib.errors import ParamsError
from alignment_lib.params import RunParams
from alignment_lib.params.home import find_root
from alignment_lib.params.kinds import KINDS

BASE = Path("reports")
"""Where reports are published when nobody says where."""
LEDGER = Path(".mail", "ledger.sqlite")
"""In a folder of reports: which mails were sent."""
DEMO = "demo"
"""The source that is the embedded company."""


def base() -> Path:
    """Where reports are published when nobody says where: in reports/ of the home, as it is named from here."""
    root = find_root()
    return BASE if root == Path.cwd().resolve() else root / BASE


def settled(out: Path, base: Path | None, params: RunParams) -> Path:
    """The folder in which a source's reports are published and found.

    Parameters
    ----------
    out
        The folder that was asked for.
    base
        Where none was: reports/, in which the source has its place, so that `out` does not count.

    Raises
    ------
    ParamsError
        It belongs to another source.
    """
    place = out if base is None else _by_default(base, params)
    if place != base:
        refuse(place, params.mapping.name)
    return place


def refuse(out: Path, source: str, target: Path | None = None) -> None:
    """ParamsError where a folder belongs to another source, or where a run would replace that of another."""
    _, owners = _tenants(out, source)
    if owners:
        whose = f"{out} belongs to source '{owners[0]}', whose reports lie there"
    elif target is not None and source_of(target) not in ("", source, DEMO):
        whose = f"{target} holds the run of source '{source_of(target)}', which would be overwritten"
    else:
        return
    free = out.parent if out.name in owners else out
    raise ParamsError(f"{whose}; give '{source}' a folder of its own: OUT={free / source}")


def runs(out: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """The published runs of a folder with their manifests; what cannot be read is none."""
    for kind in KINDS:
        for depth in ("*/manifest.json", "*/*/manifest.json"):
            for file in sorted((out / kind.name).glob(depth)):
                manifest = _manifest(file)
                if _named(manifest) and not file.parent.name.startswith("."):
                    yield file.parent, manifest


def source_of(run: Path) -> str:
    """The source of a run's folder; empty where that cannot be told."""
    return _named(_manifest(run / "manifest.json"))


def sources(out: Path) -> frozenset[str]:
    """The sources whose runs lie in a folder."""
    return frozenset(_named(manifest) for _, manifest in runs(out))


def beside(out: Path) -> list[str]:
    """The sources that have a folder of their own inside this one."""
    kinds = [kind.name for kind in KINDS]
    inner = sorted(p for p in out.iterdir() if p.name not in kinds and (p / "index.html").is_file())
    return [place.name for place in inner if any(_named(manifest) == place.name for _, manifest in runs(place))]


def _by_default(base: Path, params: RunParams) -> Path:
    """A source stays where its runs are; a new one gets reports/ when it is the company's own and nobody else's."""
    name = params.mapping.name
    lives, owners = _tenants(base, name)
    stays = lives or (_is_the_companys(params) and not _tenants(base / name, name)[0])
    return base if stays and not owners else base / name


def _is_the_companys(params: RunParams) -> bool:
    """Whether a source is that of company.yaml, by its name or by its file."""
    own = params.company.source
    return own == params.mapping.name or params.mapping_file in (own, params.file(f"sources/{own}.yaml"))


def _tenants(out: Path, source: str) -> tuple[bool, list[str]]:
    """Whether a source's runs or its ledger lie in a folder, and to whom this belongs where it is not the source's."""
    here = sources(out)
    lives = source in here or source in _mailed(out)
    return lives, ([] if lives and source != DEMO else sorted(here - {source, DEMO}))


def _mailed(out: Path) -> frozenset[str]:
    """The sources that a folder's ledger knows, whatever became of their runs."""
    import sqlite3

    known = "SELECT DISTINCT source FROM deliveries WHERE report NOT LIKE 'owner of %'"
    with contextlib.suppress(sqlite3.Error, OSError):
        where = f"file:{quote(str((out / LEDGER).resolve(strict=True)))}?mode=ro"
        with contextlib.closing(sqlite3.connect(where, uri=True, timeout=1)) as base:
            return frozenset(name for (name,) in base.execute(known))
    return frozenset()


def _manifest(file: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _named(manifest: Mapping[str, Any]) -> str:
    source = manifest.get("source")
    return str(source.get("name") or "") if isinstance(source, dict) else ""
