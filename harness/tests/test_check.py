# SPDX-License-Identifier: GPL-2.0
"""Tests of harness/check, arches and baseline that need no kernel."""

import ast
import sys
import tempfile
import unittest
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

HARNESS = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(HARNESS))

import checks_repo  # noqa: E402
import kobj  # noqa: E402


def script(name):
    """A tool without suffix as a module."""
    loader = SourceFileLoader(f"tool_{name}", str(HARNESS / name))
    module = module_from_spec(spec_from_loader(loader.name, loader))
    sys.modules[loader.name] = module
    loader.exec_module(module)
    return module


class Diagnostics(unittest.TestCase):
    """What is read from the output of make."""

    def setUp(self):
        self.kernel = kobj.Kernel("/src/linux", "/src/o-arm", "arm")

    def test_paths(self):
        """Absolute and relative paths become paths in the tree."""
        found = self.kernel.diagnostics(
            "/src/linux/kernel/a.c:3:9: warning: unused [-Wunused]\n"
            "../linux/lib/b.c:4:1: error: no such thing\n"
            "  CC      kernel/a.o\n")
        self.assertEqual([str(d) for d in found],
                         ["kernel/a.c:3: warning: unused [-Wunused]",
                          "lib/b.c:4: error: no such thing"])
        self.assertTrue(found[0].from_gcc)
        self.assertFalse(found[1].from_gcc)

    def test_once(self):
        """The same line twice is one diagnostic."""
        line = "/src/linux/a.h:1:1: warning: x\n"
        self.assertEqual(len(self.kernel.diagnostics(line * 2)), 1)

    def test_against_stock(self):
        """Moved lines are no news, a second one of a kind is."""
        def diag(line):
            return kobj.Diagnostic("a.c", line, "warning", f"at {line}")
        new = kobj.new_against([diag(5), diag(9)], [diag(1)])
        self.assertEqual([d.line for d in new], [9])


