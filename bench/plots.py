#!/usr/bin/env python3
"""Draws the plots of docs/benchmarks.md from the lines that the benchmarks print.

    bench/plots.py RESULTS... [--into docs/plots]

One SVG per figure against the number of lite topics, one line per label. Needs only Python 3.
"""
import argparse
import json
import math
import os
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 820, 420
LEFT, RIGHT, TOP, BOTTOM = 76, 268, 44, 56
COLOURS = ["#0b6e99", "#c2410c", "#4d7c0f", "#7e22ce", "#a16207", "#be123c"]
DASHES = ["", "7 4", "2 3"]

# From here on, from the smallest to the largest value, an axis that begins at 0 hides the small.
WIDE = 25


def lines(paths):
    for path in paths:
        with open(path, encoding="utf-8") as file:
            for line in file:
                if line.startswith("{"):
                    yield json.loads(line)


def ticks(low, high):
    """Powers of ten that span the values."""
    return [10.0**power for power in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)]


def number(value):
    for unit, size in (("M", 1e6), ("k", 1e3)):
        if value >= size:
            return f"{value / size:g}{unit}"
    return f"{value:g}"


class Plot:
    """A chart with a logarithmic x axis, and a y axis from 0, or logarithmic where values differ much.

    What is before the comma in a label says the colour, what is behind it the dashes.
    """

    def __init__(self, title, unit, series, log_y=False):
        self.title, self.unit = title, unit
        self.series = {label: sorted(points) for label, points in series.items() if points}
        xs = [x for points in self.series.values() for x, _ in points]
        ys = [y for points in self.series.values() for _, y in points]
        self.log_y = min(ys) > 0 and (log_y or max(ys) / min(ys) > WIDE)
        self.x_ticks = ticks(min(xs), max(xs)) if min(xs) != max(xs) else [min(xs) / 10, max(xs) * 10]
        if self.log_y:
            self.y_ticks = ticks(min(ys), max(ys))
        else:
            step = 10 ** math.floor(math.log10(max(ys)))
            step = next(s for s in (step / 5, step / 2, step, step * 2) if max(ys) / s <= 6)
            self.y_ticks = [step * i for i in range(math.ceil(max(ys) / step) + 1)]

    def x(self, value):
        low, high = math.log10(self.x_ticks[0]), math.log10(self.x_ticks[-1])
        return LEFT + (math.log10(value) - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    def y(self, value):
        if self.log_y:
            low, high = math.log10(self.y_ticks[0]), math.log10(self.y_ticks[-1])
            share = (math.log10(value) - low) / (high - low) if high > low else 0.5
        else:
            share = value / self.y_ticks[-1]
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)

    def svg(self):
        out = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
            'font-family="sans-serif" font-size="13">',
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
            f'<text x="{LEFT}" y="24" font-size="15" font-weight="bold">{escape(self.title)}</text>',
        ]
        for tick in self.y_ticks:
            y = self.y(tick)
            out.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#e5e7eb"/>')
            out.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{number(tick)}</text>')
        for tick in self.x_ticks:
            x = self.x(tick)
            out.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}" stroke="#f3f4f6"/>')
            out.append(f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{number(tick)}</text>')
        middle = (LEFT + WIDTH - RIGHT) / 2
        out.append(f'<text x="{middle}" y="{HEIGHT - 12}" text-anchor="middle">lite topics</text>')
        out.append(
            f'<text transform="translate(18 {(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" '
            f'text-anchor="middle">{escape(self.unit)}</text>'
        )
        servers = list(dict.fromkeys(label.split(",")[0] for label in self.series))
        kinds = list(dict.fromkeys(label.partition(",")[2] for label in self.series))
        for index, (label, points) in enumerate(self.series.items()):
            server, _, kind = label.partition(",")
            # With one server only, its lines are told apart by colour.
            nth, dash = (servers.index(server), kinds.index(kind)) if len(servers) > 1 else (index, 0)
            colour = COLOURS[nth % len(COLOURS)]
            dashes = DASHES[dash % len(DASHES)]
            path = " ".join(f"{self.x(x):.1f},{self.y(y):.1f}" for x, y in points)
            stroke = f'stroke="{colour}" stroke-width="2"' + (f' stroke-dasharray="{dashes}"' if dashes else "")
            out.append(f'<polyline points="{path}" fill="none" {stroke}/>')
            for x, y in points:
                out.append(
                    f'<circle cx="{self.x(x):.1f}" cy="{self.y(y):.1f}" r="3" fill="{colour}">'
                    f"<title>{number(x)}: {y:g}</title></circle>"
                )
            row = TOP + 10 + index * 20
            out.append(f'<line x1="{WIDTH - RIGHT + 10}" x2="{WIDTH - RIGHT + 34}" y1="{row - 3}" y2="{row - 3}" {stroke}/>')
            out.append(f'<text x="{WIDTH - RIGHT + 40}" y="{row + 2}">{escape(label)}</text>')
        out.append("</svg>")
        return "\n".join(out) + "\n"


def collect(found, case, value, label=lambda line: line.get("label", ""), when=lambda line: True):
    series = {}
    for line in found:
        if line["case"] == case and value in line and line.get("liteTopics", 0) > 0 and when(line):
            series.setdefault(label(line), {})[line["liteTopics"]] = line[value]
    return {name: list(points.items()) for name, points in series.items()}


def plots(found):
    def kind(line):
        return f"{line.get('label', '')}, {'first message' if line['messagesTo'] == 'new' else 'old ones'}"

    def measured(line):
        return line["messagesTo"] in ("new", "old")

    def by_one(line):
        return line["phase"] == "steady" and line["clients"] == 1

    yield "create-cpu", "Server CPU for a message to a lite topic", "µs per message", collect(
        found, "lite-create", "serverCpuMicrosPerMessage", kind, measured), False
    yield "create-rate", "First messages to new lite topics", "per second", collect(
        found, "lite-create", "messagesPerSecond", when=lambda line: line["messagesTo"] == "new"), False
    yield "memory", "Resident memory of the idle server", "MiB", collect(
        found, "lite-idle", "serverRssMib"), False
    yield "restart", "From the start of the process to the first send answered", "seconds", collect(
        found, "restart", "firstSendSeconds",
        lambda line: f"{line.get('label', '')}, {line['start']}".strip(", "),
        lambda line: line["start"] != "first"), False
    yield "follow", "Followed lite topics: from send to reception, p99", "ms", collect(
        found, "lite-follow", "p99Millis", when=by_one), True
    yield "subscribe", "One client follows so many: until the server knows", "seconds", collect(
        found, "lite-follow", "subscribeSeconds", when=by_one), True


def main():
    parser = argparse.ArgumentParser(description="Draws the plots of docs/benchmarks.md.")
    parser.add_argument("results", nargs="+", help="files with lines of JSON, as the benchmarks print them")
    parser.add_argument("--into", default="docs/plots", help="folder of the SVG files")
    options = parser.parse_args()
    os.makedirs(options.into, exist_ok=True)
    found = list(lines(options.results))
    for name, title, unit, series, log_y in plots(found):
        if series:
            path = os.path.join(options.into, name + ".svg")
            with open(path, "w", encoding="utf-8") as file:
                file.write(Plot(title, unit, series, log_y).svg())
            print(path)


if __name__ == "__main__":
    main()
