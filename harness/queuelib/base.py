# SPDX-License-Identifier: GPL-2.0
"""The base: Debian's kernel source, as one commit."""

import contextlib
import functools
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from .common import (BRANCH, BUILD, COMPOSED, MAIL, NAME, NEED_GIB, ROOT, TREE,
                     Failure, Git, commit_tree, decode, environment, epoch,
                     load_state, save_state, say, scratch, sha256)

def load_pin():
    pin = {}
    for line in (ROOT / "base").read_text().splitlines():
        if line and not line.startswith("#"):
            key, _, pin[key.strip()] = line.partition("=")
            pin[key.strip()] = pin[key.strip()].strip()
    for key in ("package", "version", "tarball_sha256", "date"):
        if not pin.get(key):
            raise Failure(f"{ROOT / 'base'}: no value for '{key}'")
    return pin


def save_pin(**changes):
    text = (ROOT / "base").read_text()
    for key, value in changes.items():
        text = re.sub(rf"^{key}=.*$", f"{key}={value}", text, flags=re.M)
    (ROOT / "base").write_text(text)


class Progress:
    """A line that moves on a terminal, and one each few seconds in a log."""

    def __init__(self, what, total, unit=""):
        self.what, self.total, self.unit = what, max(total, 1), unit
        self.start = self.last = time.monotonic()

    def at(self, done, last=False):
        now, tty = time.monotonic(), sys.stdout.isatty()
        if not last and now - self.last < (0.2 if tty else 5):
            return
        self.last = now
        print(f"{self.what}: {done}/{self.total}{self.unit}, "
              f"{now - self.start:.0f}s", flush=True,
              end="\r" if tty and not last else "\n")


def archive_versions(package):
    try:
        done = subprocess.run(["apt-cache", "madison", package], text=True,
                              capture_output=True, check=False, env=environment())
    except FileNotFoundError:
        return []
    found = {x.split("|")[1].strip() for x in done.stdout.splitlines() if "|" in x}

    def order(a, b):
        lower = subprocess.run(["dpkg", "--compare-versions", a, "lt", b],
                               check=False).returncode == 0
        return -1 if lower else 1
    return sorted(found, key=functools.cmp_to_key(order))


def download(package, version):
    """Fetch the package with apt; returns the inner tarball and the .deb's sum."""
    where = BUILD / "dl"
    where.mkdir(parents=True, exist_ok=True)
    say(f"fetch: downloading {package} {version} into {where}")
    done = subprocess.run(["apt-get", "-q", "download", f"{package}={version}"],
                          cwd=where, capture_output=True, check=False,
                          env=environment())
    debs = sorted(where.glob(f"{package}_{version.replace(':', '%3a')}_*.deb"))
    if done.returncode or not debs:
        why = decode(done.stderr).strip().splitlines() or ["no file came"]
        raise Failure(f"fetch: apt-get download {package}={version}: {why[-1]}")
    tarball = where / f"{package}_{version}.tar.xz"
    say(f"fetch: taking the source out of {debs[0].name}")
    with open(tarball, "wb") as out, \
         subprocess.Popen(["dpkg-deb", "--fsys-tarfile", debs[0]],
                          stdout=subprocess.PIPE) as deb:
        tar = subprocess.run(["tar", "-xOf", "-", f"./usr/src/{package}.tar.xz"],
                             stdin=deb.stdout, stdout=out, check=False)
    if tar.returncode or not tarball.stat().st_size:
        raise Failure(f"fetch: {debs[0].name}: no usr/src/{package}.tar.xz in it")
    digest = sha256(debs[0])
    debs[0].unlink()
    return tarball, digest


def obtain(pin, version, tarball=None, pinned=True):
    """The tarball of a version: (version, path, sum of the .deb or '')."""
    def matches(path):
        return path.is_file() and sha256(path) == pin["tarball_sha256"]

    if tarball:
        if not tarball.is_file():
            raise Failure(f"fetch: {tarball}: no such file")
        if pinned and not matches(tarball):
            raise Failure(f"fetch: {tarball}: checksum is not the one in 'base'")
        return version, tarball, ""
    package = pin["package"]
    for local in (Path("/usr/src") / f"{package}.tar.xz",
                  BUILD / "dl" / f"{package}_{version}.tar.xz"):
        if pinned and matches(local):
            say(f"fetch: using {local}")
            return version, local, ""
    known = archive_versions(package)
    if not known and os.geteuid() == 0 and shutil.which("apt-get"):
        say("fetch: no package lists yet: apt-get update")
        subprocess.run(["apt-get", "-qq", "update"], check=False)
        known = archive_versions(package)
    if not known:
        raise Failure(f"fetch: {package} is in no archive that apt knows "
                      "(apt-get update?); a tarball can be given: --tarball FILE")
    if version not in known:
        if not pinned:
            raise Failure(f"fetch: {package} {version} is not in the archive "
                          f"(it has: {', '.join(known)})")
        say(f"fetch: {package} {version} is gone from the archive: using "
            f"{known[-1]}, hunks may be offset")
        pinned, version = False, known[-1]
    path, digest = download(package, version)
    if pinned and not matches(path):
        raise Failure(f"fetch: {path}: checksum is not the one in 'base'")
    if pinned and pin.get("deb_sha256", digest) not in ("", digest):
        raise Failure(f"fetch: {package} {version}: the .deb's checksum is not "
                      "the one in 'base'")
    return version, path, digest


