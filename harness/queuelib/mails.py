# SPDX-License-Identifier: GPL-2.0
"""The series as others take it: mails, and one diff."""

from pathlib import Path

from .common import DIFF, PATCHES, Failure


def cover_letter():
    """Subject and text of patches/cover-letter."""
    path = PATCHES / "cover-letter"
    if not path.is_file():
        raise Failure("export: patches/cover-letter is missing")
    subject, _, body = path.read_text().strip().partition("\n\n")
    if not subject.isascii() or not body.isascii() or "\n" in subject:
        raise Failure("export: patches/cover-letter: wants one subject line, an "
                      "empty line and text, all in ASCII")
    return subject.removeprefix("Subject: "), body


def write_mails(git, base, tip, where, version=None, signoff=None, cover=None):
    """git format-patch of base..tip, the same bytes on every run."""
    extra = ["-v", version] if version else []
    if signoff:
        extra += ["--signoff"]
        git = git.using(GIT_COMMITTER_NAME=signoff[0], GIT_COMMITTER_EMAIL=signoff[1])
    if cover:
        extra += ["--cover-letter", "--cover-from-description=none"]
        date = git.line("log", "-1", "--format=%ad", "--date=raw", tip)
        git = git.using(GIT_COMMITTER_DATE=date)
    out = git.run("format-patch", "-n", "--no-renames", "--no-signature",
                  "--no-base", "--no-thread", *extra, "-o", str(where),
                  f"{base}..{tip}")
    mails = [Path(x) for x in out.splitlines()]
    if cover:
        text = mails[0].read_text()
        text = text.replace("*** SUBJECT HERE ***", cover[0])
        mails[0].write_text(text.replace("*** BLURB HERE ***", cover[1]))
    return mails


def combined_diff(git, base, tip):
    """One diff of the whole series, for patch -p1."""
    return git.run("diff-tree", "-p", *DIFF, "-r", base, tip)
