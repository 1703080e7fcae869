"""A picture of how well a model foretold: an SVG of foretold risk against what came true."""

from agents.model_check import Verdict

SIZE, MARGIN = 420, 56
_INNER = SIZE - 2 * MARGIN


def picture(verdict: Verdict, title: str) -> str:
    """The SVG: one point per tenth of the customers, the diagonal where all points of a perfect model lie."""
    line = " ".join(f"{_x(tenth.foretold)},{_y(tenth.came_true)}" for tenth in verdict.tenths)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE} {SIZE}" role="img"'
            ' font-family="sans-serif" font-size="12">',
            f"<title>{_safe(title)}</title>",
            f'<rect width="{SIZE}" height="{SIZE}" fill="#fff"/>',
            *_axes(),
            f'<path d="M{_x(0)} {_y(0)} L{_x(1)} {_y(1)}" stroke="#999" stroke-dasharray="4 4"/>',
            f'<polyline points="{line}" fill="none" stroke="#1f5fa8" stroke-width="2"/>',
            *(
                f'<circle cx="{_x(tenth.foretold)}" cy="{_y(tenth.came_true)}" r="4" fill="#1f5fa8">'
                f"<title>{tenth.customers} customers: foretold {tenth.foretold:.3f}, "
                f"came true {tenth.came_true:.3f}</title></circle>"
                for tenth in verdict.tenths
            ),
            f'<text x="{SIZE / 2}" y="24" text-anchor="middle" font-size="14">{_safe(title)}</text>',
            f'<text x="{MARGIN + 8}" y="{MARGIN + 16}">AUC {verdict.auc:.3f}, Brier {verdict.brier:.3f}, '
            f"{verdict.customers:,} customers</text>",
            "</svg>\n",
        ]
    )


def _axes() -> list[str]:
    marks = [
        f'<text x="{_x(share)}" y="{SIZE - MARGIN + 18}" text-anchor="middle">{share:g}</text>'
        f'<text x="{MARGIN - 8}" y="{_y(share) + 4}" text-anchor="end">{share:g}</text>'
        for share in (0, 0.25, 0.5, 0.75, 1)
    ]
    return [
        f'<rect x="{MARGIN}" y="{MARGIN}" width="{_INNER}" height="{_INNER}" fill="none" stroke="#333"/>',
        *marks,
        f'<text x="{SIZE / 2}" y="{SIZE - 14}" text-anchor="middle">risk foretold</text>',
        f'<text x="16" y="{SIZE / 2}" text-anchor="middle" transform="rotate(-90 16 {SIZE / 2})">'
        "did not come back</text>",
    ]


def _x(share: float) -> float:
    return round(MARGIN + share * _INNER, 1)


def _y(share: float) -> float:
    return round(SIZE - MARGIN - share * _INNER, 1)


def _safe(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
