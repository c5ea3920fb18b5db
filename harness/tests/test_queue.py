#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""harness/queue on a small made-up base; no network, no kernel."""

import os
import shutil
import subprocess
import unittest

from queue_root import BASE, PACKAGE, QueueTest, git, make_tarball


def setUpModule():
    QueueTest.prepare()


def tearDownModule():
    QueueTest.tmp.cleanup()


class Fetch(QueueTest):
    def test_import(self):
        tree = self.clean.tree
        self.assertEqual((tree / ".gitignore").read_text(), "*.o\n")
        self.assertEqual(git(tree, "log", "--format=%an <%ae> %cn %at %ct %B"),
                         "execmem series <series@execmem.invalid> execmem "
                         "series 1767225600 1767225600 Debian "
                         f"{PACKAGE} 6.1.0-1")
        self.assertIn("100755", git(tree, "ls-tree", "HEAD", "tools/run.sh"))
        self.assertEqual(git(tree, "status", "--porcelain"), "")
        self.assertEqual(git(tree, "symbolic-ref", "HEAD"), "refs/heads/series")
        self.assertEqual(git(tree, "config", "gc.auto"), "0")
        again = self.new_root("again")
        self.must(again.run("fetch"))
        self.assertEqual(again.head(), self.clean.head())
        before = (again.tree / "Makefile").stat().st_mtime_ns
        self.must(again.run("fetch"))
        self.assertEqual((again.tree / "Makefile").stat().st_mtime_ns, before)
        self.assertEqual(list((again.path / "build").glob("queue-*")), [])

    def test_refusals(self):
        root = self.new_root("refusals")
        other = self.dir / "other.tar.xz"
        make_tarball(other, {"Makefile": ""})
        root.cache(other, "6.1.0-1")
        self.fails(root.run("fetch"), "checksum is not the one")
        self.assertFalse(root.tree.exists())
        root.tree.mkdir(parents=True)
        self.fails(root.run("fetch"), "is no git tree")
        root.change("base", "version=6.1.0-1\n", "")
        self.fails(root.run("fetch"), "no value for {'version'}")

    def test_unknown_packaging(self):
        root, odd = self.new_root("packaging"), self.dir / "odd.tar.xz"
        files = {**BASE, ".gitignore": "*.o\n# Another stanza\n/*\n"}
        root.change("base", self.sum, make_tarball(odd, files))
        root.cache(odd, "6.1.0-1")
        self.fails(root.run("fetch"), ".gitignore of the base ignores '/*'")
        self.assertFalse(root.tree.exists())

    def fake_apt(self, versions):
        """apt that serves a .deb made here; returns the folder for PATH."""
        where = self.dir / f"{self.id()}.apt{len(versions)}"
        (where / "deb/usr/src").mkdir(parents=True)
        (where / "deb/DEBIAN").mkdir()
        shutil.copy(self.tarball, where / f"deb/usr/src/{PACKAGE}.tar.xz")
        newest = versions[-1] if versions else "0"
        (where / "deb/DEBIAN/control").write_text(
            f"Package: {PACKAGE}\nVersion: {newest}\nArchitecture: all\n"
            "Maintainer: x <x@x.invalid>\nDescription: x\n")
        subprocess.run(["dpkg-deb", "-Znone", "-b", where / "deb",
                        where / f"{PACKAGE}_{newest}_all.deb"],
                       check=True, capture_output=True)
        lines = "".join(f"{PACKAGE} | {v} | http://x main\\n" for v in versions)
        for name, text in (("apt-cache", f"printf '{lines}'"),
                           ("apt-get", f"cp '{where}'/*.deb ." if versions else
                            '[ "$2" = update ] || { echo E: no network >&2;'
                            " exit 1; }")):
            (where / name).write_text(f"#!/bin/sh\n{text}\n")
            (where / name).chmod(0o755)
        return where

    @unittest.skipUnless(shutil.which("dpkg-deb"), "needs dpkg-deb")
    def test_archive(self):
        root = self.new_root("archive")
        shutil.rmtree(root.path / "build")
        self.must(root.run("fetch", path=self.fake_apt(["6.0.9-1", "6.1.0-1"])))
        self.assertEqual(root.head(), self.clean.head())
        apt = self.fake_apt([])
        shutil.rmtree(root.path / "build")
        self.fails(root.run("fetch", path=apt), "and no archive: E: no network")

    @unittest.skipUnless(shutil.which("dpkg-deb"), "needs dpkg-deb")
    def test_pinned_version_gone(self):
        root = self.copy_of(self.full, "gone")
        shutil.rmtree(root.path / "build")
        root.change("base", self.sum, "0" * 64)
        apt = self.fake_apt(["6.1.10-1", "6.1.9-1", "6.1.11-1"])
        out = self.must(root.run("compose", path=apt))
        self.assertIn(f"{PACKAGE} 6.1.0-1 is gone from the archive: using "
                      "6.1.11-1, hunks may be offset\n", out)
        self.assertIn("base/6.1.11-1", git(root.tree, "tag"))
        self.assertIn("up to date", self.must(root.run("compose", path=apt)))
        self.assertIn("note D5", self.must(root.run("check", path=apt)))


