#!/usr/bin/env python3
"""The fault harness: breaks a daemon under load in every way it can, and checks its promises afterwards.

  faults.py --build BUILD --state STATE            the short form: a few rounds of everything, under five minutes
  faults.py --build BUILD --state STATE --long     one slice of at most ten minutes of the long form; run it again, with the
                                                   same STATE, until it says that nothing is left
  faults.py --state STATE --report                 what the results in STATE amount to

Each result is a line of STATE/results.jsonl, with its seed. A failure is a line with "failed" and makes the exit status 1.
"""
import argparse
import json
import pathlib
import random
import sys
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import bounds  # noqa: E402
import clocks  # noqa: E402
import corruption  # noqa: E402
import crashes  # noqa: E402
import disks  # noqa: E402
import failures  # noqa: E402
import folders  # noqa: E402
import lines  # noqa: E402
import poison  # noqa: E402
import power  # noqa: E402
import replays  # noqa: E402
import upgrades  # noqa: E402
from world import Failed, record  # noqa: E402

SLICE_SECONDS = 600
SHORT_SECONDS = 370  # it takes half of that on two idle cores


class Scenario:
    """`run(build, state, rounds, seed)` makes so many rounds and records them. `batch`: at once, on one data folder, for up to `seconds`."""

    def __init__(self, name, run, short, long, batch, seconds=90):
        self.name, self.run, self.short, self.long, self.batch, self.seconds = name, run, short, long, batch, seconds


def scenarios():
    yield Scenario("kill", crashes.kills, 10, 1000, 25)
    yield Scenario("drain", crashes.drains, 5, 200, 20)
    yield Scenario("crash in a new folder", crashes.migrations, 5, 200, 20)
    yield Scenario("power cut", power.cuts, 6, 200, 20)
    yield Scenario("power cut, control", power.control, 2, 20, 5)
    yield Scenario("poison", poison.poison, 1, 20, 5)
    yield Scenario("corruption", corruption.corruptions, 7, 200, 14)
    yield Scenario("disk full", disks.full, 3, 60, 6)
    yield Scenario("disk failure", disks.failing, 3, 60, 6)
    yield Scenario("read-only disk", disks.read_only, 3, 60, 6)
    yield Scenario("second SIGTERM", crashes.impatience, 3, 60, 20)
    yield Scenario("double start", folders.starts, 2, 50, 10)
    yield Scenario("clock jump", clocks.jumps, 3, 48, 12)
    yield Scenario("log-file trouble", lines.trouble, 8, 200, 40)
    yield Scenario("few descriptors", bounds.few_descriptors, 1, 20, 5)
    yield Scenario("little memory", bounds.little_memory, 1, 8, 4)
    yield Scenario("replay", replays.replays, 1, 60, 4)
    yield Scenario("large replay", replays.large, 0, 1, 1, 400)
    yield Scenario("crash in an upgrade", upgrades.crashes, 4, 100, 100)
    yield Scenario("large upgrade", upgrades.million, 1, 10, 10)
    yield Scenario("failed sync", failures.syncs, 2, 100, 100)
    yield Scenario("allocation", failures.allocations, 12, 500, 20)
    yield Scenario("system call", failures.calls, 0, 400, 20)
    for point in crashes.points():
        yield Scenario(f"crash {point}", lambda build, state, rounds, seed, point=point: crashes.crash_points(
            build, state, point, rounds, seed), 1, 20, 10)


def read_results(state):
    file = state / "results.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def rounds_done(results):
    done = {}
    for line in results:
        if "failed" not in line:
            done[line["scenario"]] = done.get(line["scenario"], 0) + line["rounds"]
    return done


def run_one(scenario, arguments, rounds):
    """Whether the promises held."""
    seed = random.randrange(2**32)
    started = time.monotonic()
    try:
        result = scenario.run(arguments.build, str(arguments.state), rounds, seed)
        print(json.dumps(result), flush=True)
        return True
    except Exception as error:  # a failure of one scenario must not hide the others
        kind = "a promise was broken" if isinstance(error, Failed) else "the harness failed"
        print(f"{scenario.name}: {kind} (seed {seed})", flush=True)
        traceback.print_exc()
        record(arguments.state, scenario.name, rounds, started, seed=seed, failed=f"{type(error).__name__}: {error}"[:2000])
        return False


