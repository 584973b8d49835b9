"""The picture of a plan (C49): a small image file of the company's own folders, as an address that holds its data."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from alignment_lib.facts import Facts

EACH_KB, ALL_KB = 150, 450
"""The page must stay small enough to mail; a picture grows by a third when it is written into it."""
_NAMES = re.compile(r"\S[^\n\r\0]*\.(png|jpe?g|webp|gif)", re.IGNORECASE)
_SIGNATURES = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "png"),
    (re.compile(rb"\xff\xd8\xff"), "jpeg"),
    (re.compile(rb"GIF8[79]a"), "gif"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "webp"),
)


@dataclass(frozen=True)
class Look:
    """How a plan looks: a picture's data: address, or the words to print, which say what is wrong with the file."""

    image: str = ""
    text: str = ""
    kilobytes: float = 0.0


def looks(facts: Facts, written: Sequence[str | None]) -> tuple[Look, ...]:
    """What each card shows, in order; once the pictures are too large together, the rest is told in words."""
    folders = [Path(f) for f in (facts.run.params.kept_folder, facts.run.params.data) if f]
    found: list[Look] = []
    for text in written:
        look = _look(folders, text or "")
        if look.image and sum(x.kilobytes for x in found) + look.kilobytes > ALL_KB:
            look = Look(text=f"{text} (not shown: the pictures of this page may have {ALL_KB} KB together)")
        found.append(look)
    return tuple(found)


def _look(folders: list[Path], text: str) -> Look:
    name = text.strip()
    if not _NAMES.fullmatch(name):
        return Look(text=text)
    path = next((p for folder in folders if (p := inside(folder, name)) is not None), None)
    if path is None:
        return Look(text=f"{text} (no such picture beside the tables)")
    try:
        with path.open("rb") as file:
            data = file.read(EACH_KB * 1024 + 1)
    except OSError:
        return Look(text=f"{text} (the picture cannot be read)")
    if len(data) > EACH_KB * 1024:
        return Look(text=f"{text} (not shown: a picture may have {EACH_KB} KB)")
    kind = next((kind for signature, kind in _SIGNATURES if signature.match(data)), None)
    if kind is None:
        return Look(text=f"{text} (not shown: the file is no PNG, JPEG, WebP or GIF picture)")
    return Look(image=f"data:image/{kind};base64,{b64encode(data).decode()}", kilobytes=len(data) / 1024)


def inside(folder: Path, name: str) -> Path | None:
    """The ordinary file of that relative name in a folder; None where a link, a `..` or a drive leads out of it."""
    if "\\" in name or ":" in name or Path(name).is_absolute() or ".." in Path(name).parts:
        return None
    try:
        root = folder.resolve(strict=True)
        path = (root / name).resolve(strict=True)
    except (OSError, ValueError, RuntimeError):
        return None
    return path if path.is_relative_to(root) and path.is_file() else None
