# SPDX-License-Identifier: GPL-2.0
"""Compile chosen objects of a kernel tree and read the warnings.

Shared by harness/check and harness/arches. An O= directory is used under
its lock (<odir>.lock, the same lock as flock(1) takes in the shell tools).
"""

import contextlib
import fcntl
import os
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
LINUX = BUILD / "linux"
STOCK = BUILD / "stock"

CROSS = {"x86_64": "", "arm64": "aarch64-linux-gnu-",
         "arm": "arm-linux-gnueabihf-"}

# As in lib.sh, so that both share the cache
BUILD_ENV = {
    "LC_ALL": "C",
    "KBUILD_BUILD_TIMESTAMP": "Thu Jan  1 00:00:00 UTC 2026",
    "KBUILD_BUILD_USER": "execmem", "KBUILD_BUILD_HOST": "series",
    "KBUILD_BUILD_VERSION": "1",
    "CCACHE_BASEDIR": str(ROOT), "CCACHE_NOHASHDIR": "1",
    "CCACHE_SLOPPINESS":
        "time_macros,include_file_mtime,include_file_ctime",
    "CCACHE_COMPILERCHECK": "content",
}

# path:line: or path:line:column:, as gcc, sparse, as and modpost print it
DIAGNOSTIC = re.compile(
    r"^(?P<path>[^\s:]+\.[a-zA-Z]+):(?P<line>\d+):(?:\d+:)?\s*"
    r"(?:fatal )?(?P<kind>warning|error|Warning|Error):\s*(?P<text>.*)$")


class Failure(Exception):
    """Something that the user reads as one line."""


class Diagnostic:
    """One warning or error of a compiler, with its path in the tree."""

    def __init__(self, path, line, kind, text):
        self.path = path
        self.line = line
        self.kind = kind.lower()
        self.text = text

    @property
    def from_gcc(self):
        """gcc names the option of each warning, sparse does not."""
        return bool(re.search(r"\[-W[a-z0-9=+-]+\]$", self.text))

    def key(self):
        """What stays the same when lines move."""
        return (self.path, self.kind, re.sub(r"\b\d+\b", "N", self.text))

    def __str__(self):
        return f"{self.path}:{self.line}: {self.kind}: {self.text}"


def base_ref():
    """The tag in build/linux of the base that the file `base` pins."""
    fields = {}
    try:
        text = (ROOT / "base").read_text(encoding="utf-8")
    except OSError as err:
        raise Failure(f"base: {err.strerror}") from None
    for line in text.splitlines():
        key, sep, value = line.partition("=")
        if sep:
            fields[key.strip()] = value.strip()
    tag = fields.get("tag") or f"base/{fields.get('version', '')}"
    if LINUX.exists() and git("rev-parse", "-q", "--verify", tag + "^{commit}",
                              check=False) == "":
        raise Failure(f"build/linux: no tag {tag}; run make tree")
    return tag


def stock():
    """The base alone, in build/stock."""
    done = subprocess.run([ROOT / "harness/queue", "stock"], text=True,
                          capture_output=True, check=False)
    if done.returncode:
        raise Failure(done.stderr.strip())
    return STOCK


def git(*args, tree=None, check=True):
    """Output of git in the composed tree (or another one)."""
    done = subprocess.run(["git", "-C", str(tree or LINUX), *args], text=True,
                          capture_output=True, errors="replace")
    if done.returncode and check:
        raise Failure(f"git {args[0]}: {done.stderr.strip()}")
    return done.stdout if done.returncode == 0 else ""


def changed_files(base, tree=None):
    """{path: 'A'|'M'|'D'} of the series, its uncommitted edits included."""
    changed = {}
    for line in git("diff", "--no-renames", "--name-status", base,
                    tree=tree).splitlines():
        status, path = line.split("\t", 1)
        changed[path] = status[0]
    for path in git("ls-files", "-o", "--exclude-standard",
                    tree=tree).splitlines():
        changed[path] = "A"
    return changed


def added_lines(base):
    """{path: set of line numbers} that the series adds to existing files."""
    added, path = {}, None
    for line in git("diff", "--no-renames", "-U0", base).splitlines():
        if line.startswith("+++ "):
            path = line[6:] if line.startswith("+++ b/") else None
        elif line.startswith("@@") and path:
            span = re.match(r"@@ -\S+ \+(\d+)(?:,(\d+))? @@", line)
            first, count = int(span[1]), int(span[2] or 1)
            added.setdefault(path, set()).update(range(first, first + count))
    return added