NEED_MOUNTS = ("power cut", "power cut, control", "disk full", "disk failure", "log-file trouble")
NEED_TRACER = ("system call", "read-only disk", "failed sync")


def possible(name, no_mounts, no_tracer):
    return not (no_mounts and name in NEED_MOUNTS) and not (no_tracer and name in NEED_TRACER)


def run(arguments):
    """Runs what is left, the scenario that is furthest behind first. Gives (everything held, something is left)."""
    end = time.monotonic() + (SLICE_SECONDS if arguments.long else SHORT_SECONDS)
    held, failed = True, {}
    no_mounts, no_tracer = power.why_impossible(), failures.why_no_calls()
    if no_mounts:
        print(f"no mounts here ({no_mounts}): journal_test cuts the power and fills the disk of its own VFS instead")
    if no_tracer:
        print(f"system calls cannot be made to fail here: {no_tracer}")
    while True:
        done = rounds_done(read_results(arguments.state))
        left = []
        for scenario in scenarios():
            wanted = scenario.long if arguments.long else scenario.short
            missing = wanted - done.get(scenario.name, 0)
            chosen = not arguments.only or any(word in scenario.name for word in arguments.only)
            if missing > 0 and chosen and possible(scenario.name, no_mounts, no_tracer) and failed.get(scenario.name, 0) < 2:
                left.append((missing / wanted, scenario, min(missing, scenario.batch)))
        if not left:
            return held, False
        left = [entry for entry in left if time.monotonic() + entry[1].seconds <= end]
        if not left:
            print("out of time with scenarios unfinished: run this again to go on")
            return held, True
        _, scenario, rounds = max(left, key=lambda entry: entry[0])
        if not run_one(scenario, arguments, rounds):
            held = False
            failed[scenario.name] = failed.get(scenario.name, 0) + 1


SUMMED = ("rounds", "reached", "control_lost", "crashes", "ended", "served", "recovered", "counted", "bounded", "told_missing", "acknowledged", "lost", "phantom", "duplicates", "log_duplicates", "dead_letters", "seconds")


def report(state):
    """One line for each scenario: the sums of its results."""
    sums, failed = {}, 0
    for line in read_results(state):
        if "failed" in line:
            failed += 1
            print(f"FAILED {line['scenario']} (seed {line.get('seed')}): {line['failed'][:300]}")
            continue
        entry = sums.setdefault(line["scenario"], {})
        for key in SUMMED:
            if key in line:
                entry[key] = round(entry.get(key, 0) + line[key], 1)
        for end, count in line.get("ends", {}).items():
            entry[end] = entry.get(end, 0) + count
    for name, entry in sums.items():
        if entry.get("rounds") and "duplicates" in entry:
            entry["duplicates_per_round"] = round(entry["duplicates"] / entry["rounds"], 2)
        print(f"{name}: " + ", ".join(f"{key} {value}" for key, value in entry.items()))
    return failed == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, help="a build folder with -DEVENTBUS_FAULT_POINTS=ON")
    parser.add_argument("--state", type=pathlib.Path, required=True, help="where results are kept")
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--report", action="store_true")
    parser.add_argument("only", nargs="*", help="words of the names of the scenarios to run; all without")
    arguments = parser.parse_args()
    if arguments.report:
        return 0 if report(arguments.state) else 1
    arguments.state.mkdir(parents=True, exist_ok=True)
    arguments.state = arguments.state.resolve()  # scenarios name what lies in it to daemons and in links
    held, unfinished = run(arguments)
    report(arguments.state)
    return 0 if held and (arguments.long or not unfinished) else 1


if __name__ == "__main__":
    sys.exit(main())
