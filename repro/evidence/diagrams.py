"""Boxes and arrows: how a network is put together. A caller names nodes, cells of a grid and edges;
sizes follow from the text, positions from the grid, and every edge finds its own way.

    d = Diagram("sparse", "dense")
    d.node("clip", "Clip", "64 frames", at=(1, 0), kind="map")
    d.node("in", "sparse input", "3 × 4 × 224²", at=(0, 1), colour="sparse", kind="map")
    d.node("stem", "convolution", "1×7×7", below="in", colour="sparse")
    d.edge("clip", "in", label="every 16th frame")
    d.edge("in", "stem")
    ax = d.draw()
"""

from collections.abc import Sequence
from itertools import pairwise
from math import hypot
from typing import Any, Literal

from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch

from repro.evidence.layout import HEAD, SIZE, STEP, Cut, Edge, Kind, Layout, Node, Path, Rect, Sides, Span, crossings
from repro.evidence.style import INK, MUTED, PAGE, PALETTE, WASH, styled


class Diagram:
    """A graph on a grid.

    `roles` name the colours: the first name gets the palette's first colour and so on; a name that
    comes later gets the next free one. A colour may also be given as its number in the palette,
    "0", "1", ...; "" is grey. `flow` is the direction in which most arrows run.
    """

    def __init__(self, *roles: str, flow: Literal["down", "right"] = "down") -> None:
        self.roles = list(roles)
        self.flow: Literal["down", "right"] = flow
        self.nodes: dict[str, Node] = {}
        self.edges: list[Edge] = []
        self._last = (0, -1)

    def node(
        self, name: str, title: str, *lines: str, at: Span | None = None, below: str = "", right_of: str = "",
        span: Span = (1, 1), kind: Kind = "step", colour: str = "", fill: bool = True,
    ) -> str:  # fmt: skip
        """Adds a node and gives its name back.

        Its cell is `at` (column, row), or the one below or right of another node, or the one below
        the node added last. kind: what flows (`map`, tinted), what is done to it (`step`,
        outlined), where two are merged (`mark`, a circle with the title in it), or grey words
        without a frame (`note`). A filling node is as wide as its columns, and as high as its rows
        if it spans several; any other is as large as its text and in the middle. Raises ValueError
        for a name that is taken, and for an unknown node in `below` or `right_of`.
        """
        if name in self.nodes:
            raise ValueError(f"there is a node {name} already")
        if below or right_of:
            other = self.nodes[self._known(below or right_of)]
            step = (0, other.span[1]) if below else (other.span[0], 0)
            at = (other.at[0] + step[0], other.at[1] + step[1])
        self._last = at or (self._last[0], self._last[1] + 1)
        self.nodes[name] = Node(title, lines, self._last, span, kind, colour, fill and kind not in ("mark", "note"))
        self._last = (self._last[0], self._last[1] + span[1] - 1)
        return name

    def edge(
        self, *names: str, label: str = "", colour: str | None = None, dashed: bool = False, sides: Sides = ("", "")
    ) -> None:
        """Adds arrows along two or more nodes, in the colour of the node where each starts unless
        another is given. `sides` fix where they leave and enter boxes: ("left", "left") runs beside
        the lane, "" leaves the choice to the layout. Raises ValueError for an unknown node.
        """
        for start, end in pairwise(map(self._known, names)):
            own = self.nodes[start].colour if colour is None else colour
            self.edges.append(Edge(start, end, label, own, dashed, sides))

    def layout(self) -> Layout:
        """Where everything goes, in inches. Raises as `draw` does."""
        return Layout(self.nodes, self.edges, self.flow)

    @styled
    def draw(self) -> Axes:
        """A new figure as wide as the diagram; the axes shows one inch as one inch.

        Raises ValueError when two nodes overlap, when the diagram is wider than a page, or when an
        edge cannot use the sides asked for: a drawing that hides a part is wrong.
        """
        layout = self.layout()
        return self._paint(plt.figure(figsize=layout.size).add_axes((0, 0, 1, 1)), layout)

    @styled
    def with_room(self, below: float) -> tuple[Axes, Axes]:
        """The diagram on a new figure at page width, and a plain hidden axes of `below` inches
        under it. Raises as `draw` does.
        """
        layout = self.layout()
        width, height = max(PAGE, layout.size[0]), layout.size[1] + below
        wide, high = layout.size[0] / width, layout.size[1] / height
        fig = plt.figure(figsize=(width, height))
        room = fig.add_axes((0, 0, 1, 1 - high))
        room.set_axis_off()
        return self._paint(fig.add_axes(((1 - wide) / 2, 1 - high, wide, high)), layout), room

    def _known(self, name: str) -> str:
        if name not in self.nodes:
            raise ValueError(f"there is no node {name}; there are {', '.join(self.nodes)}")
        return name

    def _paint(self, ax: Axes, layout: Layout) -> Axes:
        for rank, (edge, path) in enumerate(layout.paths):
            cuts = [at for _, earlier in layout.paths[:rank] for at in crossings(path, earlier)]
            _arrow(ax, self._hue(edge.colour), edge.dashed, path, cuts, 2 + rank / 1000)
        for (x, y), label in layout.labels:
            ax.text(x, y, label, ha="center", va="center", fontsize=SIZE, color=MUTED, zorder=4)
        for name, node in self.nodes.items():
            _box(ax, node, layout.boxes[name], self._hue(node.colour))
        x0, y0, x1, y1 = layout.outline
        ax.set(xlim=(x0, x1), ylim=(y0, y1), aspect="equal")
        ax.set_axis_off()
        return ax

    def _hue(self, colour: str) -> str:
        if colour and not colour.isdigit() and colour not in self.roles:
            self.roles.append(colour)
        number = int(colour) if colour.isdigit() else self.roles.index(colour) if colour else -1
        return PALETTE[number % len(PALETTE)] if colour else MUTED