class Refresh(QueueTest):
    def test_form(self):
        root = self.full
        self.assertEqual(root.read("patches/series"), """\
kernel-add-new-thing.patch
lib-replace-old-by-less.patch
kernel-only-add-a-file.patch
""")
        text = root.read("patches/kernel-add-new-thing.patch")
        head, _, diff = text.partition("diff --git")
        lines = head.splitlines()
        self.assertEqual(lines[:2], [
            "From " + "0" * 40 + " Mon Sep 17 00:00:00 2001",
            "From: execmem series <series@execmem.invalid>"])
        self.assertRegex(lines[2], r"^Date: .* \+0000$")
        self.assertEqual(lines[3:], [
            "Subject: [PATCH] kernel: Add new thing", "", "It is   new.", "",
            "Very.", "---", "Adds: kernel/new/n.c", "Adds: tools/go.sh", ""])
        self.assertEqual(diff.splitlines()[1:4], [
            "--- a/kernel/a.c", "+++ b/kernel/a.c",
            "@@ -18,7 +18,7 @@ int a_16;"])
        text = root.read("patches/lib-replace-old-by-less.patch")
        self.assertIn("---\nAdds: lib/less.c\nRemoves: lib/old.c\n\ndiff", text)
        self.assertNotIn("old_1", text)
        self.assertTrue(root.read("patches/kernel-only-add-a-file.patch")
                        .endswith("---\nAdds: kernel/only.c\n"))
        self.assertEqual(root.read("kernel/new/n.c"), "int n;\n")
        self.assertTrue(os.access(root.path / "tools/go.sh", os.X_OK))
        self.assertFalse(os.access(root.path / "kernel/only.c", os.X_OK))

    def test_then_compose_is_a_no_op(self):
        root, head = self.root(), self.full.head()
        self.assertIn("up to date", self.must(root.run("compose")))
        self.must(root.run("refresh"))
        composed = git(root.tree, "rev-parse", "refs/queue/composed")
        self.assertEqual([composed, root.head()], [head] * 2)

    def test_refusals(self):
        edit = {"kernel__b_dot_c": BASE["kernel/b.c"] + "int hook;\n"}
        for name, text, message, files in (
                ("squash", "n.c: changes or removes a whole file: squash",
                 "kernel: Later", {"kernel__new__n_dot_c": "int m;\n"}),
                ("delete", "n.c: changes or removes a whole file",
                 "kernel: Later", {"kernel__new__n_dot_c": None}),
                ("back", "lib/old.c: is there already", "lib: Back",
                 {"lib__old_dot_c": "int x;\n"}),
                ("root", "is not below a directory of the base", "x: Root",
                 {"README_dot_md": "x\n"}),
                ("slug", "has the file name of", "kernel: ADD new thing", edit),
                ("empty", "has no subject", "", edit),
                ("text", "has a subject and no text", "kernel: B", edit),
                ("nothing", "changes nothing", "kernel: Nothing", {}),
                ("signed", "has a Signed-off-by line",
                 "kernel: B\n\nSigned-off-by: X <x@x.invalid>\n", edit),
                ("dashes", "git am would end its message at '---'",
                 "kernel: B\n\nText\n---\nmore\n", edit),
                ("fixup", "is to be squashed first", "fixup! kernel: B", edit),
                ("binary", "whole files are named by", "kernel: Binary",
                 {"kernel__b_dot_c": "\0"})):
            with self.subTest(name):
                root = self.copy_of(self.full, "refuse-" + name)
                if "\n" not in message and name not in ("empty", "text"):
                    message += "\n\nText.\n"
                root.commit(message, **files)
                head, series = root.head(), root.read("patches/series")
                self.fails(root.run("refresh"), text, head[:12])
                self.assertEqual(root.head(), head)
                self.assertEqual(root.read("patches/series"), series)

    def test_merge_and_symlink(self):
        root = self.root()
        git(root.tree, "checkout", "-q", "-b", "side", "HEAD^")
        root.commit("kernel: Side\n\nText.\n", kernel__side_dot_c="int s;\n")
        git(root.tree, "checkout", "-q", "series")
        git(root.tree, "merge", "-q", "-m", "kernel: Merge", "side")
        os.symlink("n.c", root.tree / "kernel/new/link.c")
        git(root.tree, "add", "kernel/new/link.c")
        git(root.tree, "commit", "-q", "-m", "kernel: Link")
        self.fails(root.run("refresh"), "is a merge", "is no plain file")

    def test_series_keeps_comments(self):
        root = self.root()
        root.write("patches/series", """\
# one
kernel-add-new-thing.patch
# two
# lines
lib-replace-old-by-less.patch

# three
kernel-only-add-a-file.patch
# end
""")
        root.commit("kernel: Last\n\nText.\n", kernel__last_dot_c="int l;\n")
        self.must(root.run("refresh"))
        self.assertTrue(root.read("patches/series").endswith(
            "# three\nkernel-only-add-a-file.patch\nkernel-last.patch\n"
            "# end\n"))
        git(root.tree, "reset", "-q", "--hard", "base/6.1.0-1")
        root.commit("kernel: First\n\nText.\n", kernel__first_dot_c="int f;\n")
        root.commit("lib: Renamed\n\nText.\n", lib__less_dot_c="int less;\n")
        root.commit("kernel: Only add (a file)\n\nText.\n",
                    kernel__only_dot_c="int only;\n")
        self.must(root.run("refresh"))
        self.assertEqual(root.read("patches/series"), """\
kernel-first.patch
lib-renamed.patch
# one
# two
# lines

# three
kernel-only-add-a-file.patch
# end
""")
        self.assertFalse((root.path / "kernel/new").exists())
        self.assertFalse((root.path / "tools").exists())
        self.assertFalse((root.path / "patches/kernel-last.patch").exists())
        self.assertTrue((root.path / "kernel/first.c").exists())
        self.must(root.run("check"))

    def test_keeps_what_was_not_composed(self):
        root = self.root()
        root.write("kernel/only.c", "int edited;\n")
        root.commit("kernel: Last\n\nText.\n", kernel__last_dot_c="int l;\n")
        self.fails(root.run("refresh"), "kernel/only.c: changed since",
                   "make tree")
        self.assertEqual(root.read("kernel/only.c"), "int edited;\n")
        self.must(root.run("refresh", "--force"))
        self.assertEqual(root.read("kernel/only.c"), "int only;\n")
        first = "patches/kernel-add-new-thing.patch"
        root.change(first, "Very.", "Quite.")
        self.fails(root.run("refresh"), f"{first}: changed since", "make tree")
        self.must(root.run("compose"))
        self.must(root.run("refresh"))
        self.assertIn("Quite.", root.read(first))

    def test_uncommitted_work_stays(self):
        root = self.root()
        root.commit("kernel: Last\n\nText.\n", kernel__last_dot_c="int l;\n")
        root.in_tree("kernel/b.c", "wip\n")
        root.in_tree("kernel/wip.c", "wip\n")
        out = self.must(root.run("refresh"))
        self.assertIn("2 uncommitted files", out)
        self.assertEqual(root.in_tree("kernel/b.c"), "wip\n")
        self.assertEqual(git(root.tree, "status", "--porcelain", "-uall"),
                         "M kernel/b.c\n?? kernel/wip.c")