@contextlib.contextmanager
def locked(odir):
    """Hold the lock of an O= directory."""
    odir.parent.mkdir(parents=True, exist_ok=True)
    with open(f"{odir}.lock", "w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"{odir.name}: waiting for its lock", file=sys.stderr)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class Kernel:
    """One tree with one O= directory, one architecture and its compiler."""

    def __init__(self, tree, odir, arch, cross="", make_vars=()):
        self.tree = Path(tree)
        self.odir = Path(odir)
        self.arch = arch
        self.cross = cross
        self.make_vars = list(make_vars)
        self.log = Path(f"{odir}.log")

    def command(self, *args):
        """The make command line for this kernel."""
        gcc = f"{self.cross}gcc"
        ccache = "ccache " if shutil.which("ccache") else ""
        compiler, hostcc = f"{ccache}{gcc}", f"{ccache}gcc"
        return ["make", "-C", str(self.tree), f"O={self.odir}",
                f"ARCH={self.arch}", f"CROSS_COMPILE={self.cross}",
                f"CC={compiler}", f"HOSTCC={hostcc}",
                f"-j{os.cpu_count() or 2}", *self.make_vars, *args]

    def make(self, *args):
        """Run make; returns (exit status, output); appends to the log."""
        self.odir.mkdir(parents=True, exist_ok=True)
        command = self.command(*args)
        env = dict(os.environ, **BUILD_ENV)
        env.pop("MAKEFLAGS", None)
        done = subprocess.run(command, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, errors="replace",
                              env=env, stdin=subprocess.DEVNULL)
        with open(self.log, "a", encoding="utf-8") as log:
            log.write("$ " + " ".join(command) + "\n" + done.stdout)
        return done.returncode, done.stdout

    def must_make(self, *args):
        """Like make(), but a failure is a Failure that quotes the cause."""
        status, output = self.make(*args)
        if status:
            raise Failure(f"make {args[-1]}: {first_error(output)} "
                          f"(log: {self.log})")
        return output

    def allnoconfig(self, fragment):
        """Configure: everything off but what the fragment asks for."""
        self.odir.mkdir(parents=True, exist_ok=True)
        self.log.unlink(missing_ok=True)
        wanted = self.odir / "fragment.config"
        wanted.write_text(fragment, encoding="utf-8")
        self.must_make(f"KCONFIG_ALLCONFIG={wanted}", "allnoconfig")
        return self.config()

    def config(self):
        """The symbols of .config that are set, as a dict."""
        config = {}
        for line in (self.odir / ".config").read_text().splitlines():
            if line.startswith("CONFIG_"):
                name, _, value = line.partition("=")
                config[name.removeprefix("CONFIG_")] = value
        return config

    def forget(self, target):
        """Remove the objects of a target, so that warnings come again."""
        path = self.odir / target
        objects = path.rglob("*.o") if target.endswith("/") else [path]
        for obj in list(objects):
            obj.unlink(missing_ok=True)

    def compile(self, targets, *args):
        """Compile each target again; (status, diagnostics, objects)."""
        for target in targets:
            self.forget(target)
        status, output = self.make("-k", *args, *targets)
        count = len(re.findall(r"^\s+(?:CC|AS)(?: \[M\])?\s", output, re.M))
        return status, self.diagnostics(output), count, output

    def diagnostics(self, output):
        """The distinct warnings and errors in the output of make."""
        found, seen = [], set()
        for line in output.splitlines():
            match = DIAGNOSTIC.match(line)
            if match and line not in seen:
                seen.add(line)
                found.append(Diagnostic(self.relative(match["path"]),
                                        int(match["line"]), match["kind"],
                                        match["text"]))
        return found

    def relative(self, path):
        """A path of a diagnostic relative to the tree."""
        full = os.path.normpath(self.odir / path)
        prefix = str(self.tree) + "/"
        return full[len(prefix):] if full.startswith(prefix) else path


def first_error(output):
    """The line of a failed make that says why."""
    lines = output.splitlines()
    for pattern in (r"(error|Error|fatal)\b.*:", r"not found", r"\*\*\*"):
        for line in lines:
            if re.search(pattern, line):
                return line.strip()
    return lines[-1].strip() if lines else "no output"


class Selector:
    """Says which objects of a tree a configuration builds."""

    def __init__(self, tree, config):
        self.tree = Path(tree)
        self.config = config
        self.rules = {}

    def lines(self, directory):
        """obj-* and <name>-* assignments of a Makefile: (left, words)."""
        if directory not in self.rules:
            text = ""
            for name in ("Kbuild", "Makefile"):
                path = self.tree / directory / name
                if path.exists():
                    text = path.read_text(errors="replace")
                    break
            bits = "64" if self.config.get("64BIT") == "y" else "32"
            text = text.replace("\\\n", " ").replace("$(BITS)", bits)
            text = self.taken(text)
            self.rules[directory] = re.findall(
                r"^\s*([\w.-]+?-(?:y|m|objs|\$\(CONFIG_\w+\)))\s*[:+]?=(.*)$",
                text, re.M)
        return self.rules[directory]

    def holds(self, line):
        """Is a condition on one symbol true here?  Others count as true."""
        match = re.match(r"\s*if(n?)(?:eq\s*\(\$\(CONFIG_(\w+)\),(\w*)\)"
                         r"|def\s+CONFIG_(\w+))\s*$", line)
        if not match:
            return True
        value = self.config.get(match[2] or match[4], "")
        same = bool(value) if match[4] else value == match[3]
        return same != bool(match[1])

    def taken(self, text):
        """The lines of a Makefile whose conditions are true here."""
        lines, stack = [], []
        for line in text.splitlines():
            word = line.split()[:1]
            if word and re.match(r"ifn?(?:eq|def)\b", word[0]):
                stack.append(self.holds(line))
            elif word == ["else"] and stack:
                stack[-1] = not stack[-1]
            elif word == ["endif"] and stack:
                stack.pop()
            elif all(stack):
                lines.append(line)
        return "\n".join(lines)

    def enabled(self, left):
        """Is the condition in `obj-$(CONFIG_X)` true here?"""
        symbol = re.search(r"\$\(CONFIG_(\w+)\)$", left)
        return not symbol or self.config.get(symbol[1]) in ("y", "m")

    def member(self, directory, word):
        """Is `word` (x.o or x/) part of the build in this directory?"""
        for left, right in self.lines(directory):
            if word not in right.split() or not self.enabled(left):
                continue
            name = re.sub(r"-(y|m|objs|\$\(CONFIG_\w+\))$", "", left)
            if name in ("obj", "lib", "core", "head"):
                return True
            if name + ".o" != word and self.member(directory, name + ".o"):
                return True
        return False

    def builds(self, target):
        """Does the configuration build this object or directory?"""
        parts = Path(target.rstrip("/")).parts
        word = parts[-1] + ("/" if target.endswith("/") else "")
        directory = Path(*parts[:-1]) if len(parts) > 1 else Path()
        if directory == Path() or len(parts) == 1:
            return True
        if parts[0] == "arch":
            return len(parts) <= 3 or self.member(directory, word)
        if not self.member(directory, word):
            return False
        return len(parts) == 2 or self.builds(str(directory) + "/")


def new_against(found, before):
    """The diagnostics of `found` that `before` does not have as often."""
    left = Counter(diag.key() for diag in before)
    new = []
    for diag in found:
        if left[diag.key()] > 0:
            left[diag.key()] -= 1
        else:
            new.append(diag)
    return new


class Progress:
    """One line per step: rewritten on a terminal, plain elsewhere."""

    def __init__(self, stream=None):
        self.stream = stream or sys.stderr
        self.start = time.monotonic()
        self.width = 0

    def elapsed(self):
        """Time since the start as 1m05s."""
        seconds = int(time.monotonic() - self.start)
        return f"{seconds // 60}m{seconds % 60:02d}s"

    def show(self, text):
        """Say what runs now."""
        if self.stream.isatty():
            self.stream.write("\r" + text.ljust(self.width))
            self.stream.flush()
            self.width = len(text)
        else:
            print(text, file=self.stream, flush=True)

    def clear(self):
        """Remove the line from a terminal."""
        if self.stream.isatty() and self.width:
            self.stream.write("\r" + " " * self.width + "\r")
            self.stream.flush()
            self.width = 0
