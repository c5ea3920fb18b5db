# SPDX-License-Identifier: GPL-2.0
"""Where things are, and git with settings that do not depend on its user."""

import contextlib
import datetime
import hashlib
import json
import os
import re
import subprocess
import tempfile
from pathlib import Path
ROOT = Path(os.environ.get("QUEUE_ROOT") or
            Path(__file__).resolve().parents[2]).resolve()
BUILD = Path(os.environ.get("QUEUE_BUILD") or ROOT / "build").resolve()
TREE, DIST, PATCHES = BUILD / "linux", ROOT / "dist", ROOT / "patches"
NAME, MAIL = "execmem series", "series@execmem.invalid"
BRANCH, COMPOSED = "refs/heads/series", "refs/queue/composed"
MBOX = "From " + "0" * 40 + " Mon Sep 17 00:00:00 2001"
NEED_GIB = 4
MODES = ("100644", "100755")
PATH_OK = re.compile(r"[A-Za-z0-9._+@,=/-]+")
ROOTS = set("""Documentation LICENSES arch block certs crypto drivers fs include
    init io_uring ipc kernel lib mm net rust samples scripts security sound
    tools usr virt""".split())
# Everything in the user's or a repository's configuration that could change
# what is written to a patch, or let a hunk apply where it should not.
PINNED = """core.abbrev=12 core.autocrlf=false core.quotePath=true
    core.hooksPath=/dev/null core.attributesFile=/dev/null core.fsmonitor=false
    core.commentChar=# diff.algorithm=myers diff.noprefix=false
    diff.mnemonicPrefix=false diff.context=3 diff.interHunkContext=0
    diff.renames=false diff.indentHeuristic=true diff.suppressBlankEmpty=false
    color.ui=false apply.ignoreWhitespace=no
    apply.whitespace=nowarn commit.gpgSign=false i18n.commitEncoding=UTF-8
    i18n.logOutputEncoding=UTF-8 rebase.autoStash=false rebase.autoSquash=false
    safe.directory=* gc.auto=0 advice.detachedHead=false
    advice.mergeConflict=false advice.addIgnoredFile=false""".split()
DIFF = ("--no-renames", "--no-color", "--no-ext-diff", "--no-textconv",
        "--full-index", "-U3", "--src-prefix=a/", "--dst-prefix=b/")


class Failure(Exception):
    """Ends the command; the text is one line per problem."""


def say(text):
    print(text, flush=True)


def decode(data):
    return data.decode("utf-8", "surrogateescape")


def encode(text):
    return text.encode("utf-8", "surrogateescape")


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as f:
        while chunk := f.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def environment(**extra):
    env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    env.update(LC_ALL="C", TZ="UTC", GIT_CONFIG_GLOBAL=os.devnull,
               GIT_CONFIG_NOSYSTEM="1", GIT_ATTR_NOSYSTEM="1",
               GIT_LITERAL_PATHSPECS="1", GIT_EDITOR="true",
               GIT_TERMINAL_PROMPT="0", GIT_OPTIONAL_LOCKS="0")
    for role in ("AUTHOR", "COMMITTER"):
        env[f"GIT_{role}_NAME"], env[f"GIT_{role}_EMAIL"] = NAME, MAIL
    env.update(extra)
    return env


class Git:
    """One repository, seen through one index, with pinned settings."""

    def __init__(self, path, **env):
        self.path, self.env = Path(path), env

    def using(self, **env):
        return Git(self.path, **{**self.env, **env})

    def command(self, args):
        pins = [x for pin in PINNED for x in ("-c", pin)]
        return ["git", "-C", str(self.path), *pins, *args]

    def raw(self, *args, stdin=b""):
        return subprocess.run(self.command(args), input=stdin,
                              capture_output=True, check=False,
                              env=environment(**self.env))

    def run(self, *args, stdin=""):
        done = self.raw(*args, stdin=encode(stdin))
        if done.returncode:
            why = decode(done.stderr).strip().replace("\n", "; ")
            raise Failure(f"{self.path}: git {args[0]}: {why}")
        return decode(done.stdout)

    def line(self, *args, stdin=""):
        return self.run(*args, stdin=stdin).strip()

    def resolve(self, ref):
        done = self.raw("rev-parse", "-q", "--verify", ref + "^{commit}")
        return decode(done.stdout).strip() if not done.returncode else None


@contextlib.contextmanager
def scratch():
    BUILD.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="queue-", dir=BUILD) as name:
        yield Path(name)


def epoch(text):
    return int(datetime.datetime.fromisoformat(text).timestamp())


def file_mode(path):
    return MODES[1] if path.stat().st_mode & 0o100 else MODES[0]


def commit_tree(git, tree, parent, date, message):
    when = f"{date} +0000"
    git = git.using(GIT_AUTHOR_DATE=when, GIT_COMMITTER_DATE=when)
    above = ("-p", parent) if parent else ()
    return git.line("commit-tree", tree, *above, stdin=message)


class BaseTree:
    def __init__(self, git, commit):
        self.files, self.dirs = {}, set()
        for line in git.run("ls-tree", "-r", "-z", commit).split("\0")[:-1]:
            meta, path = line.split("\t", 1)
            self.files[path] = meta.split(" ")[0]
            self.dirs.add(path.rpartition("/")[0])
        for path in list(self.dirs):
            while path := path.rpartition("/")[0]:
                self.dirs.add(path)


def load_state():
    path = TREE / ".git/queue.json"
    return json.loads(path.read_text()) if path.exists() else {}


def save_state(**changes):
    text = json.dumps({**load_state(), **changes}, indent=1, sort_keys=True)
    (TREE / ".git/queue.json").write_text(text + "\n")


def uncommitted(git, untracked="normal"):
    out = git.run("status", "--porcelain", "-z", "--no-renames",
                  f"--untracked-files={untracked}")
    return [line[3:] for line in out.split("\0")[:-1]]