class Stock(QueueTest):
    def test_made_once(self):
        root = self.root()
        stock = root.path / "build/stock"
        self.assertIn("base/6.1.0-1", self.must(root.run("stock")))
        self.assertEqual((stock / "lib/old.c").read_text(), BASE["lib/old.c"])
        self.assertFalse((stock / "kernel/only.c").exists())
        self.assertEqual(self.must(root.run("stock")), "")
        self.must(root.run("check"))

    def test_left_behind(self):
        root = self.root()
        stock = root.path / "build/stock"
        self.must(root.run("stock"))
        git(stock, "checkout", "-q", "series", "--detach")
        self.assertTrue((stock / "kernel/only.c").exists())
        self.must(root.run("stock"))
        self.assertFalse((stock / "kernel/only.c").exists())
        shutil.rmtree(stock)
        self.must(root.run("stock"))
        self.assertTrue((stock / "lib/old.c").exists())

    def test_something_else(self):
        root = self.root()
        root.write("build/stock/Kbuild", "mine\n")
        self.fails(root.run("stock"), "is no git tree")
        self.assertEqual(root.read("build/stock/Kbuild"), "mine\n")


class Compose(QueueTest):
    def test_same_ids_elsewhere(self):
        root = self.root()
        shutil.rmtree(root.path / "build")
        root.cache(self.tarball, "6.1.0-1")
        self.must(root.run("compose"))
        self.assertEqual(root.head(), self.full.head())
        self.assertEqual(git(root.tree, "status", "--porcelain"), "")
        self.assertFalse((root.tree / "lib/old.c").exists())
        self.assertTrue(os.access(root.tree / "tools/go.sh", os.X_OK))

    def test_touches_only_what_differs(self):
        root = self.root()
        files = [p for p in root.tree.rglob("*.[ch]") if ".git" not in p.parts]
        for path in files:
            os.utime(path, ns=(10 ** 18, 10 ** 18))
        root.write("kernel/only.c", "int edited;\n")
        self.must(root.run("compose"))
        changed = [p.name for p in files if p.stat().st_mtime_ns != 10 ** 18]
        self.assertEqual(changed, ["only.c"])
        self.assertEqual(root.in_tree("kernel/only.c"), "int edited;\n")
        self.assertEqual(git(root.tree, "status", "--porcelain"), "")

    def test_refuses_to_lose_work(self):
        for name, spoil, text in (
                ("edit", lambda r: r.in_tree("kernel/b.c", "x\n"),
                 "not committed: kernel/b.c"),
                ("new", lambda r: r.in_tree("kernel/c.c", "x\n"),
                 "not committed: kernel/c.c"),
                ("commit", lambda r: r.commit("k: X", kernel__c_dot_c="x\n"),
                 " k: X"),
                ("reset", lambda r: git(r.tree, "reset", "-q", "--hard",
                                        "HEAD^"), "not what was composed"),
                ("detached", lambda r: git(r.tree, "checkout", "--detach"),
                 "not on branch series")):
            with self.subTest(name):
                root = self.copy_of(self.full, "lose-" + name)
                spoil(root)
                root.write("kernel/only.c", "int edited;\n")
                head = root.head()
                self.fails(root.run("compose"), text, "make refresh")
                self.assertEqual(root.head(), head)
        root = self.root()
        root.in_tree("kernel/ignored.o", "x\n")
        self.must(root.run("compose"))

    def test_names_what_does_not_apply(self):
        name = "patches/kernel-add-new-thing.patch"
        for case, old, new, texts in (
                ("context", " int a_18;", " int a_x;",
                 [f"{name}: kernel/a.c: hunk @@ -18 does not apply"]),
                ("blank", " int a_18;", " int  a_18;", ["@@ -18 does not"]),
                ("offset", "-18,7 +18,7", "-15,7 +15,7",
                 [f"{name}: kernel/a.c: Hunk #1", "offset 3 lines"]),
                ("damaged", "-18,7 +18,7", "-18,8 +18,8",
                 [f"{name}: kernel/a.c: hunk @@ -18,8", "is damaged"]),
                ("surplus", " int a_23;", " int a_23;\n int a_24;\n+int lost;",
                 [f"{name}: kernel/a.c: hunk @@ -18,7", "is damaged"]),
                ("cut", "-int a_20;\n", "", ["is damaged"]),
                ("file", "kernel/a.c", "kernel/q.c", ["q.c: does not exist"]),
                ("new", "--- a/kernel", "new file mode 100644\n--- a/kernel",
                 ["whole files are named by Adds:"]),
                ("adds", "Adds: tools/go.sh", "Adds: tools/run.sh",
                 ["tools/run.sh: is there already"]),
                ("missing", "Adds: tools/go.sh", "Adds: tools/gone.sh",
                 ["tools/gone.sh: is not in the repository"]),
                ("under", "kernel/new", "kernel/a.c", ["directory"]),
                ("above", "kernel/new", "../x", ["not below a dir"]),
                ("escape", "kernel/new", "kernel/../x", ["not a usable path"]),
                ("order", "Adds: k", "Adds: z\nAdds: k", ["line 10 is"]),
                ("removes", "tools/go.sh\n", "tools/go.sh\nRemoves: lib/x.c\n",
                 ["lib/x.c: there is no such file to remove"]),
                ("header", "Subject: ", "Subjct: ", ["not in the form"]),
                ("whole", "kernel/a.c", "tools/go.sh", ["is whole in the"])):
            with self.subTest(case):
                root = self.copy_of(self.full, "apply-" + case)
                head = root.head()
                root.change(name, old, new)
                result = root.run("compose")
                self.fails(result, name, *texts)
                self.assertNotIn("searching", result[1])
                self.assertNotIn("int a_", result[1].replace("int a_16", ""))
                self.assertEqual(root.head(), head)
                self.assertEqual(git(root.tree, "status", "--porcelain"), "")


