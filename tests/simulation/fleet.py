#!/usr/bin/env python3
"""Draws docs/fleet.svg from the output of the simulation, and prints the figures of docs/fleet.md.

    fleet.py PROGRAM OUT.svg
"""

import pathlib
import subprocess
import sys

DEVICES, CAPACITY, SECONDS = 10000, 500, 60
WIDTH, HEIGHT, LEFT, TOP, GAP = 720, 210, 64, 34, 60
SERIES = (("with jitter", 1, "#1f6fb2"), ("without", 3, "#c2571a"), ("shared cache", 5, "#2a8f3c"))


def simulate(program):
    """Rows of (ms, and for each series requests and devices served) a tenth of a second."""
    arguments = [program, str(DEVICES), str(CAPACITY), str(SECONDS)]
    lines = subprocess.run(arguments, capture_output=True, text=True, check=True).stdout.splitlines()
    return [[int(word) for word in line.split()] for line in lines[1:]]


def panel(top, title, values, most, lines):
    """One curve per series over the seconds."""
    out = [f'<text x="{LEFT}" y="{top - 12}" class="title">{title}</text>']
    for value in lines:
        y = top + HEIGHT - HEIGHT * value / most
        out.append(f'<line x1="{LEFT}" x2="{LEFT + WIDTH}" y1="{y:.1f}" y2="{y:.1f}" class="grid"/>')
        out.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" class="right">{value:,}</text>')
    for (name, _, colour), row in zip(SERIES, values):
        step = WIDTH / len(row)
        points = " ".join(f"{LEFT + i * step:.1f},{top + HEIGHT - HEIGHT * value / most:.1f}" for i, value in enumerate(row))
        out.append(f'<polyline points="{points}" stroke="{colour}" class="curve"><title>{name}</title></polyline>')
    for second in range(0, SECONDS + 1, 10):
        out.append(f'<text x="{LEFT + WIDTH * second / SECONDS:.1f}" y="{top + HEIGHT + 18}" class="middle">{second} s</text>')
    return out


def draw(rows):
    requests = [[row[column] for row in rows] for _, column, _ in SERIES]
    tokens = []
    for _, column, _ in SERIES:
        total = 0
        tokens.append([total := total + row[column + 1] for row in rows])
    second = TOP + HEIGHT + GAP
    legend = "".join(
        f'<rect x="{LEFT + 330 + 130 * i}" y="12" width="22" height="4" fill="{colour}"/><text x="{LEFT + 360 + 130 * i}" y="18">{name}</text>'
        for i, (name, _, colour) in enumerate(SERIES)
    )
    body = panel(TOP, "Requests that reach the issuer, a tenth of a second", requests, DEVICES, (0, 2500, 5000, 7500, 10000))
    body += panel(second, "Devices that have their token", tokens, DEVICES, (0, 2500, 5000, 7500, 10000))
    style = (
        "text{font:12px sans-serif;fill:#333}.title{font-weight:bold}.right{text-anchor:end}.middle{text-anchor:middle}"
        ".grid{stroke:#ddd}.curve{fill:none;stroke-width:1.6}"
    )
    size = f'width="{LEFT + WIDTH + 24}" height="{second + HEIGHT + 32}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}><style>{style}</style><rect width="100%" height="100%" fill="#fff"/>{legend}' + "\n".join(body) + "</svg>\n"


def main():
    rows = simulate(sys.argv[1])
    pathlib.Path(sys.argv[2]).write_text(draw(rows))
    for name, column, _ in SERIES:
        given = sum(row[column + 1] for row in rows)
        busiest = max(row[column] for row in rows[1:])
        total = 0
        done = next((row[0] / 1000 for row in rows if (total := total + row[column + 1]) >= DEVICES), None)
        print(f"{name}: {sum(row[column] for row in rows):,} requests, {busiest:,} in the busiest tenth of a second after the first, {given:,} devices with a token"
              + (f", the last one after {done} s" if done else f" in {SECONDS} s"))


if __name__ == "__main__":
    main()
