"""Where the embedded company's export lies once it has been generated."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from alignment_lib import __version__


def demo_folder(root: Path) -> Path:
    """The demo's folder under `root`/build, generated on the first call; whole or not there."""
    folder = root / "build" / f"demo-{__version__}-{_code_stamp()}"
    if folder.is_dir():
        return folder
    from alignment_lib.demo import generate

    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".demo-"))
    try:
        generate(scratch)
        os.rename(scratch, folder)
    except OSError:
        if not folder.is_dir():  # somebody else was quicker
            raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return folder


def _code_stamp() -> str:
    """Changes with the generator's code, so that a new version does not read an old company."""
    import hashlib

    digest = hashlib.sha256()
    for file in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:8]
