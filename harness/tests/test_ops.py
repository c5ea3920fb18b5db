# SPDX-License-Identifier: GPL-2.0
"""What bench/ops.py makes of a console, and which ratios it wants explained."""

import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "bench"))

import ops  # noqa: E402 pylint: disable=wrong-import-position


def counted(factor=1, leave=()):
    """A console of 'opsbench instructions' with three rounds."""
    lines = [f"op {name} {n} 8 {8000 * factor + n} {800 * factor}"
             for name in ops.COUNTED if name not in leave for n in (1, 2, 3)]
    return lines + ["done ops"]


def flushed(hits):
    """A console of 'opsbench flushes' on two CPUs."""
    return [f"flush {name} 8 {hits} 2" for pair in ops.PAIRS
            for name in pair] + ["done ops"]


class Consoles(unittest.TestCase):
    """Parsing."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.console = Path(folder.name) / "console"

    def say(self, lines):
        """Write a console, and return where it is."""
        self.console.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return self.console

    def test_instructions_of_all_threads(self):
        """Both threads count, the median of the rounds is taken."""
        found = ops.instructions(self.say(counted()))
        self.assertEqual(found["bpf_load"], (8000 + 2 + 800) / 8)

    def test_a_missing_operation(self):
        """An operation that nobody counted is no zero."""
        with self.assertRaises(ops.Incomplete):
            ops.instructions(self.say(counted(leave=("kprobe_register",))))

    def test_no_end(self):
        """A guest that died has counted nothing."""
        with self.assertRaises(ops.Incomplete):
            ops.instructions(self.say(counted()[:-1]))

    def test_flushes_per_operation(self):
        """Each flush runs on each CPU, and counts once."""
        found = ops.flushes(self.say(flushed(32)))
        self.assertEqual(found["module_load"], 2)

    def test_flushes_by_broadcast(self):
        """Where no CPU helps, nothing can be counted."""
        self.assertIsNone(ops.flushes(self.say(["flush none", "done ops"])))


class Rows(unittest.TestCase):
    """Comparing."""

    def rows(self, ours, flushes):
        """{operation: row} with all of ours `ours` times stock's."""
        instr = {"stock": {name: 100 for name in ops.COUNTED},
                 "linux": {name: 100 * ours for name in ops.COUNTED}}
        return {r["operation"]: r for r in ops.rows(instr, flushes)}

    def test_what_is_above_the_limit(self):
        """More than 1.10 wants an explanation, 1.10 does not."""
        none = {"stock": None, "linux": None}
        self.assertEqual(self.rows(1.10, none)["bpf_load"]["explain"], "")
        self.assertIn("NOT EXPLAINED",
                      self.rows(1.2, none)["bpf_load+bpf_free"]["explain"])

    def test_flushes_from_nothing(self):
        """One flush where there was none wants an explanation."""
        names = [name for pair in ops.PAIRS for name in pair]
        flushes = {"stock": dict.fromkeys(names, 0),
                   "linux": dict.fromkeys(names, 1)}
        row = self.rows(1, flushes)["kprobe_register"]
        self.assertIn("flushes", row["explain"])
        self.assertEqual(row["flushes_ours"], 1)

    def test_modules_have_instructions_elsewhere(self):
        """Only flushes of modules are counted here."""
        names = [name for pair in ops.PAIRS for name in pair]
        flushes = {tree: dict.fromkeys(names, 1) for tree in ("stock", "linux")}
        row = self.rows(1, flushes)["module_load"]
        self.assertEqual((row["instr_stock"], row["flushes_ratio"]), ("", 1))


if __name__ == "__main__":
    unittest.main()
