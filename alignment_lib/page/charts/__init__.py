"""Charts: numbers in, axes out, nothing computed; `draw` makes a `Picture` of them."""

from alignment_lib.page.charts.estimates import curve, intervals
from alignment_lib.page.charts.frame import draw, draw_many, png
from alignment_lib.page.charts.spark import sparkline
from alignment_lib.page.charts.weekly import burn_up, follow_up, history

__all__ = ["burn_up", "curve", "draw", "draw_many", "follow_up", "history", "intervals", "png", "sparkline"]