class Check(QueueTest):
    def test_clean(self):
        out = self.must(self.full.run("check"))
        self.assertEqual([x.split()[:2] for x in out.splitlines()],
                         [["ok", f"D{i}"] for i in range(1, 7)])
        self.must(self.full.run("check", "--quick"))

    def test_each_rule(self):
        first = "patches/kernel-add-new-thing.patch"
        only = "patches/kernel-only-add-a-file.patch"
        for case, spoil, quick, text in (
                ("orphan", lambda r: r.write("patches/x.patch", "x\n"), True,
                 "FAIL D1 patches/x.patch: is not in patches/series"),
                ("lost", lambda r: (r.path / first).unlink(), True,
                 f"FAIL D1 {first}: is in patches/series"),
                ("name", lambda r: r.change(first, "Add new", "Add"), True,
                 f"FAIL D1 {first}: its subject"),
                ("double", lambda r: r.write(
                    "patches/series", r.read("patches/series") * 2), True,
                 f"FAIL D1 {first}: is in patches/series twice"),
                ("return", lambda r: r.change(first, "Very.", "Very.\r"),
                 True, f"FAIL D1 {first}: has a carriage return"),
                ("date", lambda r: r.change(first, "+0000", "+0100"), True,
                 f"FAIL D1 {first}: line 3"),
                ("signed", lambda r: r.change(first, "Very", "Signed-off-by:"),
                 True, f"FAIL D1 {first}: has a Signed-off"),
                ("text", lambda r: r.change(only, "No hook yet.\n", ""), True,
                 f"FAIL D1 {only}: has a subject and no"),
                ("stray", lambda r: r.write("mm/x.c", "x\n"), True,
                 "FAIL D2 mm/x.c: no patch names it"),
                ("twice", lambda r: r.change(
                    only, "Adds: ", "Adds: kernel/new/n.c\nAdds: "), True,
                 f"FAIL D2 {only}: kernel/new/n.c: is added"),
                ("both", lambda r: r.change(first, "kernel/a.c", "tools/go.sh"),
                 True, f"FAIL D3 {first}: tools/go.sh"),
                ("inbase", lambda r: (r.write("kernel/b.c", "x\n"), r.change(
                    first, "Adds: k", "Adds: kernel/b.c\nAdds: k")), False,
                 f"FAIL D3 {first}: kernel/b.c: is there already"),
                ("offset", lambda r: r.change(first, "+18,7", "+15,7"), False,
                 f"FAIL D4 {first}: kernel/a.c: Hunk #1"),
                ("derived", lambda r: r.change(first, " @@ int a_16;", " @@"),
                 False, f"FAIL D5 {first}"),
                ("mail", lambda r: (r.write("kernel/only.c", "int only;\r\n"),
                                    self.must(r.run("compose"))), False,
                 "FAIL D6 git am of the mails gives another tree"),
                ("new", lambda r: r.commit("k: X", lib__x_dot_c="x\n"), False,
                 "has commits that are not refreshed")):
            with self.subTest(case):
                root = self.copy_of(self.full, "rule-" + case)
                spoil(root)
                self.fails(root.run("check", *["--quick"][:quick]), text)


