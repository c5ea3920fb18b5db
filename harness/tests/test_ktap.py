# SPDX-License-Identifier: GPL-2.0
"""Tests of harness/ktap: python3 -m unittest discover harness/tests."""

import importlib.machinery
import importlib.util
import pathlib
import subprocess
import sys
import unittest

KTAP = str(pathlib.Path(__file__).resolve().parent.parent / 'ktap')
LOADER = importlib.machinery.SourceFileLoader('ktap', KTAP)
SPEC = importlib.util.spec_from_loader('ktap', LOADER)
ktap = importlib.util.module_from_spec(SPEC)
sys.dont_write_bytecode = True
LOADER.exec_module(ktap)

KUNIT = '''\
[    0.512345] KTAP version 1
[    0.512346] 1..2
[    0.512347]     KTAP version 1
[    0.512348]     # Subtest: module_memory
[    0.512349]     1..3
[    0.512350]     ok 1 order
[    0.512351]         KTAP version 1
[    0.512352]         # Subtest: section
[    0.512353]         ok 1 text
[    0.512354]         ok 2 data
[    0.512355]     ok 2 section
[    0.512356]     ok 3 empty # SKIP no regions
[    0.512357] # module_memory: pass:3 fail:0 skip:1 total:4
[    0.512358] ok 1 module_memory
[    0.512359]     KTAP version 1
[    0.512360]     # Subtest: kprobes_test
[    0.512361]     1..1
[    0.512362]     ok 1 test_kprobe
[    0.512363] ok 2 kprobes_test
'''

KSELFTEST = '''\
[    2.100000] TAP version 13
[    2.100001] 1..2
[    2.100002] # selftests: module: load
[    2.100003] # TAP version 13
[    2.100004] # 1..2
[    2.100005] # # Starting 2 tests from 1 test cases.
[    2.100006] # ok 1 global.load
[    2.100007] # ok 2 global.unload
[    2.100008] # # Totals: pass:2 fail:0 xfail:0 xpass:0 skip:0 error:0
[    2.100009] ok 1 selftests: module: load
[    2.100010] # selftests: module: plain.sh
[    2.100011] ok 2 selftests: module: plain.sh
[    2.100012] EXIT:0
'''


def read(text, allow=()):
    """A log's verdict."""
    log = ktap.Log(allow)
    log.read(text.splitlines(True))
    return log


