"""Plots as SVG, without a library: lines over connections, and bars of ratios."""

import math
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

WIDTH, HEIGHT, MARGIN = 720, 420, 60
_COLOURS = ("#0b6e4f", "#c8553d", "#2d5d9f", "#8f3985", "#c99700", "#4a4a4a", "#17a2b8")
_STYLE = "font-family:sans-serif;font-size:12px"


def lines(
    file: Path, title: str, labels: Sequence[str], series: Mapping[str, Sequence[float]]
) -> None:
    """A line for each series over the labels; the scale is logarithmic."""
    values = [value for line in series.values() for value in line if value > 0]
    low, high = math.log10(min(values)), math.log10(max(values))
    span = max(high - low, 0.1)
    step = (WIDTH - 3 * MARGIN) / max(len(labels) - 1, 1)

    def at(position: int, value: float) -> tuple[float, float]:
        share = (math.log10(max(value, 10**low)) - low) / span
        return MARGIN + position * step, HEIGHT - MARGIN - share * (HEIGHT - 2 * MARGIN)

    parts = [_text(WIDTH / 2, 24, title, anchor="middle")]
    for position, label in enumerate(labels):
        parts.append(_text(MARGIN + position * step, HEIGHT - MARGIN + 18, label, anchor="middle"))
    for mark in range(math.floor(low), math.ceil(high) + 1):
        if low <= mark <= high:
            _, y = at(0, 10**mark)
            parts.append(_line([(MARGIN, y), (WIDTH - 2 * MARGIN, y)], "#dddddd"))
            parts.append(_text(MARGIN - 6, y + 4, f"{10**mark:g}", anchor="end"))
    for number, (name, line) in enumerate(series.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        points = [at(position, value) for position, value in enumerate(line)]
        parts.append(_line(points, colour, width=2))
        parts.append(_text(points[-1][0] + 8, points[-1][1] + 4, name, colour=colour))
    _write(file, parts)


def bars(file: Path, title: str, groups: Mapping[str, Mapping[str, float]]) -> None:
    """A bar for each ratio, in groups of one colour, with 1 as a line across."""
    every = [
        (number, f"{group}: {name}", ratio)
        for number, (group, ratios) in enumerate(groups.items())
        for name, ratio in sorted(ratios.items(), key=lambda each: each[1])
    ]
    most = max(*(ratio for _, _, ratio in every), 1.0)
    height = (HEIGHT - 2 * MARGIN) / len(every)
    room = WIDTH - 300 - MARGIN
    parts = [_text(WIDTH / 2, 24, title, anchor="middle")]
    for number, (group, name, ratio) in enumerate(every):
        y = MARGIN + number * height
        parts.append(
            f'<rect x="300" y="{y:.1f}" width="{room * ratio / most:.1f}" '
            f'height="{height * 0.7:.1f}" fill="{_COLOURS[group]}"/>'
        )
        parts.append(_text(292, y + height * 0.6, name, anchor="end"))
        parts.append(_text(306 + room * ratio / most, y + height * 0.6, f"{ratio:.1f}"))
    one = 300 + room / most
    parts.append(_line([(one, MARGIN - 10), (one, HEIGHT - MARGIN)], "#4a4a4a"))
    _write(file, parts)


def _text(x: float, y: float, text: str, *, anchor: str = "start", colour: str = "#222222") -> str:
    at = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text {at} fill="{colour}">{escape(text)}</text>'


def _line(points: Sequence[tuple[float, float]], colour: str, *, width: int = 1) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width}"/>'


def _write(file: Path, parts: Sequence[str]) -> None:
    body = "\n".join(parts)
    file.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        f'style="{_STYLE}"><rect width="100%" height="100%" fill="white"/>\n{body}\n</svg>\n'
    )
