# SPDX-License-Identifier: GPL-2.0
"""From patches to commits, and from commits to patches."""

import re

from .common import (DIFF, MODES, PATH_OK, ROOT, BaseTree, Failure, commit_tree,
                     decode, encode, file_mode, scratch)
from .patchfile import Patch, message_faults, split_message

def explain(patch, stderr):
    """git apply's complaint as 'patch: file: hunk' lines."""
    where = {s.path: s for s in patch.sections()}
    faults = []
    for line in stderr.splitlines():
        if m := re.fullmatch(r"error: patch failed: (.+):(\d+)", line):
            hunks = where[m[1]].hunks if m[1] in where else []
            n, hunk = next(((n, h) for n, h in enumerate(hunks, 1)
                            if h.old == int(m[2])), ("?", None))
            text = hunk.header if hunk else f"line {m[2]}"
            faults.append(f"{m[1]}: hunk {n} ({text}) does not apply")
        elif m := re.fullmatch(r"error: (.+): does not exist in index", line):
            faults.append(f"{m[1]}: hunk 1: there is no such file")
        elif line.startswith("error: ") and not line.endswith(
                ("does not apply", "while searching for:")):
            faults.append(line[7:])
    faults = faults or [stderr.strip().replace("\n", "; ")]
    return "\n".join(f"patches/{patch.name}: {f}" for f in faults)


def offsets(patch, stderr):
    current = "?"
    for line in stderr.splitlines():
        if m := re.fullmatch(r"Checking patch (.+)\.\.\.", line):
            current = m[1]
        elif m := re.fullmatch(r"Hunk #(\d+) succeeded at (\d+) (\(offset.*\))\.?",
                               line):
            yield (f"patches/{patch.name}: {current}: hunk {m[1]} applies at line "
                   f"{m[2]} {m[3]}")


def place_whole_files(git, patch, base, owner):
    """Adds: and Removes: of one patch, in the index of git."""
    entries = []
    for path in patch.adds:
        reason = None
        above = path.split("/")
        if not PATH_OK.fullmatch(path) or ".." in above:
            reason = "is not a usable path"
        elif path in owner:
            reason = f"is already added by patches/{owner[path]}"
        elif path in base.files or path in base.dirs:
            reason = "is there already"
        elif any("/".join(above[:i]) in base.files for i in range(1, len(above))):
            reason = "has a file where its directory goes"
        elif (ROOT / path).is_symlink() or not (ROOT / path).is_file():
            reason = "is not in the repository"
        if reason:
            raise Failure(f"patches/{patch.name}: Adds: {path}: {reason}")
        owner[path] = patch.name
        entries.append(path)
    blobs = git.run("hash-object", "-w", "--no-filters", "--stdin-paths",
                    stdin="".join(f"{ROOT / p}\n" for p in entries)).split()
    lines = [f"{file_mode(ROOT / p)} {b}\t{p}\n" for p, b in zip(entries, blobs)]
    for path in patch.removes:
        if base.files.pop(path, None) is None:
            raise Failure(f"patches/{patch.name}: Removes: {path}: "
                          "there is no such file")
        lines.append(f"0 {'0' * 40}\t{path}\n")
    if lines:
        git.run("update-index", "--index-info", stdin="".join(lines))


def build(git, start, patches, exact):
    """Commit the series onto start; neither work tree nor refs are touched.

    Returns the commits and what had to move. exact: a moved hunk is an error.
    """
    commits, moved, owner = [], [], {}
    base, parent = BaseTree(git, start), start
    with scratch() as tmp:
        git = git.using(GIT_INDEX_FILE=str(tmp / "index"))
        git.run("read-tree", start)
        for patch in patches:
            try:
                sections = patch.sections()
            except Failure as fault:
                raise Failure(f"patches/{patch.name}: {fault}") from None
            for path in {s.path for s in sections} & (owner.keys() |
                                                      set(patch.adds)):
                raise Failure(f"patches/{patch.name}: {path}: hunk 1: this file "
                              "is whole in the repository; edit it there")
            if sections:
                done = git.raw("apply", "--cached", "-v", "-",
                               stdin=encode(patch.diff))
                report = decode(done.stderr)
                if done.returncode:
                    raise Failure(explain(patch, report))
                moved += offsets(patch, report)
            place_whole_files(git, patch, base, owner)
            body = f"\n{patch.body}\n" if patch.body else ""
            parent = commit_tree(git, git.line("write-tree"), parent, patch.date,
                                 f"{patch.subject}\n{body}")
            commits.append(parent)
    if exact and moved:
        raise Failure("\n".join(moved))
    return commits, moved


