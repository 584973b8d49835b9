"""What git keeps of a notebook: the committed templates as they are, and of a saved one its cells."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from alignment_lib.report.template import template

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=[n.stem for n in NOTEBOOKS])
def test_a_committed_template_is_what_is_kept_of_it(notebook: Path) -> None:
    assert template(notebook.read_bytes()) == notebook.read_bytes()


def test_what_a_person_wrote_is_kept_and_what_a_run_wrote_is_not() -> None:
    book = json.loads(NOTEBOOKS[0].read_bytes())
    book["cells"] += [
        {"cell_type": "markdown", "id": "a", "metadata": {"tags": [], "mine": 1}, "source": "Ä",
         "attachments": {"b": {}}},
        {"cell_type": "code", "id": "b", "metadata": {"tags": ["section"], "jupyter": {"outputs_hidden": True}},
         "source": "1", "outputs": [{"output_type": "stream", "name": "stdout", "text": "1"}], "execution_count": 3},
    ]  # fmt: skip
    book["metadata"] |= {"widgets": {"state": {}}, "authors": ["Ada"]}
    kept = json.loads(template(json.dumps(book).encode()))
    assert kept["cells"][-2] == book["cells"][-2] | {"metadata": {"mine": 1}}
    assert kept["cells"][-1] == {"cell_type": "code", "id": "b", "metadata": {"tags": ["section"]}, "source": "1",
                                 "outputs": [], "execution_count": None}  # fmt: skip
    assert kept["cells"][:-2] == book["cells"][:-2]
    assert set(kept["metadata"]) == {"kernelspec", "language_info", "authors"}


@pytest.mark.parametrize(
    "text", [b"", b"<<<<<<< HEAD\n{}\n", b"{}", b"[1]", b'{"cells": 3}', b'{"cells": [1]}', b"\xff", b"[" * 99999]
)
def test_what_is_no_notebook_passes_as_it_is(text: bytes) -> None:
    assert template(text) == text
