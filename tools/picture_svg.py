"""Draws a picture as SVG."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final
from xml.etree import ElementTree as ET

from tools.picture_grid import Point
from tools.picture_layout import (
    LEGEND_HEIGHT,
    MARGIN,
    NOTE_SIZE,
    PORT_SIZE,
    Gaps,
    laid_out,
)
from tools.picture_model import Call, Family, Picture, Role
from tools.picture_routes import Route, Routes, routed
from tools.picture_shapes import GRID, Layout, Placed, Rect
from tools.picture_style import TINTS, style_sheet
from tools.picture_text import printable, text_width

NAMESPACE: Final = "http://www.w3.org/2000/svg"
FONT: Final = "system-ui, -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif"
CORNER: Final = 5.0
HEAD: Final = 7.0
# Space between boxes, tried in turn until no two ways cover each other.
GAPS: Final = (Gaps(32, 40), Gaps(48, 64))


def drawn(picture: Picture) -> str:
    """``picture`` as the text of an SVG file; the same text for the same picture."""
    layout, routes = arranged(picture)
    root = ET.Element(
        "svg",
        {
            "xmlns": NAMESPACE,
            "viewBox": f"0 0 {layout.width} {layout.height}",
            "width": str(layout.width),
            "height": str(layout.height),
            "role": "img",
            "font-family": FONT,
        },
    )
    ET.SubElement(root, "title").text = printable(f"{picture.title}: {picture.summary}")
    ET.SubElement(root, "style").text = style_sheet()
    _rect(root, Rect(0, 0, layout.width, layout.height), "paper")
    _text(root, MARGIN, 38, printable(picture.title), 22, "title", bold=True)
    _text(root, MARGIN, 58, printable(picture.summary), NOTE_SIZE + 1, "note")
    for each in layout.boxes:
        _draw_box(root, each)
    callers = sorted({way.arrow.source for way in routes.ways if isinstance(way.arrow, Call)})
    tints = {caller: number % TINTS for number, caller in enumerate(callers)}
    for way in reversed(routes.ways):
        _draw_way(root, way, tints)
    for each in layout.walk():
        for label, port in each.ports.items():
            _draw_port(root, label, port)
    _draw_legend(root, layout.height - LEGEND_HEIGHT, picture)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode") + "\n"


def arranged(picture: Picture) -> tuple[Layout, Routes]:
    """Places and ways, with no more space between boxes than the arrows need."""
    tried: list[tuple[Layout, Routes]] = []
    for gaps in GAPS:
        layout = laid_out(picture, gaps)
        tried.append((layout, routed(picture, layout)))
        if not tried[-1][1].covered:
            break
    return min(tried, key=lambda each: each[1].covered)


def _draw_box(parent: ET.Element, each: Placed) -> None:
    box = each.box
    group = ET.SubElement(parent, "g", {"class": f"box-{box.role}"})
    said = ", ".join(text for text in (box.kind, *box.notes) if text)
    ET.SubElement(group, "title").text = printable(f"{box.title}: {said}" if said else box.title)
    style = "frame" if box.framed and box.role is Role.COMPONENT else str(box.role)
    _rect(group, each.rect, style, radius=6)
    if box.role is Role.COMPONENT:
        height = 2 * GRID if box.framed else each.rect.height - 2 * GRID
        stripe = Rect(each.rect.x + 5, each.rect.y + GRID, 3, height)
        _rect(group, stripe, str(box.family), radius=1.5)
    for before, text in zip((None, *each.texts), each.texts, strict=False):
        if before and before.y == text.y:
            # Beside the title, however wide the reader's font makes it.
            attributes = {"dx": "8", "font-size": str(text.size), "class": "note"}
            ET.SubElement(group[-1], "tspan", {**attributes, "font-weight": "400"}).text = text.text
        else:
            style = "note" if before else "name"
            _text(group, text.x, text.y, text.text, text.size, style, bold=text.bold)
    for inner in each.inside:
        _draw_box(group, inner)


def _draw_way(parent: ET.Element, way: Route, tints: dict[str, int]) -> None:
    call = isinstance(way.arrow, Call)
    tint = tints.get(way.arrow.source, 0)
    attributes = {
        "d": " ".join(_path(way.points)),
        "class": f"call-{tint}" if call else "need",
        "fill": "none",
        "stroke-width": "1.6" if call else "1",
    }
    ET.SubElement(parent, "path", attributes)
    (x, y), (tx, ty) = way.points[-2], way.points[-1]
    across, down = _sign(tx - x), _sign(ty - y)
    half, back = HEAD / 2, HEAD
    points = [
        (tx, ty),
        (tx - across * back + down * half, ty - down * back + across * half),
        (tx - across * back - down * half, ty - down * back - across * half),
    ]
    ET.SubElement(
        parent,
        "polygon",
        {
            "points": " ".join(f"{px:g},{py:g}" for px, py in points),
            "class": f"head-{tint}" if call else "need-head",
        },
    )


def _path(points: Sequence[Point]) -> Iterator[str]:
    """A line with rounded corners that ends below its arrowhead's point."""
    last, end = points[-2], points[-1]
    stop = (end[0] - _sign(end[0] - last[0]) * 3, end[1] - _sign(end[1] - last[1]) * 3)
    points = [*points[:-1], stop]
    yield f"M{points[0][0]:g} {points[0][1]:g}"
    for (before, corner), (_, after) in pairwise(pairwise(points)):
        radius = min(CORNER, _length(before, corner) / 2, _length(corner, after) / 2)
        one, other = _towards(corner, before, radius), _towards(corner, after, radius)
        yield f"L{one[0]:g} {one[1]:g} Q{corner[0]:g} {corner[1]:g} {other[0]:g} {other[1]:g}"
    yield f"L{points[-1][0]:g} {points[-1][1]:g}"