class Export(QueueTest):
    def test_mails_and_diff(self):
        root = self.root()
        out = self.must(root.run("export"))
        self.assertIn("3 patches", out)
        dist = root.path / "dist"
        names = sorted(p.name for p in dist.iterdir())
        self.assertEqual(names, [
            "0000-cover-letter.patch", "0001-kernel-Add-new-thing.patch",
            "0002-lib-Replace-old-by-less.patch",
            "0003-kernel-Only-add-a-file.patch", "execmem-6.1.0-1.patch"])
        cover = (dist / names[0]).read_text()
        self.assertIn("Subject: [PATCH 0/3] test: Series\n\nWhat it is", cover)
        self.assertIn("kernel: Only add (a file)", cover)
        self.assertIn("7 files changed", cover)
        mail = (dist / names[1]).read_text()
        self.assertNotIn("Adds:", mail)
        self.assertIn("+int n;", mail)
        plain = self.dir / "plain"
        tree = git(root.tree, "rev-parse", "HEAD^{tree}")
        git(self.dir, "clone", "-q", "-b", "base/6.1.0-1", root.tree, plain)
        git(plain, "am", "-q", *(str(dist / n) for n in names[1:4]))
        self.assertEqual(git(plain, "rev-parse", "HEAD^{tree}"), tree)
        git(plain, "checkout", "-q", "base/6.1.0-1")
        subprocess.run(["patch", "-d", plain, "-s", "-p1", "--fuzz=0", "-i",
                        dist / names[4]], check=True)
        git(plain, "add", "-A")
        self.assertEqual(git(plain, "write-tree"), tree)
        before = [(dist / x).read_bytes() for x in names]
        (dist / "0009-gone.patch").write_text("")
        self.must(root.run("export"))
        self.assertEqual(before, [x.read_bytes() for x in
                                  sorted(dist.iterdir())])


