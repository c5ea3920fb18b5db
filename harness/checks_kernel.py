# SPDX-License-Identifier: GPL-2.0
"""The checks that need the composed tree, some of them its compiler."""

import functools
import os
import re
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from checks_repo import (Skip, output_of, queue_check, run_checkpatch,
                         tool)
from kobj import (BUILD, CROSS, LINUX, ROOT, Failure, Kernel, Selector,
                  added_lines, base_ref, changed_files, git, locked,
                  new_against, stock)

# (start of the subject, type of checkpatch): why it stays. Shown each time.
ACCEPTED = {
    ("module: ", "VSPRINTF_SPECIFIER_PX"):
        "kdb and files for CAP_SYSLOG show addresses on purpose",
    ("module: Give each kind", "CAMELCASE"):
        "Elf_Fdesc is the type that parisc has",
    ("module: Give each kind", "LOGICAL_CONTINUATIONS"):
        "the condition has a conditional part in its middle, as before",
    ("module: Give each kind", "MULTIPLE_ASSIGNMENTS"):
        "the lines keep their form, only the base is another",
    ("tools/testing/execmem: ", "NEW_TYPEDEFS"):
        "pgprot_t stands in for the kernel's",
}

# Markup of the kernel's Sphinx that plain docutils does not know.
SPHINX_ROLES = """
ref doc term c:func c:type c:struct c:macro c:enum c:member c:data c:expr
abbr manpage command option envvar
""".split()
SPHINX_DIRECTIVES = """
toctree kernel-doc c:function c:type c:struct c:macro c:enum c:member
code-block literalinclude kernel-include flat-table only index
""".split()


def composed():
    """The tree must be there."""
    if not LINUX.exists():
        raise Failure("build/linux is not there; run make tree")
    return LINUX


@functools.cache
def series_changes():
    """{path: status} of the series."""
    composed()
    return changed_files(base_ref())


@functools.cache
def series_lines():
    """{path: line numbers} that the series adds to files of the base."""
    return added_lines(base_ref())


def added(*suffixes):
    """The files that the series brings in."""
    return sorted(path for path, status in series_changes().items()
                  if status == "A" and path.endswith(suffixes))


def queue_full():
    """All rules of the queue, composing and exporting included."""
    return queue_check()


def tooling_tests():
    """The unit tests of our own tools."""
    status, text = output_of("python3", "-m", "unittest", "discover", "-s",
                             "harness/tests", "-t", "harness/tests")
    return text.strip().splitlines()[-20:] if status else []


def checkpatch_one(patch):
    """The complaints about one exported patch that are not accepted."""
    subject = next((line.partition("] ")[2] for line in
                    patch.read_text(errors="replace").splitlines()
                    if line.startswith("Subject: ")), patch.name)
    problems, accepted = [], []
    for line in run_checkpatch(patch):
        kind = re.search(r"(?:ERROR|WARNING|CHECK):(\w+):", line)
        where = line.replace(f"{patch}:", f"{patch.name[:4]} line ", 1)
        reason = next((why for (start, name), why in ACCEPTED.items()
                       if kind and name == kind[1] and
                       subject.startswith(start)), None)
        if reason:
            accepted.append(f"accepted in '{subject}': {kind[1]}: {reason}")
        else:
            problems.append(f"{subject}: {where}")
    return problems, accepted


def checkpatch_patches():
    """checkpatch --strict on each patch as it is posted."""
    composed()
    with tempfile.TemporaryDirectory() as folder:
        git("format-patch", "-q", "--no-signature", "--no-renames", "-o",
            folder, f"{base_ref()}..HEAD")
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            results = list(pool.map(checkpatch_one,
                                    sorted(Path(folder).glob("*.patch"))))
    for line in sorted({line for _, lines in results for line in lines}):
        print(f"# {line}")
    return [problem for problems, _ in results for problem in problems]