def unpack(tarball, where):
    """Returns how many files there are."""
    size = tarball.stat().st_size
    progress = Progress(f"unpack {tarball.name}", size >> 20, " MiB")
    where.mkdir()
    with open(tarball, "rb") as source, \
         subprocess.Popen(["tar", "-xJ", "--strip-components=1",
                           "--no-same-owner", "-C", str(where)],
                          stdin=subprocess.PIPE) as tar:
        with contextlib.suppress(BrokenPipeError):
            while chunk := source.read(1 << 20):
                tar.stdin.write(chunk)
                progress.at(source.tell() >> 20)
            tar.stdin.close()
    if tar.returncode:
        raise Failure(f"fetch: {tarball}: tar cannot unpack it")
    progress.at(size >> 20, last=True)
    return sum(len(files) + sum(os.path.islink(os.path.join(top, d)) for d in dirs)
               for top, dirs, files in os.walk(where))


def strip_ignore(path):
    """Debian's file ends with a stanza that hides every new file from git."""
    text = path.read_text()
    text, stanza, _ = text.partition("\n#\n# Debian packaging:")
    if "/*" in text.splitlines():
        raise Failure(f"fetch: {path.name} of the base ignores '/*'")
    if stanza:
        path.write_text(text)


def import_base(pin, version, tarball):
    free = shutil.disk_usage(BUILD).free / (1 << 30)
    if free < NEED_GIB:
        raise Failure(f"fetch: {BUILD}: {free:.1f} GiB free, {NEED_GIB} needed")
    with scratch() as tmp:
        work = tmp / "linux"
        total = unpack(tarball, work)
        if (work / ".gitignore").exists():
            strip_ignore(work / ".gitignore")
        first = not (TREE / ".git").exists()
        if first:
            git = Git(work)
            git.run("init", "-q", "--template=", "-b", "series")
            for key, value in (("core.looseCompression", "0"), ("gc.auto", "0"),
                               ("user.name", NAME), ("user.email", MAIL)):
                git.run("config", key, value)
        else:
            git = Git(work, GIT_DIR=str(TREE / ".git"), GIT_WORK_TREE=str(work),
                      GIT_INDEX_FILE=str(tmp / "index"))
        progress, count = Progress("import", total, " files"), 0
        with subprocess.Popen(git.command(("add", "-v", "-A", "-f", ".")),
                              stdout=subprocess.PIPE,
                              env=environment(**git.env)) as add:
            for _ in add.stdout:
                count += 1
                progress.at(count)
        if add.returncode:
            raise Failure(f"fetch: git add of {work} failed")
        progress.at(count, last=True)
        commit = commit_tree(git, git.line("write-tree"), None, epoch(pin["date"]),
                             f"Debian {pin['package']} {version}\n")
        git.run("tag", f"base/{version}", commit)
        if first:
            git.run("update-ref", BRANCH, commit)
            git.run("update-ref", COMPOSED, commit)
            TREE.parent.mkdir(parents=True, exist_ok=True)
            os.rename(work, TREE)
    return commit


def ensure_base(pin, tarball=None, again=False):
    """The imported base: (commit, version, whether it is the pinned one)."""
    git, version = Git(TREE), pin["version"]
    tree = (TREE / ".git").exists()
    if TREE.exists() and not tree:
        raise Failure(f"{TREE}: is there, but is no git tree")
    if tree and (commit := git.resolve(f"refs/tags/base/{version}")):
        return commit, version, True
    used = load_state().get("instead", {}).get(version)
    if used and not again:
        say(f"base: {used} instead of {version}, which is not in the archive: "
            "hunks may be offset")
        return git.resolve(f"refs/tags/base/{used}"), used, False
    BUILD.mkdir(parents=True, exist_ok=True)
    used, path, _ = obtain(pin, version, tarball)
    commit = tree and git.resolve(f"refs/tags/base/{used}")
    commit = commit or import_base(pin, used, path)
    if used != version:
        save_state(instead={version: used})
    return commit, used, used == version
