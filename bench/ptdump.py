# SPDX-License-Identifier: GPL-2.0
"""The page tables of x86, as debugfs tells them.

Used by bench/workload and bench/draw.py.
"""

import re
from dataclasses import dataclass

# 0xffffffffa0000000-0xffffffffa0003000 12K ro GLB x pte
LINE = re.compile(r"0x([0-9a-f]{16})-0x([0-9a-f]{16})\s+\d+[KMGTPE]\s+(.*)$")
SECTION = re.compile(r"---\[ (.*) \]---$")
LEAVES = {"pte": 1 << 12, "pmd": 1 << 21, "pud": 1 << 30}
MODULES = "Modules"
KERNEL = "High Kernel Mapping"


@dataclass(frozen=True)
class Mapping:
    """Neighbours that are mapped in the same way; `end` is exclusive."""

    section: str
    start: int
    end: int
    leaf: int
    writable: bool
    executable: bool

    @property
    def bytes(self):
        """How much it maps."""
        return self.end - self.start

    @property
    def leaves(self):
        """With how many entries."""
        return self.bytes // self.leaf

    @property
    def kind(self):
        """The protection in short."""
        return ("W" if self.writable else "R") + \
            ("X" if self.executable else "")

    @property
    def outside(self):
        """Not part of the kernel image."""
        return self.section != KERNEL


def parse(lines):
    """Yield what is mapped; holes have no protection, and are left out."""
    section = ""
    for line in lines:
        line = line.strip()
        if (match := SECTION.match(line)):
            section = match[1]
        elif (match := LINE.match(line)):
            words = match[3].split()
            if not {"ro", "RW"} & set(words) or words[-1] not in LEAVES:
                continue
            yield Mapping(section, int(match[1], 16), int(match[2], 16),
                          LEAVES[words[-1]], "RW" in words, "x" in words)
