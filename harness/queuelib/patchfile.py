# SPDX-License-Identifier: GPL-2.0
"""The form of patches/*.patch and of patches/series."""

import datetime
import email.utils
import hashlib
import re
from dataclasses import dataclass, field

from .common import (MBOX, MAIL, NAME, PATCHES, ROOT, Failure, decode, encode,
                     file_mode, sha256)

@dataclass
class Hunk:
    old: int
    header: str
    line: int


@dataclass
class Section:
    path: str
    line: int
    hunks: list = field(default_factory=list)


@dataclass
class Patch:
    subject: str
    date: int
    body: str
    adds: list
    removes: list
    diff: str

    @property
    def name(self):
        return slug(self.subject) + ".patch"

    def render(self):
        when = datetime.datetime.fromtimestamp(self.date, datetime.UTC)
        meta = [f"Adds: {p}\n" for p in sorted(self.adds)]
        meta += [f"Removes: {p}\n" for p in sorted(self.removes)]
        return (f"{MBOX}\nFrom: {NAME} <{MAIL}>\n"
                f"Date: {email.utils.format_datetime(when)}\n"
                f"Subject: [PATCH] {self.subject}\n\n"
                + (self.body + "\n" if self.body else "") + "---\n"
                + "".join(meta) + ("\n" + self.diff if self.diff else ""))

    def sections(self):
        """The files and hunks of the diff; refuses one that is damaged."""
        found, old, new = [], 0, 0
        for number, text in enumerate(self.diff.split("\n")[:-1], 1):
            if old > 0 or new > 0:
                old -= text[:1] in (" ", "-", "")
                new -= text[:1] in (" ", "+", "")
                if text[:1] not in (" ", "-", "+", "\\", "") or min(old, new) < 0:
                    raise Failure(f"{found[-1].path}: hunk {len(found[-1].hunks)}"
                                  f" ({found[-1].hunks[-1].header}) is damaged")
            elif m := re.fullmatch(r"diff --git a/(.+) b/\1", text):
                found.append(Section(m[1], number))
            elif not found:
                raise Failure(f"'{text}': is no header of one file's diff")
            elif m := re.match(r"@@ -(\d+)(?:,(\d+))? \+\d+(?:,(\d+))? @@", text):
                found[-1].hunks.append(Hunk(int(m[1]), text, number))
                old, new = (int(x) if x else 1 for x in (m[2], m[3]))
            elif text[:1] in (" ", "+", "-") and text[:4] not in ("--- ", "+++ "):
                raise Failure(f"{found[-1].path}: hunk {len(found[-1].hunks)}"
                              " has more lines than it says")
            elif re.match("new file|deleted|rename|copy|GIT binary|Binary", text):
                raise Failure(f"{found[-1].path}: '{text}': whole files are "
                              "named by Adds: and Removes:")
        if old > 0 or new > 0:
            raise Failure(f"{found[-1].path}: hunk {len(found[-1].hunks)} is cut off")
        return found
PATCH = re.compile(
    re.escape(MBOX) + r"\nFrom: [^\n]*\nDate: (?P<date>[^\n]*)\n"
    r"Subject: \[PATCH\] (?P<subject>[^\n]*)\n\n(?P<body>.*?)^---\n"
    r"(?P<meta>(?:(?:Adds|Removes): [^\n]*\n)*)(?:\n(?P<diff>diff --git .*\n))?",
    re.S | re.M)


def slug(subject):
    return re.sub(r"[^a-z0-9._]+", "-", subject.lower()).strip("-.")


def parse(text):
    m = PATCH.fullmatch(text)
    if not m:
        raise Failure("is not in the form that refresh writes")
    try:
        when = email.utils.parsedate_to_datetime(m["date"])
    except ValueError:
        raise Failure(f"Date: '{m['date']}' is no date") from None
    meta = [x.split(": ", 1) for x in m["meta"].splitlines()]
    return Patch(m["subject"], int(when.timestamp()), m["body"].rstrip("\n"),
                 [p for k, p in meta if k == "Adds"],
                 [p for k, p in meta if k == "Removes"], m["diff"] or "")