def _box(ax: Axes, node: Node, box: Rect, hue: str) -> None:
    x, y = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
    if node.kind == "mark":
        ax.add_patch(Circle((x, y), (box.x1 - box.x0) / 2, facecolor="white", edgecolor=INK, linewidth=1.0, zorder=3))
        ax.text(x, y, node.title, ha="center", va="center_baseline", fontsize=SIZE + 1, zorder=4)
        return
    if node.kind != "note":
        tint = tuple(c + (1 - c) * 0.86 for c in to_rgb(hue))
        face = tint if node.kind == "map" else "white" if node.colour else WASH
        shape = "round,pad=0,rounding_size=0.045" if node.kind == "step" else "square,pad=0"
        look: dict[str, Any] = {"facecolor": face, "edgecolor": hue, "linewidth": 1.0, "zorder": 3}
        ax.add_patch(FancyBboxPatch((box.x0, box.y0), box.x1 - box.x0, box.y1 - box.y0, boxstyle=shape, **look))
    lines = (*([node.title] if node.title else []), *node.lines)
    for i, line in enumerate(lines):
        bold = "bold" if i == 0 and node.title and node.kind != "note" else "normal"
        look = {"color": MUTED if node.kind == "note" else INK, "fontsize": SIZE, "fontweight": bold}
        ax.text(x, y + STEP * ((len(lines) - 1) / 2 - i), line, ha="center", va="center", zorder=4, **look)


def _arrow(ax: Axes, hue: str, dashed: bool, path: Path, cuts: Sequence[Cut], zorder: float) -> None:
    """A line and its head; lines that it cuts are interrupted there."""
    for (x, y), level in cuts:
        by = (0.06, 0) if level else (0, 0.06)
        xs, ys = (x - by[0], x + by[0]), (y - by[1], y + by[1])
        ax.add_line(Line2D(xs, ys, color="white", linewidth=4.0, solid_capstyle="butt", zorder=zorder))
    (x0, y0), (x1, y1) = path[-2:]
    part = min(HEAD / hypot(x1 - x0, y1 - y0), 0.9)
    neck = (x1 - part * (x1 - x0), y1 - part * (y1 - y0))  # the head is apart, or it would be dashed too
    xs, ys = zip(*path[:-1], neck, strict=True)
    look: dict[str, Any] = {"solid_capstyle": "butt", "solid_joinstyle": "miter", "snap": False}
    look["linestyle"] = "--" if dashed else "-"
    ax.add_line(Line2D(xs, ys, color=hue, linewidth=1.2, zorder=zorder + 0.0005, **look))
    tip: dict[str, Any] = {"arrowstyle": "-|>", "mutation_scale": 8, "color": hue, "linewidth": 1.2}
    ax.add_patch(
        FancyArrowPatch(neck, (x1, y1), shrinkA=0, shrinkB=0, joinstyle="miter", zorder=zorder + 0.0005, **tip)
    )
