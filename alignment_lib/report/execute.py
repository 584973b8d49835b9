"""Run a parameterised notebook with papermill in the kernel that is already there."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alignment_lib.errors import BY_NAME, AlignmentError, ParamsError, ReportError
from alignment_lib.params.files import nearest
from alignment_lib.report.kernel import Kernel

Progress = Callable[[int, int, str], None]
"""Called before each cell with its number from 1, the number of cells, and what it is about."""


def execute(notebook: Path, kernel: Kernel, *, parameters: Mapping[str, str], progress: Progress, cwd: Path) -> Any:
    """The executed notebook, outputs and all, also when a cell failed.

    Raises
    ------
    ParamsError
        A parameter that the notebook does not declare; papermill itself would only warn.

    Returns
    -------
    NotebookNode
    """
    import logging

    # jsonschema would build a grammar of international addresses as it loads (a second), which no notebook asks for;
    # it does without a format checker that cannot be imported
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

    import nbformat
    from nbclient.exceptions import DeadKernelError

    with _absent("pyarrow.fs"):  # papermill would load it for Hadoop's files, which no command line names
        from papermill.execute import parameterize_notebook, prepare_notebook_metadata
        from papermill.iorw import load_notebook_node

    logging.getLogger("papermill").setLevel(logging.ERROR)
    logging.getLogger("traitlets").setLevel(logging.CRITICAL)
    node = load_notebook_node(str(notebook))
    _check_parameters(node, parameters, notebook)
    node = parameterize_notebook(node, dict(parameters), kernel_name="python3", language="python")
    node = prepare_notebook_metadata(node, notebook.name, notebook.name)
    try:
        _engine().execute_notebook(
            node,
            "python3",
            output_path=None,
            progress_bar=False,
            log_output=False,
            kernel=kernel,
            progress=progress,
            cwd=cwd,
        )
    except DeadKernelError:
        _mark_death(node)
    return nbformat.from_dict(node)  # type: ignore[no-untyped-call]


def _mark_death(node: Any) -> None:
    """The cell during which the kernel ended, as one that failed."""
    import nbformat

    code = [c for c in node.cells if c.cell_type == "code" and c.source.strip()]
    waiting = [c for c in code if "shell.execute_reply" not in c.metadata.get("execution", {})]
    told = "the kernel ended while this cell ran; it may have needed more memory than there is"
    for cell in waiting[:1]:
        cell.outputs.append(nbformat.v4.new_output("error", ename="DeadKernel", evalue=told, traceback=[told]))  # type: ignore[no-untyped-call]


def _check_parameters(node: Any, parameters: Mapping[str, str], notebook: Path) -> None:
    cells = [c for c in node.cells if "parameters" in c.metadata.get("tags", [])]
    known = re.findall(r"^(\w+)\s*(?::[^=]+)?=", cells[0].source, re.MULTILINE) if cells else []
    for name in parameters:
        if name not in known:
            raise ParamsError(f"{notebook}: unknown parameter '{name}' ({nearest(name, known)})")


@contextmanager
def _absent(module: str) -> Iterator[None]:
    """Let a module that was not loaded yet seem not to be there."""
    here = sys.modules.setdefault(module, None)  # type: ignore[arg-type]
    try:
        yield
    finally:
        if here is None:
            del sys.modules[module]


def _engine() -> Any:
    """papermill's engine on nbclient, given the kernel instead of starting one."""
    from papermill.clientwrap import PapermillNotebookClient
    from papermill.engines import NBClientEngine

    class Engine(NBClientEngine):  # type: ignore[misc]
        @classmethod
        def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **given: Any) -> Any:
            _tell(nb_man, given["progress"])
            kernel: Kernel = given["kernel"]
            client = PapermillNotebookClient(
                nb_man,
                km=kernel.manager(),
                timeout=None,
                startup_timeout=120,
                raise_on_iopub_timeout=True,
                resources={"metadata": {"path": os.fspath(given["cwd"])}},
            )
            return client.execute(cleanup_kc=True)

    return Engine


def _tell(manager: Any, progress: Progress) -> None:
    """Say which cell begins, in plain lines."""
    begin = manager.cell_start

    def cell_start(cell: Any, cell_index: int | None = None, **more: Any) -> None:
        if cell.cell_type == "code":
            progress((cell_index or 0) + 1, len(manager.nb.cells), _about(cell))
        begin(cell, cell_index, **more)

    manager.cell_start = cell_start


def _about(cell: Any) -> str:
    tags = [t for t in cell.metadata.get("tags", []) if t != "section"]
    block = re.search(r"blocks\.(\w+)\)|report\.(?!show)(\w+)\(", cell.source)
    lines = cell.source.strip().splitlines() or ["empty"]
    return str(tags[0] if tags else (block[1] or block[2]).replace("_", " ") if block else lines[-1])


def failure(node: Any, notebook: Path) -> AlignmentError | None:
    """The error that a cell ended with, as our own class where the kernel raised one of ours; None if none did."""
    for number, cell in enumerate(node.cells, start=1):
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                return _as_error(output.ename, output.evalue, number, notebook)
    return None


def _as_error(name: str, value: str, number: int, notebook: Path) -> AlignmentError:
    known = BY_NAME.get(name)
    if known is not None and known.__name__ != "StatisticsError":
        return known(value)
    first = value.strip().splitlines()[0] if value.strip() else "no message"
    return ReportError(f"{notebook.name}, cell {number}: {name}: {first[:300]}")
