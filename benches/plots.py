"""Bar charts as small SVG files, drawn by hand: the results stay readable in a diff."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from benches.scenario import OURS
from benches.tables import METRICS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from benches.rounds import Measured
    from benches.tables import Metric

__all__ = ["PLOTS", "Panel", "draw", "write_plots"]

PLOTS = {
    "store.svg": ("store-",),
    "receive.svg": ("receive-",),
    "echo.svg": ("echo-", "associate-"),
    "find.svg": ("find",),
    "retrieve.svg": ("get", "move"),
}
"""File name to the scenarios it shows, by the beginning of their names."""

_WIDTH, _LABEL_WIDTH, _VALUE_WIDTH = 760, 200, 70
_BAR_HEIGHT, _BAR_STEP, _TITLE_HEIGHT, _MARGIN = 14, 20, 26, 14
_OUR_COLOUR, _PEER_COLOUR = "#0b7285", "#adb5bd"


@dataclass(frozen=True, slots=True)
class Panel:
    """One scenario's bars: labels with values, on a linear scale from nought."""

    title: str
    metric: Metric
    bars: Sequence[tuple[str, float]]

    @property
    def height(self) -> int:
        """Height in pixels."""
        return _TITLE_HEIGHT + _BAR_STEP * len(self.bars) + _MARGIN


def write_plots(folder: Path, measured: Mapping[str, Measured]) -> list[Path]:
    """Write the plots of the scenarios that ran and return their paths."""
    written = []
    for name, beginnings in PLOTS.items():
        panels = [
            panel
            for each in measured.values()
            if each.scenario.name.startswith(beginnings) and (panel := _panel(each)).bars
        ]
        if panels:
            path = folder / name
            path.write_text(draw(panels), encoding="utf-8")
            written.append(path)
    return written


def _panel(measured: Measured) -> Panel:
    metric = measured.scenario.metric
    medians = ((name, measured.median(name, metric)) for name in measured.samples)
    bars = [(name, value) for name, value in medians if value is not None]
    return Panel(measured.scenario.title, METRICS[metric], bars)


def draw(panels: Sequence[Panel]) -> str:
    """Return an SVG document with the panels below one another."""
    height = sum(panel.height for panel in panels) + _MARGIN
    size = f'width="{_WIDTH}" height="{height}"'
    view = f'viewBox="0 0 {_WIDTH} {height}" font-family="sans-serif" font-size="12"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} {view}>',
        f'<rect {size} fill="#fff"/>',
    ]
    top = _MARGIN
    for panel in panels:
        lines += _draw_panel(panel, top)
        top += panel.height
    return "\n".join([*lines, "</svg>", ""])


def _draw_panel(panel: Panel, top: int) -> list[str]:
    longest = max(value for _, value in panel.bars) or 1
    room = _WIDTH - _LABEL_WIDTH - _VALUE_WIDTH - _MARGIN
    title = escape(f"{panel.title} [{panel.metric.label}]")
    lines = [f'<text x="{_MARGIN}" y="{top + 12}" font-weight="bold">{title}</text>']
    for number, (label, value) in enumerate(panel.bars):
        bar_top = top + _TITLE_HEIGHT + number * _BAR_STEP
        text = panel.metric.text(value)
        baseline = bar_top + _BAR_HEIGHT - 3
        width = max(1, round(room * value / longest))
        colour = _OUR_COLOUR if label.startswith(OURS) else _PEER_COLOUR
        size = f'width="{width}" height="{_BAR_HEIGHT}"'
        lines += [
            f'<text x="{_LABEL_WIDTH - 8}" y="{baseline}" text-anchor="end">{escape(label)}</text>',
            f'<rect x="{_LABEL_WIDTH}" y="{bar_top}" {size} fill="{colour}"/>',
            f'<text x="{_LABEL_WIDTH + width + 6}" y="{baseline}">{text}</text>',
        ]
    return lines
