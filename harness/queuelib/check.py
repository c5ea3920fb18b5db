# SPDX-License-Identifier: GPL-2.0
"""Rules that keep the repository and what it composes to from drifting apart."""

import os
import subprocess

from .base import ensure_base
from .common import (COMPOSED, MODES, PATCHES, ROOT, ROOTS, BaseTree, Failure, Git,
                     decode, encode, environment, say, scratch)
from .mails import combined_diff, write_mails
from .patchfile import Series, message_faults, parse
from .tree import build, derive

TITLES = {
    "D1": "patches/series, patch files and their headers agree",
    "D2": "every whole file is named by one Adds:",
    "D3": "no whole file is in the base, no hunk is in a whole file",
    "D4": "composes on the base without fuzz or offset",
    "D5": "refresh changes nothing",
    "D6": "mails and combined diff give the composed tree",
}


def check_patch(name):
    """Parse one patch file: (patch or None, faults)."""
    data = (PATCHES / name).read_bytes()
    try:
        text = data.decode("utf-8")
        if "\r" in text:
            raise Failure("has a carriage return")
        patch = parse(text)
        patch.sections()
    except UnicodeDecodeError as fault:
        return None, [f"is not UTF-8 at byte {fault.start}"]
    except Failure as fault:
        return None, [str(fault)]
    faults = list(message_faults(patch.subject, patch.body))
    if patch.name != name:
        faults.append(f"its subject asks for the name {patch.name}")
    if not patch.body:
        faults.append("has a subject and no text")
    if len(patch.subject) > 72:
        faults.append(f"its subject has {len(patch.subject)} characters (72)")
    pairs = zip(text.split("\n"), patch.render().split("\n"))
    for number, (is_now, wanted) in enumerate(pairs, 1):
        if is_now != wanted:
            faults.append(f"line {number} is '{is_now}', refresh writes '{wanted}'")
            break
    return patch, faults


def rule_d1():
    names, patches, faults = Series.load().names, [], []
    faults += [f"{n}: is twice in patches/series"
               for n in sorted(set(names)) if names.count(n) > 1]
    for path in sorted(PATCHES.iterdir()) if PATCHES.is_dir() else ():
        if path.name not in (*names, "series", "cover-letter"):
            faults.append(f"{path.name}: is not in patches/series")
    for name in names:
        if not (PATCHES / name).is_file():
            faults.append(f"{name}: is in patches/series, but not there")
            continue
        patch, wrong = check_patch(name)
        faults += [f"{name}: {x}" for x in wrong]
        patches += [patch] if patch else []
    return patches, faults


def files_of_kernel_folders():
    """Files of the repository, without ignored ones, below kernel folders."""
    git = Git(ROOT)
    if (ROOT / ".git").exists():
        out = git.run("ls-files", "-z", "-c", "-o", "--exclude-standard")
        found = {x for x in out.split("\0") if x and (ROOT / x).exists()}
    else:
        found = {os.path.relpath(os.path.join(d, f), ROOT)
                 for top in ROOTS for d, _, files in os.walk(ROOT / top)
                 for f in files}
    return {x for x in found if x.partition("/")[0] in ROOTS and "/" in x}


def rule_d2(patches, roots):
    owner, faults = {}, []
    for patch in patches:
        for path in patch.adds:
            if path in owner:
                faults.append(f"{patch.name}: {path}: is added by {owner[path]} too")
            owner[path] = patch.name
            if not (ROOT / path).is_file() or (ROOT / path).is_symlink():
                faults.append(f"{patch.name}: {path}: is not in the repository")
            if "/" not in path or path.partition("/")[0] not in roots:
                faults.append(f"{patch.name}: {path}: is not below a folder "
                              "of the base")
    faults += [f"{x}: no patch names it in Adds:"
               for x in sorted(files_of_kernel_folders() - owner.keys())]
    return faults


def rule_d3(patches, base):
    """base is None when only the repository is looked at."""
    whole = {path for p in patches for path in p.adds}
    faults = []
    for patch in patches:
        edits = [s.path for s in patch.sections()]
        faults += [f"{patch.name}: {x}: has hunks and is a whole file"
                   for x in edits if x in whole]
        faults += [f"{patch.name}: {x}: has hunks twice"
                   for x in sorted(set(edits)) if edits.count(x) > 1]
        if base:
            faults += [f"{patch.name}: {x}: is in the base"
                       for x in patch.adds if x in base.files or x in base.dirs]
            faults += [f"{patch.name}: {x}: is not in the base"
                       for x in [*edits, *patch.removes]
                       if x not in base.files and x not in whole]
    return faults


def rule_d5(git, base, tip, head):
    patches, _ = derive(git, base, tip)
    faults = []
    if head not in (tip, git.resolve(COMPOSED)):
        faults.append(f"{git.path}: has commits that are not refreshed")
    for patch in patches:
        path = PATCHES / patch.name
        if not path.is_file() or decode(path.read_bytes()) != patch.render():
            faults.append(f"{patch.name}: refresh would write it differently")
    series = Series.load()
    text = series.reordered([p.name for p in patches]).render()
    if patches and decode((PATCHES / "series").read_bytes()) != text:
        faults.append("series: refresh would write it differently")
    return faults