class Results(unittest.TestCase):
    """What is counted, and under which name."""

    def test_kunit(self):
        log = read(KUNIT)
        self.assertEqual((log.passed, log.skipped, log.failures), (4, 1, []))
        self.assertIn((True, 'module_memory.order'), log.results)
        self.assertIn((True, 'module_memory.section.text'), log.results)

    def test_kselftest(self):
        log = read(KSELFTEST)
        self.assertEqual((log.passed, log.failures, log.exit), (3, [], 0))

    def test_mixed(self):
        log = read(KUNIT + KSELFTEST)
        self.assertEqual((log.passed, log.failures), (7, []))

    def test_case_fails_once(self):
        bad = KUNIT.replace('    ok 1 order', '    not ok 1 order')
        bad = bad.replace('] ok 1 module', '] not ok 1 module')
        self.assertEqual(read(bad).failures, ['module_memory.order'])

    def test_parent_says_ok_child_not(self):
        bad = KUNIT.replace('    ok 1 order', '    not ok 1 order')
        self.assertEqual(len(read(bad).failures), 1)

    def test_program_fails_after_good_cases(self):
        bad = KSELFTEST.replace('] ok 1 selftests: module: load',
                                '] not ok 1 selftests: module: load # exit=1')
        self.assertEqual(read(bad).failures,
                         ['selftests: module: load # exit=1'])

    def test_case_missing(self):
        bad = KUNIT.replace('[    0.512350]     ok 1 order\n', '')
        self.assertIn('1 of 3 results are missing', read(bad).failures[0])

    def test_suite_missing(self):
        bad = KUNIT.replace('1..2', '1..3')
        self.assertIn('1 of 3 are missing', read(bad).failures[0])

    def test_log_ends_in_a_program(self):
        bad = KSELFTEST[:KSELFTEST.index('[    2.100007]')]
        self.assertTrue(read(bad).failures)

    def test_bpf(self):
        log = read('[    3.1] x\n'
                   '[    3.100000] test_bpf: #0 TAX jited:1 49 44 40 PASS\n'
                   '[    3.100001] test_bpf: #1 TXA \n'
                   '[    3.100002] hrtimer: interrupt took 5000 ns\n'
                   '[    3.100003] jited:1 ret 1 != 2 FAIL (1 times)\n'
                   '[    3.100004] test_bpf: #2 lost \n')
        self.assertEqual(log.results, [
            (True, 'test_bpf #0 TAX'), (False, 'test_bpf #1 TXA'),
            (False, 'test_bpf #2 lost (no verdict)')])

    def test_tracer(self):
        log = read('[    0.100000] Testing tracer function: PASSED\n'
                   '[    0.100001] Testing dynamic ftrace: FAILED!\n')
        self.assertEqual((log.passed, len(log.failures)), (1, 1))

    def test_tracer_with_others_between(self):
        log = read('[    0.100000] Testing ftrace filter: OK\n'
                   '[    0.100001] trace_kprobe: Testing kprobe tracing: \n'
                   '[    0.100002] input: a mouse\n'
                   '[    0.100003] OK\n')
        self.assertEqual((log.passed, log.failures), (2, []))


class Console(unittest.TestCase):
    """What a guest must not print."""

    def test_splats(self):
        for line in ('WARNING: CPU: 0 PID: 1 at kernel/module/main.c:1 x+0x1/2',
                     'BUG: KASAN: slab-out-of-bounds in f+0x1/0x2',
                     'BUG: unable to handle page fault for address: 0',
                     'Internal error: Oops: 805 [#1] SMP ARM',
                     'WARNING: possible circular locking dependency detected',
                     'INFO: task modprobe:12 blocked for more than 120 s',
                     'x86/mm: Checked W+X mappings: FAILED, 2 W+X pages found.',
                     'x86/mm: Found insecure W+X mapping at address 0xff',
                     'Kernel panic - not syncing: x',
                     'UBSAN: array-index-out-of-bounds in a.c:1:2',
                     'kmemleak: 2 new suspected memory leaks (see /sys)'):
            with self.subTest(line=line):
                self.assertEqual(len(read(f'[    1.000000] {line}\n').splats), 1)

    def test_harmless(self):
        for line in ('x86/mm: Checked W+X mappings: passed, no W+X pages found.',
                     'kasan: KernelAddressSanitizer initialized (generic)',
                     'Spectre V2 : Mitigation: Retpolines'):
            with self.subTest(line=line):
                self.assertEqual(read(f'[    1.000000] {line}\n').splats, [])

    def test_allow(self):
        text = '[    1.000000] WARNING: known thing\n'
        self.assertEqual(read(text, ['known thing']).splats, [])

    def run_tool(self, text):
        """Exit status and last line of the tool."""
        done = subprocess.run([sys.executable, KTAP, '--console'], input=text,
                              capture_output=True, text=True, timeout=30,
                              check=False)
        return done.returncode, done.stdout.splitlines()[-1]

    def test_exit_status(self):
        self.assertEqual(self.run_tool(KSELFTEST), (0, '3 passed, 0 failed'))
        self.assertEqual(self.run_tool(KSELFTEST.replace('EXIT:0', 'EXIT:3')),
                         (1, '3 passed, 1 failed'))
        self.assertEqual(self.run_tool(KSELFTEST.replace('EXIT:0', '')),
                         (1, '3 passed, 1 failed'))


if __name__ == '__main__':
    unittest.main()
