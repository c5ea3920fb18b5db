# SPDX-License-Identifier: GPL-2.0
"""The checks that read the repository and compile nothing."""

import ast
import builtins
import functools
import os
import re
import shutil
import subprocess
import symtable
from pathlib import Path

from kobj import LINUX, ROOT, Failure

# Folders of the kernel; whole new files of the series live in them.
KERNEL_DIRS = frozenset("""
arch block certs crypto Documentation drivers fs include init io_uring ipc
kernel lib mm net rust samples scripts security sound tools usr virt
""".split())

# No licence line: mail, licence text, formats without a comment.
NO_SPDX = re.compile(r"^(patches/.*|COPYING|Documentation/ABI/.*|"
                     r"tools/testing/selftests/.*/(config|settings)|"
                     r"bench/results/.*|.*\.(svg|png))$")
NO_LENGTH = re.compile(r"^(patches/.*\.patch|COPYING|bench/results/.*|"
                       r"baseline/.*|.*\.(svg|png))$")
# How many #if a new .c file may have: there is no other way to say it.
CONDITIONALS = {
    # struct module has `exit` with MODULE_UNLOAD only
    "lib/test_module/sections_main.c": 1,
}
MAX_FILE_LINES = 700
MAX_FUNCTION_LINES = 60

# What has no place in this repository: (what it is, pattern). The brackets
# keep the patterns from finding themselves.
FORBIDDEN = (
    ("path of one machine",
     re.compile(r"(?<![\w.}])/(?:wor[k]|hom[e]/\w+|roo[t])(?:/|\b)")),
    ("unfinished work", re.compile(r"\bTO[D]O\b\s*[:(]|"
                                   r"\b(?:FIX[M]E|X[X]X)\b")),
    ("talk about how it was written",
     re.compile(r"\b(?:(?:this|previous|next|last) sessio[n]|"
                r"helpe[r] [A-G]|the lea[d]|language mode[l]|assistan[t]|"
                r"[A]I|issue #?\d+)\b")),
    ("tag of a person", re.compile(
        r"^(?:Signed-off|Co-authored|Co-developed|Assisted)-by: ")),
)
URL_HOST = re.compile(r"\bhttps?://([\w.-]+)")
KNOWN_HOSTS = re.compile(
    r"(?:^|\.)(?:kernel\.org|debian\.org|gnu\.org|spdx\.org|github\.com|"
    r"infradead\.org|lwn\.net|w3\.org|localhost|example\.\w+)$")


class Skip(Exception):
    """A check that cannot run here, with the reason."""


def output_of(*command, cwd=ROOT, stdin=None):
    """(status, stdout and stderr) of a command.

    The distribution's tools come first: its Python has the modules that the
    kernel's scripts want.
    """
    env = dict(os.environ, PATH=f"/usr/bin:/bin:{os.environ['PATH']}")
    try:
        done = subprocess.run([str(c) for c in command], cwd=cwd, text=True,
                              input=stdin, stdout=subprocess.PIPE, env=env,
                              stderr=subprocess.STDOUT, errors="replace")
    except OSError as err:
        raise Failure(f"{command[0]}: {err.strerror}") from None
    return done.returncode, done.stdout


def tool(name):
    """A tool that make deps brings."""
    if not shutil.which(name):
        raise Failure(f"{name} is missing; run make deps")
    return name


def repository_files():
    """The files of the repository, new ones included."""
    status, text = output_of("git", "ls-files", "-co", "--exclude-standard")
    if status:
        raise Failure("git ls-files: " + text.strip())
    return [path for path in sorted(set(text.splitlines()))
            if not path.startswith(("build/", "dist/")) and
            (ROOT / path).is_file() and not (ROOT / path).is_symlink()]


def read(path):
    """A file of the repository as text."""
    return (ROOT / path).read_text(encoding="utf-8", errors="replace")


def is_overlay(path):
    """Is it a whole kernel file of the series?"""
    return path.split("/", 1)[0] in KERNEL_DIRS and "/" in path


def overlay(*suffixes):
    """The whole kernel files of the series with one of these suffixes."""
    return [path for path in repository_files()
            if is_overlay(path) and path.endswith(suffixes)]


def first_line(path):
    """The first line of a file, for its interpreter."""
    with open(ROOT / path, encoding="utf-8", errors="replace") as stream:
        return stream.readline()


def queue_quick():
    """The queue's own rules."""
    return queue_check("--quick")