def _draw_port(parent: ET.Element, label: str, port: Rect) -> None:
    _rect(parent, port, "port", radius=port.height / 2)
    ET.SubElement(
        parent,
        "text",
        {
            "x": f"{port.x + port.width / 2:g}",
            "y": str(port.y + 12),
            "font-size": str(PORT_SIZE),
            "text-anchor": "middle",
            "class": "number",
        },
    ).text = printable(label)


def _draw_legend(parent: ET.Element, top: int, picture: Picture) -> None:
    x, y = float(MARGIN), top + 32
    families = {box.family for box in picture.walk() if box.role is Role.COMPONENT}
    for family in (each for each in Family if each in families):
        _rect(parent, Rect(int(x), y - 11, 3, 14), str(family), radius=1.5)
        _text(parent, x + 9, y, str(family), NOTE_SIZE, "note")
        x += 9 + text_width(str(family), NOTE_SIZE) + 3 * GRID
    samples = [("need", "need-head", "needs what the other makes")] if picture.needs else []
    if picture.calls:
        samples.append(("call-0", "head-0", "calls, at the port; one colour per caller"))
    for line, head, text in samples:
        way = {"d": f"M{x:g} {y - 4} L{x + 30:g} {y - 4}", "class": line, "fill": "none"}
        ET.SubElement(parent, "path", {**way, "stroke-width": "1" if line == "need" else "1.6"})
        tip = f"{x + 36:g},{y - 4} {x + 29:g},{y - 7.5} {x + 29:g},{y - 0.5}"
        ET.SubElement(parent, "polygon", {"points": tip, "class": head})
        _text(parent, x + 44, y, text, NOTE_SIZE, "note")
        x += 44 + text_width(text, NOTE_SIZE) + 3 * GRID


def _rect(parent: ET.Element, rect: Rect, style: str, *, radius: float = 0) -> None:
    attributes = {
        "x": f"{rect.x:g}",
        "y": f"{rect.y:g}",
        "width": f"{rect.width:g}",
        "height": f"{rect.height:g}",
        "class": style,
    }
    if radius:
        attributes["rx"] = f"{radius:g}"
    ET.SubElement(parent, "rect", attributes)


def _text(
    parent: ET.Element, x: float, y: float, text: str, size: int, style: str, *, bold: bool = False
) -> None:
    weight = {"font-weight": "600"} if bold else {}
    attributes = {"x": f"{x:g}", "y": f"{y:g}", "font-size": str(size), "class": style, **weight}
    ET.SubElement(parent, "text", attributes).text = text


def _sign(number: float) -> int:
    return (number > 0) - (number < 0)


def _length(one: Point, other: Point) -> float:
    return abs(one[0] - other[0]) + abs(one[1] - other[1])


def _towards(corner: Point, other: Point, distance: float) -> Point:
    across, down = _sign(other[0] - corner[0]), _sign(other[1] - corner[1])
    return corner[0] + across * distance, corner[1] + down * distance
