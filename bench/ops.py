# SPDX-License-Identifier: GPL-2.0
"""What opsbench says: parse it, compare two kernels, print and keep it.

Used by bench/run and bench/workload.
"""

import csv
import re
import statistics
from pathlib import Path

# What is above this has to be explained, in this file: "<operation>: <why>"
LIMIT = 1.10
EXPLAIN = Path(__file__).resolve().parent / "explain.txt"

# An operation and the one that undoes it; modules have a table of their own
PAIRS = (
    ("bpf_load", "bpf_free"),
    ("bpf_load_large", "bpf_free_large"),
    ("kprobe_register", "kprobe_unregister"),
    ("ftrace_enable", "ftrace_disable"),
    ("module_load", "module_unload"),
)
COUNTED = [name for pair in PAIRS[:-1] for name in pair]
SMALL_USERS = ("small BPF program", "large BPF program", "kprobe",
               "function tracer")

OP = re.compile(r"^op (\w+) \d+ (\d+) (\d+) (\d+)$")
FLUSH = re.compile(r"^flush (\w+) (\d+) (\d+) (\d+)$")
REGIONS = re.compile(r"^regions (\d+)$")


class Incomplete(Exception):
    """The guest did not say all that it should."""


def lines_of(console):
    """The lines of a console that came to its end."""
    lines = console.read_text(encoding="utf-8", errors="replace").splitlines()
    if "done ops" not in lines:
        raise Incomplete(f"opsbench did not count everything, see {console}")
    return lines


def instructions(console):
    """{operation: instructions, a median of the rounds}"""
    rounds = {}
    for line in lines_of(console):
        if (match := OP.match(line)):
            number, thread, other = map(int, match.groups()[1:])
            rounds.setdefault(match[1], []).append((thread + other) / number)
    if set(rounds) != set(COUNTED):
        raise Incomplete(f"operations are missing in {console}")
    return {name: statistics.median(found) for name, found in rounds.items()}


def flushes(console):
    """{operation: flushes of all CPUs for one}; None where nobody can count"""
    found = {}
    for line in lines_of(console):
        if line == "flush none":
            return None
        if (match := FLUSH.match(line)):
            number, hits, cpus = map(int, match.groups()[1:])
            found[match[1]] = hits / cpus / number
    if set(found) != {name for pair in PAIRS for name in pair}:
        raise Incomplete(f"operations are missing in {console}")
    return found


def text_regions(console):
    """Regions of text of all modules that were loaded; None if nobody tells"""
    for line in lines_of(console):
        if (match := REGIONS.match(line)):
            return int(match[1])
    return None


class Flushes:
    """Flushes of all CPUs on both kernels, with bars.

    Only ours tells its regions of text. Stock loads the same modules: what it
    flushes is divided by the same number.
    """

    def __init__(self, modules, by_tree, regions):
        if None in by_tree or not regions[-1]:
            raise Incomplete("the guests did not count flushes, or regions")
        self.stock, self.ours = by_tree
        self.modules, self.regions = modules, regions[-1]

    def both(self, *names, of=1):
        """The sum of some operations, stock's and ours."""
        return [sum(found[name] for name in names) / of
                for found in (self.stock, self.ours)]

    def judged(self):
        """(what, stock, ours, bar)"""
        for pair, user in zip(PAIRS, SMALL_USERS):
            yield f"a {user}, made and dropped", *self.both(*pair), 0
        load, unload = PAIRS[-1]
        yield "load a module", *self.both(load), None
        for name, what in (load, "load"), (unload, "unload"):
            yield (f"{what} a module, per region of text",
                   *self.both(name, of=self.regions / self.modules), 1)

    @property
    def note(self):
        """What the modules are."""
        return (f"{self.modules} modules, {self.regions} regions of text on"
                " this, core and init each one")


def ratio(ours, stock):
    """Ours for one of stock's; what comes from nothing has no ratio."""
    if not stock:
        return 1.0 if not ours else float("inf")
    return ours / stock


def reasons():
    """What bench/explain.txt says."""
    found = {}
    if EXPLAIN.exists():
        for line in EXPLAIN.read_text(encoding="utf-8").splitlines():
            name, sep, why = line.partition(":")
            if sep and not line.startswith("#"):
                found[name.strip()] = why.strip()
    return found


def row(name, instr, flush, why):
    """One line of operations.csv; `instr` and `flush` are by kernel."""
    entry = {"operation": name}
    above = []
    for what, by_tree in ("instr", instr), ("flushes", flush):
        if by_tree is None:
            entry.update({f"{what}_stock": "", f"{what}_ours": "",
                          f"{what}_ratio": ""})
            continue
        stock, ours = by_tree["stock"], by_tree["linux"]
        entry.update({f"{what}_stock": round(stock, 2),
                      f"{what}_ours": round(ours, 2),
                      f"{what}_ratio": round(ratio(ours, stock), 4)})
        if ratio(ours, stock) > LIMIT:
            above.append(what)
    entry["explain"] = ""
    if above:
        entry["explain"] = " and ".join(above) + ": " + \
            why.get(name, "NOT EXPLAINED")
    return entry


def rows(instr, flush):
    """All operations, and the sum of each pair."""
    why = reasons()

    def pick(found, names):
        if any(found[tree] is None or names[0] not in found[tree]
               for tree in found):
            return None
        return {tree: sum(found[tree][name] for name in names)
                for tree in found}

    for pair in PAIRS:
        for names in (pair[0],), (pair[1],), pair:
            yield row("+".join(names), pick(instr, names), pick(flush, names),
                      why)


def cell(value, form):
    """A number, or that there is none."""
    return format(value, form) if value != "" else "-"


def show(entries, cpus):
    """The table."""
    print(f"\n{'':34} {'instructions':^26}   {'flushes of all CPUs':^20}")
    print(f"{'operation':34} {'stock':>10} {'this':>10} {'ratio':>5}   "
          f"{'stock':>7} {'this':>7}  explain:")
    print("-" * 98)
    for e in entries:
        print(f"{e['operation']:34} {cell(e['instr_stock'], '10,.0f'):>10}"
              f" {cell(e['instr_ours'], '10,.0f'):>10}"
              f" {cell(e['instr_ratio'], '5.2f'):>5}   "
              f"{cell(e['flushes_stock'], '7.2f'):>7}"
              f" {cell(e['flushes_ours'], '7.2f'):>7}  {e['explain']}")
    print("-" * 98)
    above = [e["operation"] for e in entries if e["explain"]]
    print(f"{len(entries)} operations, {len(above)} above {LIMIT:.2f}"
          + (": " + ", ".join(above) if above else ""))
    if cpus:
        print("flushes: of kernel addresses, on all of 2 CPUs, each counted"
              " once")
    else:
        print("flushes: not counted, CPUs flush each other by broadcast")


def write(path, entries):
    """operations.csv"""
    with open(path, "w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(entries[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(entries)
