"""From a chart function to a `Picture`: a figure without pyplot, and SVG that is ready to stand inside a page.

matplotlib is imported when the first chart is drawn, so that importing this library stays quick.
"""

from __future__ import annotations

import html
import io
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from alignment_lib.page.block import Picture
from alignment_lib.page.charts import palette

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

ChartFunction = Callable[..., "Axes"]
Panel = tuple[str, Mapping[str, Any]]
"""The label of a small multiple and the arguments of its chart function."""

_SETTINGS: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "alignment",
    "text.parse_math": False,
    "font.family": ["DejaVu Sans"],
    "font.size": 9.0,
    "hatch.linewidth": 1.2,
    "path.simplify": False,
}
GROUND_IN, CORNER_IN = 0.1, 0.06
"""The edge of paper around a chart that is a PNG, and the radius of its corners."""
_NO_METADATA = {"Date": None, "Creator": None, "Format": None, "Type": None}
_TAG = re.compile(r"<[^<>]+>")
_REFERENCE = re.compile(r'url\(#([\w.-]+)\)|href="#([\w.-]+)"')


def draw(
    kind_function: ChartFunction,
    *args: Any,
    title: str,
    alt: str,
    id: str,
    width_in: float = 7.2,
    height_in: float = 2.6,
    narrow_in: float | None = 4.2,
    narrow_height_in: float | None = None,
    **kwargs: Any,
) -> Picture:
    """Draw one chart as inline SVG.

    Parameters
    ----------
    kind_function : callable
        A chart function; called as ``kind_function(axes, *args, **kwargs)``.
    title : str
        The finding, shown above the chart.
    alt : str
        The text that replaces the chart; it carries the numbers.
    id : str
        Prefix of every id inside the SVG, unique on its page.
    width_in, height_in : float
        Size in inches; letters keep their size, so a wider figure gets more room, not larger letters.
    narrow_in : float or None
        Width of a second drawing of the same chart for narrow screens; None: the first is used everywhere.
    narrow_height_in : float or None
        Its height; None: a little more than the first's.

    Returns
    -------
    Picture
    """
    id = _plain_id(id)
    wide = _svg(kind_function, args, kwargs, (width_in, height_in), id)
    figure = _labelled(wide, id, alt, "chart chart--wide" if narrow_in else "chart")
    if narrow_in:
        narrow = _svg(kind_function, args, kwargs, (narrow_in, narrow_height_in or height_in * 1.15), f"{id}-n")
        figure += _labelled(narrow, f"{id}-n", alt, "chart chart--narrow")
    return Picture(title=title, svg=figure, alt=alt)


def draw_many(
    kind_function: ChartFunction,
    panels: Sequence[Panel],
    *,
    title: str,
    alt: str,
    id: str,
    width_in: float = 3.6,
    height_in: float = 1.7,
) -> Picture:
    """Draw small multiples: the same chart for several measures, in a grid that restacks on a narrow screen.

    Every panel has the same size and margins, so that their time axes stand under each other.

    Parameters
    ----------
    panels : sequence of (label, arguments)
        One chart each; the arguments are passed to `kind_function` by name.
    """
    id = _plain_id(id)
    figures = [
        _figure(kind_function, (), {**arguments, "label": label}, (width_in, height_in)) for label, arguments in panels
    ]
    _align(figures)
    drawings = [_hidden(_inline(_document(figure), f"{id}-{number}")) for number, figure in enumerate(figures)]
    opening = f'<div class="multiples" role="img" aria-label="{html.escape(alt)}">'
    return Picture(title=title, svg=opening + "".join(drawings) + "</div>", alt=alt)


def png(
    kind_function: ChartFunction,
    panels: Sequence[Panel],
    *,
    width_in: float = 4.2,
    height_in: float = 1.4,
    scale: float = 2.0,
    shown_px: float = 552,
) -> tuple[bytes, int, int]:
    """Draw one chart, or several below each other, as PNG for a mail: on a white ground with round corners, so that it
    can be read on a dark one.

    Parameters
    ----------
    panels : sequence of (label, arguments)
        One chart each, top to bottom; a label is passed on where it is not empty.
    width_in, height_in : float
        Size of each panel; letters keep their size, so a narrower figure shown as wide has larger letters.
    scale, shown_px : float
        Pixels in the picture for each that is shown; the width in which it is shown.

    Returns
    -------
    tuple
        The picture, always the same bytes, and the width and height in which it is shown.
    """
    import matplotlib
    from matplotlib.figure import Figure

    height = height_in * len(panels) + 2 * GROUND_IN
    dpi = scale * shown_px / width_in
    buffer = io.BytesIO()
    with matplotlib.rc_context(_SETTINGS):
        figure = Figure(figsize=(width_in, height), frameon=False, dpi=dpi)
        _ground(figure)
        parts = _panels(figure, [height_in] * len(panels))
        for part, (label, arguments) in zip(parts, panels, strict=True):
            part.patch.set_visible(False)
            axes = part.add_axes((0.1, 0.1, 0.8, 0.8))
            axes.patch.set_visible(False)
            kind_function(axes, **arguments, **({"label": label} if label else {}))
        _align(parts)
        figure.savefig(
            buffer, format="png", transparent=True, dpi=dpi, metadata={"Software": None}, pil_kwargs={"optimize": True}
        )
    return buffer.getvalue(), round(shown_px), round(shown_px * height / width_in)


