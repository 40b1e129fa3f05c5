"""Charts and codes as inline SVG: shapes only, whose colours are the style sheet's.

Words stand beside them as HTML, so that they grow with the text and can be read out.
"""

from collections.abc import Sequence

from bot import qr
from bot.web.markup import Html, join, tag

WIDE, HIGH = 1000, 300
GAP_SHARE = 0.22
LEAST_PERCENT = 1.5
QUIET = 4  # the white border of a code, in modules
STEPS = (1, 2, 5)
COLOURS = 6


def bar(reached: int, target: int) -> Html:
    """Draw how much of a target is reached: the first is seen, more than all of it is full."""
    share = max(100 * reached / target, LEAST_PERCENT) if reached and target else 0.0
    width = f"{min(100.0, share):.1f}%"
    track = tag("rect", class_="track", width="100%", height="100%")
    return tag(
        "svg",
        join(track, tag("rect", class_="done", width=width, height="100%")),
        class_="bar",
        aria_hidden="true",
    )


def ceiling(most: int) -> int:
    """Return the round number that a chart reaches up to."""
    size = 1
    while True:
        for step in STEPS:
            if step * size >= most:
                return step * size
        size *= 10


def columns(values: Sequence[Sequence[int]], *, said: str) -> Html:
    """Draw a column for each row of values, a piece for each value; `said` tells it in words."""
    top = ceiling(max((sum(row) for row in values), default=0) or 1)
    step = WIDE / max(1, len(values))
    lines = [tag("line", class_="grid", x1=0, x2=WIDE, y1=y, y2=y) for y in (0, HIGH // 2, HIGH)]
    pieces = [
        piece
        for n, row in enumerate(values)
        for piece in _column(row, left=n * step, step=step, top=top)
    ]
    return tag(
        "svg",
        join(lines, pieces),
        class_="columns",
        viewBox=f"0 0 {WIDE} {HIGH}",
        preserveAspectRatio="none",
        role="img",
        aria_label=said,
    )


def colour(number: int) -> str:
    """Return the class of a kind's colour, by its place in the campaign file."""
    return f"s{number % COLOURS}"


def _column(row: Sequence[int], *, left: float, step: float, top: int) -> list[Html]:
    pieces, below = [], 0.0
    for n, value in enumerate(row):
        height = HIGH * value / top
        if value > 0:
            pieces.append(
                tag(
                    "rect",
                    class_=colour(n),
                    x=f"{left + step * GAP_SHARE / 2:.1f}",
                    y=f"{HIGH - below - height:.1f}",
                    width=f"{step * (1 - GAP_SHARE):.1f}",
                    height=f"{height:.1f}",
                )
            )
        below += height
    return pieces


def code(link: str, *, said: str) -> Html:
    """Draw a QR code, dark on white in any scheme; `said` tells what it is."""
    rows = qr.modules(link)
    size = len(rows) + 2 * QUIET
    dark = "".join(
        f"M{x + QUIET} {y + QUIET}h1v1h-1z"
        for y, row in enumerate(rows)
        for x, is_dark in enumerate(row)
        if is_dark
    )
    return tag(
        "svg",
        join(
            tag("rect", width=size, height=size, fill="#fff"),
            tag("path", d=dark, fill="#000"),
        ),
        class_="code",
        viewBox=f"0 0 {size} {size}",
        role="img",
        aria_label=said,
    )