def kernel_doc():
    """The comments of new files parse, and the lines that we add do."""
    problems = []
    for path, status in sorted(series_changes().items()):
        text = "" if status == "D" or not path.endswith((".c", ".h")) else \
            (LINUX / path).read_text(errors="replace")
        if not re.search(r"^\s*/\*\*\s*$", text, re.M):
            continue
        _, output = output_of(LINUX / "scripts/kernel-doc", "-v", "-none",
                              "-Werror", path, cwd=LINUX)
        for line in output.splitlines():
            hit = re.match(r"\S+?:(\d+): (?:warning|error):", line)
            if hit and (status == "A" or
                        int(hit[1]) in series_lines().get(path, ())):
                problems.append(line)
    return problems


def register_sphinx():
    """Teach docutils that the kernel's own markup exists."""
    from docutils import nodes
    from docutils.parsers.rst import Directive, directives, roles

    class AnyOption(dict):
        """An option_spec that takes every option."""

        def __missing__(self, key):
            return str

        def __bool__(self):
            return True

    class Known(Directive):
        """A directive of Sphinx: its place is checked, not its content."""
        has_content = True
        optional_arguments = 99
        final_argument_whitespace = True
        option_spec = AnyOption()

        def run(self):
            return []

    for name in SPHINX_DIRECTIVES:
        directives.register_directive(name, Known)
    for name in SPHINX_ROLES:
        roles.register_generic_role(name, nodes.literal)


def documentation():
    """Our .rst files parse; edits of existing ones add no complaint."""
    paths = [path for path, status in sorted(series_changes().items())
             if path.startswith("Documentation/") and status != "D" and
             path.endswith(".rst")]
    if not paths:
        return []
    try:
        import docutils.core
        import docutils.utils
    except ImportError:
        raise Skip("python3-docutils is missing; run make deps") from None
    register_sphinx()
    problems = []
    for path in paths:
        text = (LINUX / path).read_text(errors="replace")
        ours = series_lines().get(path)
        for line, message in rst_messages(docutils.core, path, text):
            if series_changes()[path] == "A" or line in (ours or ()):
                problems.append(f"{path}:{line}: {message}")
    return problems


def rst_messages(core, path, text):
    """(line, message) of what docutils dislikes in a text."""
    document = core.publish_doctree(
        text, source_path=path, settings_overrides={
            "report_level": 2, "halt_level": 5, "warning_stream": False,
            "file_insertion_enabled": False})
    for node in [*document.parse_messages, *document.transform_messages]:
        yield int(node.get("line", 0)), \
            node.astext().replace("\n", " ").partition(") ")[2]


def abi_files():
    """Documentation/ABI parses with the kernel's own script."""
    paths = [p for p in series_changes()
             if p.startswith("Documentation/ABI/")]
    if not paths:
        return []
    _, output = output_of(LINUX / "scripts/get_abi.pl", "validate",
                          "--dir", "Documentation/ABI", cwd=LINUX)
    return [line for line in output.splitlines()
            if any(path in line or Path(path).name in line for path in paths)]


def maintainer_patterns():
    """(line number, regular expression) of the F: lines of MAINTAINERS."""
    patterns, section = [], ""
    text = (composed() / "MAINTAINERS").read_text(errors="replace")
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(r"[A-Z]:\s", line) is None:
            section = line.strip() or section
        elif line.startswith("F:") and section != "THE REST":
            glob = line[2:].strip()
            regex = re.escape(glob).replace(r"\*", "[^/]*")
            regex = regex.replace(r"\?", "[^/]")
            tail = "" if glob.endswith("/") else "(?:/|$)"
            patterns.append((number, re.compile(regex + tail)))
    return patterns


def maintainers():
    """Each new file has somebody; the patterns that we add find something."""
    patterns = maintainer_patterns()
    problems = [f"{path}: no entry of MAINTAINERS covers it"
                for path in added("")
                if not any(regex.match(path) for _, regex in patterns)]
    ours = series_lines().get("MAINTAINERS", ())
    files = git("ls-files").splitlines() if ours else []
    return problems + [
        f"MAINTAINERS:{number}: the pattern matches no file"
        for number, regex in patterns
        if number in ours and not any(regex.match(f) for f in files)]