def message_faults(subject, body):
    """What mail or review would trip over."""
    if not subject:
        yield "has an empty message"
    if "\n" in subject:
        yield "its subject is more than one line"
    if re.match(r"(fixup|squash|amend)! ", subject):
        yield "is to be squashed first (git rebase -i --autosquash)"
    elif subject.startswith("["):
        yield "its subject starts with '[', which git am drops"
    elif not slug(subject):
        yield f"its subject '{subject}' gives no file name"
    if re.search(r"^Signed-off-by:", body, re.M | re.I):
        yield "has a Signed-off-by line (whoever posts the series signs it)"
    if m := re.search(r"^(---([ \t].*)?|diff -.*|Index: .*|From [0-9a-f]{40} .*)$",
                      body, re.M):
        yield f"git am would end its message at '{m[0]}'"
    if re.match(r"(From|Date|Subject): ", body):
        yield "its message starts like a mail header"


def split_message(message):
    text = "\n".join(x.rstrip() for x in message.split("\n"))
    text = re.sub(r"\n{3,}", "\n\n", text).strip("\n")
    subject, _, body = text.partition("\n\n")
    return subject, body


@dataclass
class Series:
    """patches/series: a comment belongs to the patch below it."""

    head: str = ""
    entries: list = field(default_factory=list)     # (comment, name)
    tail: str = ""

    @classmethod
    def load(cls):
        path, series, comment = PATCHES / "series", cls(), ""
        for line in decode(path.read_bytes()).splitlines() if path.exists() else ():
            if line and not line.startswith("#"):
                series.entries.append((comment, line.strip()))
                comment = ""
                continue
            comment += line + "\n"
            if not line and not series.entries and not series.head:
                series.head, comment = comment, ""
        series.tail = comment
        return series

    @property
    def names(self):
        return [name for _, name in self.entries]

    def render(self):
        return (self.head + "".join(c + n + "\n" for c, n in self.entries)
                + self.tail)

    def reordered(self, names):
        """The same comments around a new list of patches."""
        old, comments, tail = self.names, {}, self.tail
        for i, (comment, name) in enumerate(self.entries):
            if comment and name not in names:
                before = [n for n in old[:i] if n in names]
                at = names.index(before[-1]) + 1 if before else 0
                if names[at:at + 1] and names[at] not in old:
                    name = names[at]        # renamed, or split
                else:
                    name = next((n for n in old[i:] if n in names), None)
            if name is None:
                tail = comment + tail
            elif comment:
                comments[name] = comments.get(name, "") + comment
        return Series(self.head, [(comments.get(n, ""), n) for n in names], tail)


def load_patches():
    names = Series.load().names
    patches, faults = [], []
    for name in names:
        try:
            text = decode((PATCHES / name).read_bytes())
            patches.append(parse(text))
            if patches[-1].name != name:
                raise Failure(f"its subject asks for the name {patches[-1].name}")
        except FileNotFoundError:
            faults.append(f"patches/{name}: is in patches/series, but not there")
        except Failure as fault:
            faults.append(f"patches/{name}: {fault}")
    if faults:
        raise Failure("\n".join(faults))
    return patches


def inputs(version, patches):
    """A fingerprint of all that compose reads, by name."""
    found = {"base": version,
             "patches/series": "\n".join(p.name for p in patches)}
    for p in patches:
        found["patches/" + p.name] = hashlib.sha256(encode(p.render())).hexdigest()
        for path in p.adds:
            if (ROOT / path).is_file():
                found[path] = sha256(ROOT / path) + file_mode(ROOT / path)
    return found


def added_by_files(names):
    """All whole files that these patch files name, however damaged they are."""
    found = set()
    for name in names:
        if (PATCHES / name).is_file():
            text = decode((PATCHES / name).read_bytes())
            found.update(re.findall(r"^Adds: ([^\n]+)$", text, re.M))
    return found