def queue_check(*args):
    """The queue's rules; what it prints is what is wrong."""
    status, text = output_of(ROOT / "harness/queue", "check", *args)
    return text.strip().splitlines() if status else []


@functools.cache
def spelling():
    """codespell's dictionary, which checkpatch does not find by itself."""
    tool("codespell")
    found = sorted(Path("/usr").glob(
        "lib/python3*/**/codespell_lib/data/dictionary.txt"))
    if not found:
        raise Failure("the dictionary of codespell is missing; run make deps")
    return found[0]


def run_checkpatch(*args, stdin=None):
    """The complaints of checkpatch, one a line.

    Left out: MAINTAINERS, which has a patch to itself, the names of ELF
    types, of which it knows only those in include/, and macros that name a
    member or a type twice.
    """
    script = LINUX / "scripts/checkpatch.pl"
    if not script.exists():
        raise Skip("build/linux is not there; run make tree")
    _, text = output_of(script, "--strict", "--codespell", "--no-signoff",
                        f"--codespellfile={spelling()}", "--terse",
                        "--show-types", "--no-summary",
                        "--ignore=FILE_PATH_CHANGES,CAMELCASE,MACRO_ARG_REUSE",
                        *args,
                        cwd=LINUX, stdin=stdin)
    return [line for line in text.splitlines() if line.strip()]


def checkpatch_changed():
    """checkpatch on what differs from the last commit of the repository."""
    status, text = output_of("git", "status", "--porcelain", "-uall")
    if status:
        raise Failure("git status: " + text.strip())
    changed = [line[3:] for line in text.splitlines() if line[:2] != " D"]
    problems = []
    # One that only brings in whole files has no diff of its own.
    patches = [ROOT / path for path in changed
               if re.match(r"patches/.*\.patch$", path)
               and "\ndiff --git " in (ROOT / path).read_text("utf-8")]
    if patches:
        problems += run_checkpatch(*patches)
    for path in changed:
        if is_overlay(path) and path.endswith((".c", ".h", ".S", ".rst")):
            _, diff = output_of("git", "diff", "--no-index", "/dev/null", path)
            problems += [path + line[1:] for line in
                         run_checkpatch("-", stdin=diff)]
    if LINUX.exists():
        _, diff = output_of("git", "diff", "HEAD", cwd=LINUX)
        problems += [f"build/linux, not committed: {line}" for line in
                     (run_checkpatch("-", stdin=diff) if diff else [])]
    elif not changed:
        raise Skip("build/linux is not there; run make tree")
    return problems


def shellcheck():
    """shellcheck on every shell script."""
    scripts = [p for p in repository_files() if not p.endswith(".patch") and
               (p.endswith(".sh") or
                re.match(r"#!.*\b(?:ba|da)?sh\b", first_line(p)))]
    if not scripts:
        return []
    status, text = output_of(tool("shellcheck"), "-x", "-f", "gcc", *scripts)
    return text.strip().splitlines() if status else []


def python():
    """Every Python file compiles, and uses the names that it has."""
    problems = []
    for path in repository_files():
        if path.endswith(".py") or re.match(r"#!.*\bpython3?\b",
                                            first_line(path)):
            problems += python_file(path, read(path))
    return problems


def python_file(path, text):
    """What is wrong in one Python file."""
    try:
        tree = ast.parse(text, path)
        compile(text, path, "exec", dont_inherit=True)
        table = symtable.symtable(text, path, "exec")
    except SyntaxError as err:
        return [f"{path}:{err.lineno}: {err.msg}"]
    problems = [f"{path}:{line}: {name} is imported and not used"
                for name, line in unused_imports(tree)]
    star = any(isinstance(node, ast.ImportFrom) and node.names[0].name == "*"
               for node in ast.walk(tree))
    problems += [f"{path}: {name} is used and not defined"
                 for name in sorted(undefined(table)) if not star]
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and node.type is None:
            problems.append(f"{path}:{node.lineno}: except without a class")
    return problems


def unused_imports(tree):
    """(name, line) of imports that nothing refers to."""
    imported, used = {}, set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                name = (alias.asname or alias.name).split(".")[0]
                imported[name] = node.lineno
        elif isinstance(node, ast.Name):
            used.add(node.id)
        elif isinstance(node, ast.Assign) and any(
                getattr(t, "id", "") == "__all__" for t in node.targets):
            used.update(ast.literal_eval(node.value))
    return sorted((n, line) for n, line in imported.items() if n not in used)