def derive(git, base, tip):
    """The patches of base..tip, and path -> (blob, mode) of the whole files."""
    if git.raw("merge-base", "--is-ancestor", base, tip).returncode:
        raise Failure(f"refresh: {tip[:12]} does not descend from base {base[:12]}")
    tree, owner, whole, names = BaseTree(git, base), {}, {}, {}
    patches, faults = [], []
    roots = {d for d in tree.dirs if "/" not in d}
    for commit in git.run("rev-list", "--reverse", f"{base}..{tip}").split():
        header, _, message = git.run("cat-file", "commit", commit).partition("\n\n")
        label = f"{commit[:12]} ({message.partition(chr(10))[0]})"
        if len(re.findall("^parent ", header, re.M)) != 1:
            faults.append(f"{label}: is a merge")
            continue
        subject, body = split_message(message)
        date = int(re.search(r"^author .* (\d+) [-+]\d+$", header, re.M)[1])
        patch = Patch(subject, date, body, [], [], "")
        faults += [f"{label}: {x}" for x in message_faults(subject, body)]
        if other := names.get(patch.name):
            faults.append(f"{label}: has the file name of {other}: {patch.name}")
        names[patch.name] = label
        edits = []
        for status, mode, blob, path in changes(git, commit):
            fault = classify(tree, roots, owner, status, mode, path)
            if fault:
                faults.append(f"{label}: {path}: {fault}")
            elif status == "A":
                patch.adds.append(path)
                owner[path], whole[path] = label, (blob, mode)
            elif status == "D":
                patch.removes.append(path)
            else:
                edits.append(path)
        if edits:
            patch.diff = hunks_of(git, commit, edits)
        if not (edits or patch.adds or patch.removes):
            faults.append(f"{label}: changes nothing")
        try:
            patch.sections()
        except Failure as fault:
            faults.append(f"{label}: {fault}")
        patches.append(patch)
    if faults:
        raise Failure("\n".join(faults))
    return patches, whole


def changes(git, commit):
    out = git.run("diff-tree", "-r", "-z", "--raw", "--no-commit-id", "--no-abbrev",
                  "--no-renames", commit + "^", commit).split("\0")
    for meta, path in zip(out[0::2], out[1::2]):
        _, mode, _, blob, status = meta.split(" ")
        yield status, mode, blob, path


def classify(base, roots, owner, status, mode, path):
    """Why this change cannot be written down, or None."""
    if path in base.files:
        return {"M": None, "D": None,
                "A": "brings back a file that an earlier commit removes",
                "T": "changes the type of a file of the base"}[status]
    if path in owner:
        how = "deletes or renames" if status == "D" else "modifies"
        return f"{how} a whole file: squash it into {owner[path]}"
    if mode not in MODES:
        return f"is no plain file (mode {mode})"
    if not PATH_OK.fullmatch(path):
        return "is not a usable path"
    if path.partition("/")[0] not in roots or "/" not in path:
        return "is not below a directory of the base"
    return None


def hunks_of(git, commit, paths):
    text = git.run("diff-tree", "-p", *DIFF, "--no-commit-id", commit + "^", commit,
                   "--", *paths)
    # Blob ids change with every refresh of a neighbour and serve nobody here.
    return re.sub(r"^index [0-9a-f]+\.\.[0-9a-f]+( \d+)?\n", "", text, flags=re.M)
