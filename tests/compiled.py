"""Each expression compiled once in a process: tests read the same small companies again and again.

Ibis takes a third of the time of a small report to turn expressions into SQL, and equal expressions always give the
same text. A compiled expression is kept without the database it was made for: no database outlives its test.
"""

from __future__ import annotations

from typing import Any

from ibis.backends.duckdb import Backend
from ibis.expr import operations as ops

_KNOWN: dict[tuple[Any, Any], str] = {}
_compile = Backend.compile


def install() -> None:
    """Let DuckDB's backend look into what was compiled before."""
    Backend.compile = _once  # type: ignore[method-assign]


def _once(self: Backend, expr: Any, /, *, limit: Any = None, params: Any = None, pretty: bool = False) -> str:
    if params or pretty:
        return _compile(self, expr, limit=limit, params=params, pretty=pretty)
    key = (expr.op(), limit)
    found = _KNOWN.get(key)
    if found is None:
        found = _compile(self, expr, limit=limit)
        if not expr.op().find(ops.InMemoryTable):  # has a name of its own: never asked for again
            _KNOWN[expr.op().replace(_without_database), limit] = found
    return found


def _without_database(node: Any, kwargs: Any, **_: Any) -> Any:
    """The node with a backend that is equal to its own and connected to nothing."""
    source = getattr(node, "source", None)
    if isinstance(source, Backend):
        kwargs = {**(kwargs or dict(zip(node.argnames, node.args, strict=True))), "source": _twin(source)}
    return node.__recreate__(kwargs) if kwargs else node


def _twin(source: Backend) -> Backend:
    twin = Backend()
    twin._con_args, twin._con_kwargs = source._con_args, source._con_kwargs
    return twin