def touched(git, base, tip):
    """path -> (mode in the base or 0, mode in the series or 0)."""
    out = git.run("diff-tree", "-r", "-z", "--raw", "--no-renames", base, tip)
    parts = out.split("\0")
    return {path: tuple(meta[1:].split(" ")[:2])
            for meta, path in zip(parts[0::2], parts[1::2])}


def tree_by_mail(git, base, tip, tmp):
    """git am of the exported mails, with only the touched files checked out."""
    mails = write_mails(git, base, tip, tmp / "mails")
    other = Git(tmp / "am")
    git.run("init", "-q", "--template=", str(other.path))
    info = other.path / ".git"
    objects = git.line("rev-parse", "--path-format=absolute", "--git-path", "objects")
    (info / "objects/info/alternates").write_text(objects + "\n")
    (info / "info").mkdir(exist_ok=True)
    (info / "info/sparse-checkout").write_text(
        "".join(f"/{path}\n" for path in touched(git, base, tip)))
    other.run("config", "core.sparseCheckout", "true")
    other.run("checkout", "-q", "--detach", base)
    other.run("am", "-q", "--no-3way", *map(str, mails))
    return other.line("rev-parse", "HEAD^{tree}")


def tree_by_patch(git, base, tip, tmp):
    """patch --fuzz=0 of the combined diff on the files that it touches."""
    work, paths = tmp / "patch", touched(git, base, tip)
    work.mkdir()
    for path, (mode, _) in paths.items():
        if mode != "000000":
            (work / path).parent.mkdir(parents=True, exist_ok=True)
            (work / path).write_bytes(git.raw("cat-file", "blob",
                                              f"{base}:{path}").stdout)
            (work / path).chmod(0o755 if mode == MODES[1] else 0o644)
    try:
        done = subprocess.run(["patch", "-p1", "--fuzz=0", "--force",
                               "--no-backup-if-mismatch"], cwd=work, check=False,
                              input=encode(combined_diff(git, base, tip)),
                              capture_output=True, env=environment())
    except FileNotFoundError:
        raise Failure("patch is not installed") from None
    report = decode(done.stdout)
    if done.returncode or "offset" in report or "fuzz" in report:
        raise Failure("patch: " + report.strip().replace("\n", "; "))
    git = Git(work, GIT_INDEX_FILE=str(tmp / "index"), GIT_WORK_TREE=str(work),
              GIT_DIR=git.line("rev-parse", "--absolute-git-dir"))
    git.run("read-tree", base)
    here = {os.path.relpath(os.path.join(d, f), work)
            for d, _, files in os.walk(work) for f in files}
    if odd := sorted(here - paths.keys()):
        raise Failure(f"patch: left {odd[0]}")
    git.run("update-index", "--add", "--remove", "-z", "--stdin",
            stdin="".join(path + "\0" for path in paths))
    return git.line("write-tree")


def rule_d6(git, base, tip):
    wanted, faults = git.line("rev-parse", tip + "^{tree}"), []
    for what, make in (("git am of the mails", tree_by_mail),
                       ("the combined diff", tree_by_patch)):
        with scratch() as tmp:
            try:
                if make(git, base, tip, tmp) != wanted:
                    faults.append(f"{what} gives another tree than compose")
            except Failure as fault:
                faults.append(f"{what}: {fault}")
    return faults


class Report:
    def __init__(self):
        self.failed = False

    def rule(self, name, faults):
        if not faults:
            say(f"ok {name} {TITLES[name]}")
        for fault in faults:
            say(f"FAIL {name} {fault}")
            self.failed = True
        return not faults


def check(pin, git, quick):
    """Returns whether every rule holds."""
    report = Report()
    patches, faults = rule_d1()
    sound = report.rule("D1", faults)
    if quick:
        report.rule("D2", rule_d2(patches, ROOTS))
        report.rule("D3", rule_d3(patches, None))
        return not report.failed
    base, version, pinned = ensure_base(pin)
    tree = BaseTree(git, base)
    report.rule("D2", rule_d2(patches, {d for d in tree.dirs if "/" not in d}))
    report.rule("D3", rule_d3(patches, tree))
    if not sound:
        report.rule("D4", ["not tried: D1 fails"])
        return False
    try:
        commits, moved = build(git, base, patches, exact=pinned)
    except Failure as fault:
        report.rule("D4", str(fault).splitlines())
        return False
    for line in moved:
        say(f"note D4 {line}")
    report.rule("D4", [])
    tip = commits[-1] if commits else base
    if pinned:
        try:
            report.rule("D5", rule_d5(git, base, tip, git.resolve("HEAD")))
        except Failure as fault:
            report.rule("D5", str(fault).splitlines())
    else:
        say(f"note D5 not compared: the base is {version}, not the pinned one")
    if commits:
        report.rule("D6", rule_d6(git, base, tip))
    return not report.failed
