"""Read a YAML file into a frozen pydantic model; every complaint names file, line, key, value and remedy."""

from __future__ import annotations

import difflib
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from alignment_lib.errors import AlignmentError, ParamsError, cut, quoted

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
ModelT = TypeVar("ModelT", bound="Strict")


class Strict(BaseModel):
    """A frozen model that refuses unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=False)


class _Keys(_Loader):  # type: ignore[misc]
    """A safe YAML loader that refuses a key given twice, which YAML parsers otherwise let pass."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, "a key must be plain text", key.start_mark)
            _refuse_booleans(key, *(_of_map(value) if key.value == "map" else ()))
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"key '{key.value}' is given twice; keep one of them", key.start_mark
                )
            seen.add(key.value)
        result: dict[Hashable, Any] = super().construct_mapping(node, deep=deep)
        return result


def _of_map(node: Any) -> list[Any]:
    """The values of a `map:`, in which words of the data stand; `true` and `false` are what they say."""
    values = [value for _, value in node.value] if isinstance(node, yaml.MappingNode) else []
    return [v for v in values if isinstance(v, yaml.ScalarNode) and v.value.lower() not in ("true", "false")]


def _refuse_booleans(*nodes: Any) -> None:
    """YAML 1.1 takes a bare Yes, No, On or Off for true or false; nobody means that by a name or a word of the data."""
    for node in (n for n in nodes if n.tag == "tag:yaml.org,2002:bool"):
        truth = "true" if node.value.lower() in ("yes", "on", "true", "y") else "false"
        told = f'YAML reads a bare {node.value} as {truth}; where the word is meant, write it in quotes: "{node.value}"'
        raise yaml.constructor.ConstructorError(None, None, told, node.start_mark)


def nearest(word: str, known: Sequence[str]) -> str:
    """The remedy for a name nobody knows: the nearest known one, else all of them."""
    lowered = {name.lower(): name for name in known}
    close = difflib.get_close_matches(word.lower(), list(lowered), n=1, cutoff=0.6)
    if close:
        return f"did you mean {quoted(lowered[close[0]])}?"
    return f"known: {', '.join(map(cut, sorted(known)))}" if known else "nothing is known here"


def read(path: Path, model: type[ModelT], error: type[AlignmentError] = ParamsError) -> ModelT:
    """Read one YAML file.

    Raises
    ------
    error
        The file is missing, is no YAML, holds an unknown key or a value out of range.
    """
    text = _text(path, error)
    try:
        node = yaml.compose(text, Loader=_Loader)
        raw = yaml.load(text, Loader=_Keys) or {}  # noqa: S506 - a subclass of the safe loader
    except yaml.YAMLError as problem:
        raise error(f"{path}{_place(problem)}: {_short(problem)}") from None
    if not isinstance(raw, dict):
        raise error(f"{path}: expected keys and values (key: value), found {type(raw).__name__}")
    return validate(raw, model, where=str(path), error=error, node=node)


def validate(
    raw: dict[str, Any], model: type[ModelT], *, where: str, error: type[AlignmentError] = ParamsError, node: Any = None
) -> ModelT:
    """Turn plain values into the model; the first complaint becomes one sentence."""
    try:
        return model.model_validate(raw)
    except ValidationError as problems:
        found = problems.errors(include_url=False)
        first = next((e for e in found if e["type"] == "extra_forbidden"), found[0])  # a misspelt key is missing, too
        raise error(_sentence(dict(first), model, where, node)) from None


def _text(path: Path, error: type[AlignmentError]) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        beside = sorted(p.name for p in path.parent.glob("*.y*ml")) if path.parent.is_dir() else []
        raise error(f"{path}: no such file ({nearest(path.name, beside)})") from None
    except (OSError, UnicodeDecodeError) as problem:
        raise error(f"{path}: cannot be read ({problem})") from None


def _sentence(problem: dict[str, Any], model: type[BaseModel], where: str, node: Any) -> str:
    loc = tuple(p for p in problem["loc"] if not (isinstance(p, str) and p.startswith(("function-", "union["))))
    key, place = ".".join(str(p) for p in loc), f"{where}{_line(node, loc)}"
    if problem["type"] == "extra_forbidden":
        return f"{place}: unknown key '{loc[-1]}' ({nearest(str(loc[-1]), _keys(model, loc[:-1]))})"
    if problem["type"] == "at":
        return f"{where}{_line(node, loc + tuple(problem['ctx']['keys']))}: {problem['ctx']['sentence']}"
    if problem["type"] == "missing":
        return f"{place}: key '{key}' is missing; add it"
    message = str(problem["msg"]).removeprefix("Value error, ").replace("Input should be", "must be")
    value = problem.get("input")
    shown = "" if isinstance(value, dict | list) else f" (found {value!r})"
    return f"{place}: '{key}' {message}{shown}" if key else f"{place}: {message}"


def _keys(model: Any, loc: tuple[Any, ...]) -> list[str]:
    """The keys allowed at a place inside a model, found by walking its annotations."""
    for part in loc:
        field = getattr(model, "model_fields", {}).get(part) if isinstance(part, str) else None
        annotation = field.annotation if field else model
        model = _model_in(annotation) or model
    return [f.alias or name for name, f in getattr(model, "model_fields", {}).items()]


def _model_in(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        found = _model_in(inner)
        if found is not None:
            return found
    return None


def _line(node: Any, loc: tuple[Any, ...]) -> str:
    line = None
    for part in loc:
        if isinstance(node, yaml.MappingNode):
            pair = next(((k, v) for k, v in node.value if k.value == str(part)), None)
            if pair is None:
                continue
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
    return f" line {line}" if line else ""


def _place(problem: yaml.YAMLError) -> str:
    mark = getattr(problem, "problem_mark", None)
    return f" line {mark.line + 1}" if mark else ""


def _short(problem: yaml.YAMLError) -> str:
    return str(getattr(problem, "problem", None) or "is not valid YAML")
