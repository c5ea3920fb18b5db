# SPDX-License-Identifier: GPL-2.0
"""A repository with a small made-up base, for the tests of harness/queue."""

import hashlib
import io
import os
import shutil
import subprocess
import tarfile
import tempfile
import unittest
from pathlib import Path

QUEUE = Path(__file__).resolve().parents[1] / "queue"
STANZA = "\n#\n# Debian packaging: ignore the top level\n#\n/*\n!/debian/\n"
PACKAGE = "linux-source-test"


def numbered(name, count=40):
    return "".join(f"int {name}_{i};\n" for i in range(count))


BASE = {
    ".gitignore": "*.o\n" + STANZA,
    "Makefile": "VERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = 0\n",
    "kernel/a.c": numbered("a"),
    "kernel/b.c": numbered("b"),
    "lib/old.c": numbered("old", 5),
    "lib/Makefile": "obj-y += old.o\nobj-y += z.o\n",
    "tools/run.sh": "#!/bin/sh\n",
}


def environment():
    env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    env.update(LC_ALL="C", GIT_CONFIG_GLOBAL=os.devnull,
               GIT_CONFIG_NOSYSTEM="1", GIT_EDITOR="true",
               GIT_AUTHOR_NAME="Some One", GIT_AUTHOR_EMAIL="some@one.invalid",
               GIT_COMMITTER_NAME="Some One",
               GIT_COMMITTER_EMAIL="some@one.invalid")
    return env


def git(where, *args, stdin=None):
    done = subprocess.run(["git", "-C", str(where), *args], input=stdin,
                          text=True, capture_output=True, env=environment())
    if done.returncode:
        raise AssertionError(f"git {args}: {done.stdout}{done.stderr}")
    return done.stdout.strip()


def make_tarball(path, files):
    with tarfile.open(path, "w:xz", preset=0) as tar:
        for name, text in files.items():
            info = tarfile.TarInfo(f"{PACKAGE}/{name}")
            info.size = len(text.encode())
            info.mode = 0o755 if name.endswith(".sh") else 0o644
            tar.addfile(info, io.BytesIO(text.encode()))
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Root:
    """A repository with the queue's files, and its composed tree."""

    def __init__(self, path):
        self.path, self.tree = path, path / "build/linux"

    def cache(self, tarball, version):
        where = self.path / f"build/dl/{PACKAGE}_{version}.tar.xz"
        where.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(tarball, where)

    def run(self, *args, path=None):
        env = environment()
        if path:
            env["PATH"] = f"{path}:{env['PATH']}"
        done = subprocess.run([self.path / "harness/queue", *map(str, args)],
                              text=True, capture_output=True, env=env)
        return done.returncode, done.stdout + done.stderr

    def read(self, path):
        return (self.path / path).read_text()

    def write(self, path, text):
        (self.path / path).parent.mkdir(parents=True, exist_ok=True)
        (self.path / path).write_text(text)

    def change(self, path, old, new):
        text = self.read(path)
        assert old in text, (path, old)
        self.write(path, text.replace(old, new))

    def in_tree(self, path, text=None):
        where = self.tree / path
        if text is None:
            return where.read_text()
        where.parent.mkdir(parents=True, exist_ok=True)
        where.write_text(text)
        return text

    def commit(self, message, **files):
        """files: path -> text, or None; / is spelled __ and . is _dot_."""
        for name, text in files.items():
            path = name.replace("__", "/").replace("_dot_", ".")
            if text is None:
                (self.tree / path).unlink()
            else:
                self.in_tree(path, text)
            git(self.tree, "add", "-A", "-f", path)
        git(self.tree, "commit", "-q", "--allow-empty",
            "--allow-empty-message", "-F", "-", stdin=message)

    def head(self):
        return git(self.tree, "rev-parse", "HEAD")


class QueueTest(unittest.TestCase):
    @classmethod
    def prepare(cls):
        cls.tmp = tempfile.TemporaryDirectory(prefix="test-queue-")
        cls.dir = Path(cls.tmp.name)
        cls.tarball = cls.dir / "base.tar.xz"
        cls.sum = make_tarball(cls.tarball, BASE)
        cls.clean = cls.new_root("clean")
        cls.must(cls.clean.run("fetch"))
        cls.full = cls.copy_of(cls.clean, "full")
        cls.three_commits(cls.full)
        cls.must(cls.full.run("refresh"))

    @classmethod
    def new_root(cls, name):
        root = Root(cls.dir / name)
        root.write("base", f"# pin\npackage={PACKAGE}\nversion=6.1.0-1\n"
                   f"tarball_sha256={cls.sum}\ndate=2026-01-01T00:00:00Z\n")
        root.write("patches/series", "")
        root.write("patches/cover-letter", "test: Series\n\nWhat it is for.\n")
        root.write("harness/queue", QUEUE.read_text())
        (root.path / "harness/queue").chmod(0o755)
        git(root.path, "init", "-q")
        root.cache(cls.tarball, "6.1.0-1")
        return root

    @classmethod
    def copy_of(cls, root, name):
        shutil.copytree(root.path, cls.dir / name, symlinks=True)
        return Root(cls.dir / name)

    @staticmethod
    def three_commits(root):
        root.commit("kernel: Add new thing\n\nIt is   new.\n\nVery.\n",
                    kernel__a_dot_c=BASE["kernel/a.c"].replace("20;", "20=1;"),
                    kernel__new__n_dot_c="int n;\n",
                    tools__go_dot_sh="#!/bin/sh\n")
        (root.tree / "tools/go.sh").chmod(0o755)
        git(root.tree, "commit", "-q", "-a", "--amend", "--no-edit")
        root.commit("lib: Replace old by less\n\nOld is old.\n",
                    lib__old_dot_c=None, lib__less_dot_c="int less;\n",
                    lib__Makefile="obj-y += less.o\nobj-y += z.o\n")
        root.commit("kernel: Only add (a file)\n\nNo hook yet.\n",
                    kernel__only_dot_c="int only;\n")

    @staticmethod
    def must(result):
        if result[0]:
            raise AssertionError(result[1])
        return result[1]

    def fails(self, result, *texts):
        self.assertNotEqual(result[0], 0, result[1])
        self.assertNotIn("Traceback", result[1])
        for text in texts:
            self.assertIn(text, result[1])

    def root(self):
        return self.copy_of(self.full, self.id())