class Selection(unittest.TestCase):
    """Which objects a configuration builds."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        tree = Path(self.folder.name)
        for path, text in {
                "kernel/Makefile": "obj-y = a.o \\\n\tb.o\n"
                                   "obj-$(CONFIG_T) += trace/\n"
                                   "obj-$(CONFIG_U) += trace/\n"
                                   "obj-$(CONFIG_M) += multi.o\n"
                                   "multi-y := part.o\n"
                                   "multi-$(CONFIG_X) += extra.o\n",
                "kernel/trace/Makefile": "obj-$(CONFIG_F) += f.o\n",
                "mm/Makefile": "ifeq ($(CONFIG_A),y)\n  obj-$(CONFIG_C) += a.o\n"
                               "else\n  obj-$(CONFIG_C) += b.o\nendif\n"
                               "ifdef CONFIG_D\nobj-y += d.o\nendif\n",
                "lib/Makefile": "lib-y := l.o\n"}.items():
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            (tree / path).write_text(text)
        self.tree = tree

    def builds(self, target, **config):
        """Ask with a configuration."""
        return kobj.Selector(self.tree, config).builds(target)

    def test_plain(self):
        """obj-y, lib-y and continued lines."""
        for target in ("kernel/a.o", "kernel/b.o", "lib/l.o"):
            self.assertTrue(self.builds(target))
        self.assertFalse(self.builds("kernel/c.o"))

    def test_folder(self):
        """A folder is entered by any of its symbols."""
        self.assertFalse(self.builds("kernel/trace/f.o", F="y"))
        self.assertFalse(self.builds("kernel/trace/f.o", U="y"))
        self.assertTrue(self.builds("kernel/trace/f.o", F="y", U="y"))

    def test_composite(self):
        """Parts of a module of several objects."""
        self.assertTrue(self.builds("kernel/part.o", M="m"))
        self.assertFalse(self.builds("kernel/part.o"))
        self.assertFalse(self.builds("kernel/extra.o", M="m"))
        self.assertTrue(self.builds("kernel/extra.o", M="m", X="y"))

    def test_conditional(self):
        """What a condition on one symbol leaves out."""
        self.assertTrue(self.builds("mm/a.o", A="y", C="y"))
        self.assertFalse(self.builds("mm/b.o", A="y", C="y"))
        self.assertFalse(self.builds("mm/a.o", C="y"))
        self.assertTrue(self.builds("mm/b.o", C="y"))
        self.assertFalse(self.builds("mm/d.o"))
        self.assertTrue(self.builds("mm/d.o", D="y"))


class Repository(unittest.TestCase):
    """The checks of the repository's own files."""

    def test_functions(self):
        """Bodies are counted, initialisers are not functions."""
        text = ("static const int t[] = {\n\t1,\n};\n\n"
                "static int long_name(int a,\n\t\t     int b)\n"
                "{\n\tif (a) {\n\t\tb++;\n\t}\n\treturn b;\n}\n")
        self.assertEqual(list(checks_repo.functions(text)),
                         [("long_name", 7, 4)])

    def test_forbidden(self):
        """Machine paths, unknown hosts and tags are found, others not."""
        for line in ("cd /wor" + "k/tree", "https:" + "//mirror.inter.nal/x",
                     "Signed-off" + "-by: A <a@b>", "// FIX" + "ME later"):
            self.assertTrue(checks_repo.forbidden(line), line)
        for line in ("a/work/tree", "https://www.kernel.org/doc",
                     "a helper does this", "no Signed-off" + "-by here"):
            self.assertFalse(checks_repo.forbidden(line), line)

    def test_imports(self):
        """Imports that nothing uses are named with their line."""
        tree = ast.parse("import os\nimport re as r\nr.compile\n")
        self.assertEqual(checks_repo.unused_imports(tree), [("os", 1)])

    def test_python_file(self):
        """Undefined names, broken syntax and bare except are found."""
        self.assertEqual(checks_repo.python_file("a", "def f():\n  g()\n"),
                         ["a: g is used and not defined"])
        self.assertEqual(len(checks_repo.python_file("a", "def f(:\n")), 1)
        self.assertEqual(len(checks_repo.python_file(
            "a", "try:\n  pass\nexcept:\n  pass\n")), 1)
        self.assertEqual(checks_repo.python_file(
            "a", "x = 1\ndef f():\n  return len([x for _ in ()])\n"), [])


class Baseline(unittest.TestCase):
    """Verdicts out of a console."""

    def setUp(self):
        self.tool = script("baseline")

    def test_summaries(self):
        """The three suites have three forms."""
        lines = ["test_bpf: Summary: 10 PASSED, 0 FAILED, [9/10 JIT'ed]",
                 "test_bpf: test_tail_calls: Summary: 8 PASSED, 1 FAILED, "
                 "[8/8 JIT'ed]",
                 "test_bpf: test_skb_segment: Summary: 2 PASSED, 0 FAILED"]
        self.assertEqual(list(self.tool.bpf_summaries(lines)),
                         ["test_bpf main: 10 PASSED 0 FAILED 9/10 JITed",
                          "test_bpf tail_calls: 8 PASSED 1 FAILED 8/8 JITed",
                          "test_bpf skb_segment: 2 PASSED 0 FAILED"])

    def test_plain(self):
        """Addresses and numbers do not make a difference."""
        self.assertEqual(self.tool.plain("at ffffffff81000000 CPU: 1"),
                         self.tool.plain("at ffff888012345678 CPU: 0"))

    def test_complete(self):
        """A run without one kind of test is refused."""
        with self.assertRaises(self.tool.Failure):
            self.tool.complete(["demo ext4: loads, unloads"])


class Matrix(unittest.TestCase):
    """The table of architectures."""

    def test_targets(self):
        """Names are unique, compilers have a prefix."""
        targets = script("arches").TARGETS
        self.assertEqual(len({t.name for t in targets}), len(targets))
        for target in targets:
            self.assertEqual(target.cross == "", target.package == "gcc")


if __name__ == "__main__":
    unittest.main()