def old_layout():
    """Nothing outside drivers/ knows struct module_layout or its fields."""
    composed()
    text = git("grep", "-nIE",
               r"\b(core_layout|init_layout|data_layout)\b|"
               r"struct module_layout\b", "--", ".", ":!drivers",
               ":!Documentation", check=False)
    fields = re.compile(r"struct module_layout\b|"
                        r"(?:->|\.|\[[\"'])(?:core|init|data)_layout\b")
    return [line for line in text.splitlines() if fields.search(line)]


def other_owners():
    """Nobody but execmem hands out executable memory.

    powerpc has a page for optimised kprobes in the kernel's own text.
    """
    composed()
    gone = git("grep", "-nIwE", "module_alloc|module_memfree|"
               "bpf_jit_alloc_exec|bpf_jit_free_exec", "--", ".",
               ":!Documentation", check=False)
    overrides = git("grep", "-nIwE", "alloc_insn_page|alloc_optinsn_page",
                    "--", "arch", ":!arch/powerpc/kernel/optprobes.c",
                    check=False)
    return gone.splitlines() + overrides.splitlines()


def objects_of(arch, config):
    """The objects of one architecture that the series adds or touches."""
    karch = f"arch/{'x86' if arch == 'x86_64' else arch}/"
    selector = Selector(LINUX, config)
    objects = []
    for path, status in sorted(series_changes().items()):
        foreign = path.startswith("arch/") and not path.startswith(karch)
        if path.endswith(".c") and status != "D" and not foreign and \
           not path.startswith(("tools/", "scripts/", "samples/")) and \
           selector.builds(path[:-2] + ".o"):
            objects.append(path[:-2] + ".o")
    return objects


def prepared(arch, tree, odir):
    """A kernel with the gate's configuration, ready to compile objects."""
    status, text = output_of(ROOT / "harness/build", arch, "--config-only")
    if status:
        raise Failure(text.strip().splitlines()[-1])
    kernel = Kernel(tree, odir, arch, CROSS[arch])
    odir.mkdir(parents=True, exist_ok=True)
    kernel.log.unlink(missing_ok=True)
    shutil.copy(BUILD / f"o-{arch}/.config", odir / ".config")
    kernel.must_make("olddefconfig")
    kernel.must_make("prepare")
    return kernel


@functools.cache
def compiled(arch):
    """(kernel, failure, warnings) of the series' objects with W=1 C=2."""
    tool("sparse")
    tool(f"{CROSS[arch]}gcc")
    composed()
    odir = BUILD / f"o-{arch}-check"
    with locked(odir):
        kernel = prepared(arch, LINUX, odir)
        objects = objects_of(arch, kernel.config())
        if not objects:
            return "the series touches no object", []
        status, found, _, output = kernel.compile(objects, "W=1", "C=2")
    errors = [str(d) for d in found if d.kind == "error"]
    why = errors[0] if errors else output.strip().splitlines()[-1]
    return why if status else "", ours_only(arch, objects, found)


def ours_only(arch, objects, found):
    """The complaints about lines of ours, or that stock does not have."""
    changes, lines = series_changes(), series_lines()
    ours, doubtful = [], []
    for diag in found:
        status = changes.get(diag.path)
        if status == "A" or diag.line in lines.get(diag.path, ()):
            ours.append(diag)
        elif status == "M":
            doubtful.append(diag)
    if not doubtful:
        return ours
    odir = BUILD / f"o-stock-{arch}-check"
    kept = [obj for obj in objects if changes[obj[:-2] + ".c"] == "M"]
    with locked(odir):
        kernel = prepared(arch, stock(), odir)
        before = kernel.compile(kept, "W=1", "C=2")[1]
    return ours + new_against(doubtful, before)


def compile_check(arch, checker):
    """What gcc with W=1, or sparse, says about the series' objects."""
    failure, ours = compiled(arch)
    problems = [failure] if failure else []
    return problems + [str(diag) for diag in ours
                       if diag.from_gcc == (checker == "W=1")]