def _ground(figure: Figure) -> None:
    """White paper with round corners behind everything, sizes in inches."""
    from matplotlib.patches import FancyBboxPatch

    width, height = figure.get_size_inches()
    inset = CORNER_IN
    figure.add_artist(
        FancyBboxPatch(
            (inset, inset), width - 2 * inset, height - 2 * inset, boxstyle=f"round,pad={inset}", linewidth=0,
            facecolor=palette.PAPER, transform=figure.dpi_scale_trans, zorder=-1,
        )
    )  # fmt: skip


def _panels(figure: Figure, heights: Sequence[float]) -> list[SubFigure]:
    """A part of the figure for each panel, top to bottom, with an edge of paper around them all."""
    width = float(figure.get_figwidth()) - 2 * GROUND_IN
    rows, columns = [GROUND_IN, *heights, GROUND_IN], [GROUND_IN, width, GROUND_IN]
    grid: Any = figure.subfigures(len(rows), 3, wspace=0, hspace=0, height_ratios=rows, width_ratios=columns)
    return list(grid[1:-1, 1])


def _plain_id(id: str) -> str:
    """An id that needs no escaping."""
    return re.sub(r"[^\w-]+", "-", id)


def _svg(
    function: ChartFunction, args: Sequence[Any], kwargs: Mapping[str, Any], inches: tuple[float, float], prefix: str
) -> tuple[str, str]:
    """The viewBox of a chart and the drawing inside it."""
    return _inline(_document(_figure(function, args, kwargs, inches)), prefix)


def _figure(
    function: ChartFunction, args: Sequence[Any], kwargs: Mapping[str, Any], inches: tuple[float, float]
) -> Figure:
    """Call the chart function on fresh axes."""
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(_SETTINGS):
        figure = Figure(figsize=inches, frameon=False)
        axes = figure.add_axes((0.1, 0.1, 0.8, 0.8))
        axes.patch.set_visible(False)
        function(axes, *args, **kwargs)
    return figure


def _align(figures: Sequence[Figure | SubFigure]) -> None:
    """Give all plots the margins of the one that needs most, so that their time axes stand under each other."""
    places = [figure.axes[0].get_position() for figure in figures]
    left, right = max((p.x0 for p in places), default=0), min((p.x1 for p in places), default=1)
    for figure, place in zip(figures, places, strict=True):
        figure.axes[0].set_position((left, place.y0, right - left, place.height))


def _document(figure: Figure) -> str:
    """The figure as an SVG document, the same bytes every time."""
    import matplotlib

    buffer = io.StringIO()
    with matplotlib.rc_context(_SETTINGS), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")  # the browser has that letter
        figure.savefig(buffer, format="svg", metadata=_NO_METADATA)
    return buffer.getvalue()


def _inline(document: str, prefix: str) -> tuple[str, str]:
    """An SVG document as a fragment: no prologue, no global style, own ids, colours of the page."""
    found = re.search(r'viewBox="([^"]+)"', document)
    inner = document[document.index("</defs>") + len("</defs>") : document.rindex("</svg>")]
    kept = {name for pair in _REFERENCE.findall(inner) for name in pair if name}
    pieces: list[str] = []
    groups: list[bool] = []
    end = 0
    for tag in _TAG.finditer(inner):
        text = inner[end : tag.start()]
        pieces += [text if text.strip() else "", _shown(_retag(tag.group(), prefix, kept), groups)]
        end = tag.end()
    return found.group(1) if found else "", "".join(pieces)


def _retag(tag: str, prefix: str, kept: set[str]) -> str:
    """One tag, shortened and tied to the page; only tags pass here, so that a text is never rewritten."""

    def name(match: re.Match[str]) -> str:
        return f' id="{prefix}-{match[1]}"' if match[1] in kept else ""

    tag = re.sub(r"\s+(?=[LCQMz\"])", "", tag) if tag.startswith("<path") else tag
    tag = re.sub(r' id="([^"]*)"', name, tag)
    tag = re.sub(r"(url\(#)([\w.-]+\))", rf"\g<1>{prefix}-\g<2>", tag)
    tag = re.sub(r'xlink:href="#', f'href="#{prefix}-', tag)
    tag = re.sub(r' transform="rotate\(-?0 [^"]*"|font-family: [^;"]*;? ?', "", tag)
    return re.sub(r"#[0-9a-f]{6}\b", lambda colour: palette.VARIABLE.get(colour[0], colour[0]), tag)


def _shown(tag: str, groups: list[bool]) -> str:
    """The tag, or nothing for a group without attributes; `groups` remembers which of the open ones are shown."""
    if tag == "</g>":
        return tag if groups.pop() else ""
    if tag == "<g/>":
        return ""
    if tag.startswith("<g"):
        groups.append(tag != "<g>")
        return tag if groups[-1] else ""
    return tag


def _labelled(drawing: tuple[str, str], id: str, alt: str, css_class: str) -> str:
    """The drawing as an image with a name that a screen reader reads."""
    box, inner = drawing
    return (
        f'<svg class="{css_class}" viewBox="{box}" role="img" aria-labelledby="{id}-alt" width="100%">'
        f'<title id="{id}-alt">{html.escape(alt)}</title>{inner}</svg>'
    )


def _hidden(drawing: tuple[str, str]) -> str:
    """The drawing as a part of an image that is named as a whole."""
    box, inner = drawing
    return f'<svg class="chart" viewBox="{box}" aria-hidden="true" width="100%">{inner}</svg>'
