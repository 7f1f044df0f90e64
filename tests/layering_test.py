#!/usr/bin/env python3
"""Modules depend downwards only: what a module includes must be in its DEPS (or theirs), and the DEPS have no cycle.

The list in src/<module>/CMakeLists.txt is the permission; this test reads it and every #include of the module's files.
"""
import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
INCLUDE = re.compile(r'^\s*#include "eventbus/(\w+)/', re.M)
ORDER = ["base", "core", "match", "journal", "http", "config", "outbound", "bus", "ingress", "app"]
# DESIGN's table: what each module may ever name.
PERMITTED = {
    "base": set(),
    "core": {"base"},
    "match": {"core", "base"},
    "journal": {"core", "base"},
    "config": {"core", "base"},
    "http": {"base"},
    "outbound": {"journal", "http", "core", "base"},
    "bus": {"match", "journal", "core", "base"},
    "ingress": {"bus", "http", "match", "journal", "core", "base"},
    "app": set(ORDER) - {"app"},
}


def direct_dependencies(module: str) -> set[str]:
    text = (ROOT / "src" / module / "CMakeLists.txt").read_text()
    return set(re.findall(r"eventbus::(\w+)", text)) - {module}  # app's own program links app


def closure(module: str, path: tuple[str, ...] = ()) -> set[str]:
    if module in path:
        raise AssertionError("cycle: " + " -> ".join(path + (module,)))
    found = set()
    for name in direct_dependencies(module):
        found |= {name} | closure(name, path + (module,))
    return found


class Layering(unittest.TestCase):
    def test_every_module_folder_is_known(self):
        self.assertEqual(sorted(p.name for p in (ROOT / "src").iterdir() if p.is_dir()), sorted(ORDER))

    def test_declared_dependencies_point_down(self):
        for module in ORDER:
            with self.subTest(module=module):
                self.assertLessEqual(closure(module), PERMITTED[module])

    def test_includes_are_declared(self):
        for module in ORDER:
            allowed = closure(module) | {module}
            for folder in (ROOT / "src" / module, ROOT / "include" / "eventbus" / module):
                for file in sorted(folder.rglob("*.[ch]pp")):
                    for name in INCLUDE.findall(file.read_text()):
                        self.assertIn(name, allowed, f"{file.relative_to(ROOT)}: {module} may not include {name}")

    def test_only_the_journal_knows_sql(self):
        for file in sorted((ROOT / "src").rglob("*.[ch]pp")):
            if "sqlite3.h" in file.read_text():
                self.assertEqual(file.relative_to(ROOT / "src").parts[0], "journal", file)


if __name__ == "__main__":
    sys.exit(unittest.main())
