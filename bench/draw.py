#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Draw the page tables of the area of modules, stock above, this tree below.

usage: bench/draw.py STOCK.txt OURS.txt OUT.png

The dumps are those that bench/workload keeps. matplotlib is the package
python3-matplotlib, which Debian's own interpreter finds.
"""

import sys
from collections import Counter
from pathlib import Path

import matplotlib
matplotlib.use("Agg")
# pylint: disable=wrong-import-position
from matplotlib import pyplot
from matplotlib.patches import Patch

import ptdump

BIN = 64 << 10          # what one column shows
HOLE = 4 << 20          # nothing longer than this is drawn empty
GAP = 32                # columns between what lies apart
MIB = 1 << 20
KINDS = (
    # (leaf, protection): title, colour
    ((1 << 21, "RX"), "executable, 2 MiB", "#1a7f37"),
    ((1 << 12, "RX"), "executable, 4 KiB", "#d1641f"),
    ((1 << 12, "R"), "read-only, 4 KiB", "#7aa6d6"),
    ((1 << 12, "W"), "writable, 4 KiB", "#c9c9c9"),
    ((1 << 21, "R"), "read-only, 2 MiB", "#2f5f9e"),
    ((1 << 21, "W"), "writable, 2 MiB", "#8a8a8a"),
    ((1 << 12, "WX"), "writable and executable, 4 KiB", "#d00000"),
    ((1 << 21, "WX"), "writable and executable, 2 MiB", "#800000"),
)


def read(path):
    """The mappings of the area of modules."""
    found = [m for m in ptdump.parse(Path(path).read_text(
        encoding="utf-8").splitlines()) if m.section == ptdump.MODULES]
    if not found:
        sys.exit(f"draw.py: {path}: nothing is mapped in the area of modules")
    return found


def islands(mappings):
    """(start, end) of what lies together, in whole columns."""
    found = []
    for m in mappings:
        start, end = m.start // BIN * BIN, -(-m.end // BIN) * BIN
        if found and start - found[-1][1] < HOLE:
            found[-1][1] = end
        else:
            found.append([start, end])
    return found


def columns(mappings, places):
    """{kind: the share of each column}, and where each island begins."""
    begin, width = {}, 0
    for start, end in places:
        begin[start] = width
        width += (end - start) // BIN + GAP
    share = {kind: [0.0] * width for kind, _, _ in KINDS}
    for m in mappings:
        first = max(x for x in begin if x <= m.start)
        addr = m.start
        while addr < m.end:
            step = min(m.end, (addr // BIN + 1) * BIN) - addr
            column = begin[first] + (addr - first) // BIN
            share[m.leaf, m.kind][column] += step / BIN
            addr += step
    return share, begin, width - GAP


def legend(axes, mappings):
    """Every kind that there is, with how many leaves."""
    leaves, size = Counter(), Counter()
    for m in mappings:
        leaves[m.leaf, m.kind] += m.leaves
        size[m.leaf, m.kind] += m.bytes
    axes.legend(handles=[
        Patch(color=colour, label=f"{title}: {leaves[kind]:,} leaves,"
              f" {size[kind] / MIB:.1f} MiB")
        for kind, title, colour in KINDS if leaves[kind]],
        loc="upper center", bbox_to_anchor=(0.5, -0.22), ncol=4,
        frameon=False, fontsize=9)


def panel(axes, title, mappings):
    """One kernel."""
    places = islands(mappings)
    share, begin, width = columns(mappings, places)
    base = [0.0] * len(next(iter(share.values())))
    for kind, _, colour in KINDS:
        top = [a + b for a, b in zip(base, share[kind])]
        axes.fill_between(range(len(top)), base, top, step="post",
                          color=colour, linewidth=0)
        base = top
    # Each large leaf for itself
    for m in mappings:
        first = max(x for x in begin if x <= m.start)
        for addr in range(m.start, m.end, m.leaf) if m.leaf > BIN else ():
            axes.axvline(begin[first] + (addr - first) // BIN, color="white",
                         linewidth=0.8)
    for start, end in places:
        x, y = begin[start], begin[start] + (end - start) // BIN
        axes.axvspan(x, y, facecolor="none", edgecolor="#555555",
                     linewidth=0.8)
    axes.set_xticks(list(begin.values()))
    axes.set_xticklabels([f"{x >> 20:x}00000" for x in begin], fontsize=8,
                         family="monospace", ha="left")
    axes.set_yticks([])
    axes.set_ylim(0, 1)
    axes.set_title(title, fontsize=11, loc="left")
    legend(axes, mappings)
    return width


def main():
    """Draw both."""
    if len(sys.argv) != 4:
        sys.exit("usage: bench/draw.py STOCK.txt OURS.txt OUT.png")
    figure, axes = pyplot.subplots(2, 1, figsize=(12, 5.2))
    # One scale for both
    widest = 0
    for place, title, path in zip(axes, ("stock", "this tree"), sys.argv[1:]):
        widest = max(widest, panel(place, title, read(path)))
    for place in axes:
        place.set_xlim(0, widest)
        for side in "top", "right", "left":
            place.spines[side].set_visible(False)
    figure.suptitle("Page tables of the area of modules, address from left to"
                    f" right ({BIN >> 10} KiB a column, gaps left out)",
                    fontsize=12)
    figure.tight_layout()
    figure.savefig(sys.argv[3], dpi=100)
    print(f"drawn: {Path(sys.argv[3]).name},"
          f" {Path(sys.argv[3]).stat().st_size // 1024} KiB")


if __name__ == "__main__":
    main()