def undefined(table):
    """Global names that no scope of the file defines."""
    known = set(dir(builtins)) | {"__file__", "__name__", "__doc__"}
    known |= {s.get_name() for s in table.get_symbols()
              if s.is_assigned() or s.is_imported() or s.is_namespace()}

    def visit(scope):
        missing = {s.get_name() for s in scope.get_symbols()
                   if s.is_global() and s.is_referenced() and
                   s.get_name() not in known}
        for child in scope.get_children():
            missing |= visit(child)
        return missing

    return visit(table)


def spdx():
    """Each file says its licence in its first lines."""
    return [f"{path}: no SPDX-License-Identifier in its first five lines"
            for path in repository_files()
            if not NO_SPDX.match(path) and (ROOT / path).stat().st_size and
            "SPDX-License-Identifier:" not in
            "\n".join(read(path).splitlines()[:5])]


def own_lines(path):
    """(number, line) of what is ours; a patch has the base's lines too."""
    patch = path.endswith(".patch") and path.startswith("patches/")
    in_diff = False
    for number, line in enumerate(read(path).splitlines(), 1):
        in_diff = in_diff or line.startswith("diff --git ")
        if patch and in_diff and not line.startswith("+"):
            continue
        yield number, line


def forbidden(line):
    """What a line has that it must not."""
    for what, pattern in FORBIDDEN:
        if pattern.search(line):
            return what
    for host in URL_HOST.findall(line):
        if "." in host and not KNOWN_HOSTS.search(host):
            return f"unknown host {host}"
    return ""


def wording():
    """No machine paths, unknown hosts or notes of the workshop."""
    problems = []
    for path in repository_files():
        if path == "COPYING" or path.endswith((".svg", ".png")):
            continue
        for number, line in own_lines(path):
            what = forbidden(line)
            if what:
                problems.append(f"{path}:{number}: {what}: {line.strip()}")
    return problems


def file_length():
    """Files stay short enough to read."""
    problems = []
    for path in repository_files():
        count = 0 if NO_LENGTH.match(path) else len(read(path).splitlines())
        if count >= MAX_FILE_LINES:
            problems.append(f"{path}: {count} lines, fewer than "
                            f"{MAX_FILE_LINES} wanted")
    return problems


def functions(text):
    """(name, first line, lines of the body) of a C file in kernel style."""
    lines, start = text.splitlines(), None
    for number, line in enumerate(lines):
        if line.rstrip() == "{":
            start = number
        elif line.startswith("}") and start is not None:
            yield function_name(lines, start), start + 1, number - start - 1
            start = None


def function_name(lines, brace):
    """The name of the function whose body opens at that line."""
    for line in reversed(lines[max(0, brace - 8):brace]):
        match = re.match(r"\S.*?\b(\w+)\(", line)
        if match:
            return match[1]
    return "?"


def function_length():
    """The functions of the new kernel files stay short."""
    return [f"{path}:{line}: {name}() has {count} lines, at most "
            f"{MAX_FUNCTION_LINES} wanted"
            for path in overlay(".c", ".h")
            for name, line, count in functions(read(path))
            if count > MAX_FUNCTION_LINES]


def matching(paths, pattern, what):
    """The lines of these files that a pattern finds, as complaints."""
    return [f"{path}:{number}: {what}: {line.strip()}"
            for path in paths for number, line in own_lines(path)
            if re.search(pattern, line)]


def no_conditionals():
    """#if belongs into headers; user-space tests are left out."""
    problems = []
    for path in overlay(".c"):
        found = matching([path], r"^\s*#\s*if", "conditional code in a .c file")
        if not path.startswith("tools/") and \
           len(found) > CONDITIONALS.get(path, 0):
            problems += found
    return problems


def no_bug():
    """Nothing of ours stops the machine."""
    pattern = r"\b(?:VM_)?BUG(?:_ON)?\s*\(|(?<![\w.])panic\s*\("
    hunks = []
    for path in sorted(Path(ROOT, "patches").glob("*.patch")):
        gone = re.findall(rf"^-.*(?:{pattern})", path.read_text(), re.M)
        added = matching([str(path.relative_to(ROOT))],
                         rf"^\+.*(?:{pattern})", "stops the machine")
        # One for each that the base had at that place is no more than before.
        if len(added) > len(gone):
            hunks += added
    return hunks + matching(overlay(".c", ".h"), pattern,
                            "stops the machine")