class Apply(QueueTest):
    def dest(self, **files):
        """Somebody's tree: the base as it would be elsewhere, with changes."""
        where = self.dir / f"{self.id()}.dest{len(files)}"
        git(self.dir, "clone", "-q", "-b", "base/6.1.0-1", self.clean.tree,
            where)
        git(where, "checkout", "-q", "-b", "mine")
        for name, text in files.items():
            path = where / name.replace("__", "/").replace("_dot_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        git(where, "add", "-A")
        git(where, "commit", "-q", "--allow-empty", "-m", "Mine")
        return where

    def test_applies(self):
        dest = self.dest(kernel__a_dot_c="int mine;\n" + BASE["kernel/a.c"])
        out = self.must(self.full.run("apply", dest))
        self.assertIn("kernel/a.c: Hunk #1 succeeded at 19 (offset 1", out)
        self.assertEqual(git(dest, "log", "--format=%s", "-4").splitlines(), [
            "kernel: Only add (a file)", "lib: Replace old by less",
            "kernel: Add new thing", "Mine"])
        self.assertEqual(git(dest, "status", "--porcelain"), "")
        self.assertEqual(git(dest, "symbolic-ref", "HEAD"), "refs/heads/mine")
        self.assertIn("a_20=1", (dest / "kernel/a.c").read_text())
        self.assertTrue(os.access(dest / "tools/go.sh", os.X_OK))
        self.fails(self.full.run("apply", dest), "kernel/new/n.c: is there")

    def untouched(self, dest, *texts):
        head, status = git(dest, "rev-parse", "HEAD"), git(dest, "status", "-s")
        self.fails(self.full.run("apply", dest), *texts)
        self.assertEqual(git(dest, "rev-parse", "HEAD"), head)
        self.assertEqual(git(dest, "status", "-s"), status)

    def test_fuzz_is_refused(self):
        self.untouched(
            self.dest(kernel__a_dot_c=BASE["kernel/a.c"].replace("a_18", "x")),
            "patches/kernel-add-new-thing.patch: kernel/a.c: hunk @@ -18 does")

    def test_later_patch_fails(self):
        self.untouched(self.dest(lib__less_dot_c="mine\n"),
                       "lib-replace-old-by-less.patch: lib/less.c: is there")

    def test_untracked_file_in_the_way(self):
        dest = self.dest()
        (dest / "kernel/only.c").write_text("mine\n")
        self.untouched(dest, "kernel/only.c' would be overwritten")
        self.assertEqual((dest / "kernel/only.c").read_text(), "mine\n")

    def test_wrong_trees(self):
        dest = self.dest()
        (dest / "kernel/b.c").write_text("mine\n")
        self.untouched(dest, "not committed: kernel/b.c")
        self.fails(self.full.run("apply", dest / "kernel"), "is not the top of")
        self.fails(self.full.run("apply", self.dir / "no"), "is not the top")
        self.untouched(self.dest(Makefile="VERSION = 6\nPATCHLEVEL = 12\n"),
                       "is no kernel tree of version 6.1")


class Rebase(QueueTest):
    def rebased(self, old, new):
        root = self.root()
        tarball = self.dir / (self.id() + ".tar.xz")
        files = {**BASE, "kernel/a.c": BASE["kernel/a.c"].replace(old, new)}
        digest = make_tarball(tarball, files)
        root.cache(tarball, "6.1.1-1")
        result = root.run("rebase", "6.1.1-1")
        self.assertIn(f"version=6.1.1-1\ntarball_sha256={digest}",
                      root.read("base"))
        return root, result

    def test_moves(self):
        root, result = self.rebased("int a_17;\n", "int a_17;\nint between;\n")
        out = self.must(result)
        self.assertIn("1:", out)
        self.fails(root.run("compose"), "make refresh")
        self.must(root.run("refresh"))
        self.assertIn("@@ -19,7 +19,7 @@",
                      root.read("patches/kernel-add-new-thing.patch"))
        self.must(root.run("check"))
        self.assertIn("int between;", root.in_tree("kernel/a.c"))
        head = root.head()
        shutil.rmtree(root.tree)
        self.must(root.run("compose"))
        self.assertEqual(root.head(), head)

    def test_conflict(self):
        root, result = self.rebased("int a_20;", "long a_20;")
        self.fails(result, "kernel/a.c", "git rebase --continue")
        self.fails(root.run("compose"), "not on branch series")
        self.fails(root.run("refresh"), "not on branch series")
        self.assertIn("<<<<<<<", root.in_tree("kernel/a.c"))
        root.in_tree("kernel/a.c", BASE["kernel/a.c"].replace(
            "int a_20;", "long a_20=1;"))
        git(root.tree, "add", "kernel/a.c")
        git(root.tree, "rebase", "--continue")
        self.must(root.run("refresh"))
        self.must(root.run("check"))


if __name__ == "__main__":
    unittest.main()
