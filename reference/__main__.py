"""`python3 -m reference`: ladder, claims, attribution, every scenario, and a share of the random histories."""
import argparse
import sys
import time
import unittest

from reference import histories

SCENARIOS = ("structures", "running", "held", "insured", "confirmed", "acting", "limits", "emitted", "coverage")


def run_scenarios():
    """(passed, failed); failures are printed as they are found."""
    suite = unittest.defaultTestLoader.loadTestsFromNames([f"reference.scenarios.{name}" for name in SCENARIOS])
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=0).run(suite)
    failed = len(result.failures) + len(result.errors)
    return result.testsRun - failed, failed


def run_histories(seed, count):
    print(f"histories: seeds {seed} to {seed + count - 1}", flush=True)
    occurred, failures = histories.play_all(range(seed, seed + count))
    print("  " + ", ".join(f"{name} {occurred[name]}" for name in histories.COUNTED))
    for number, failure in failures:
        print(f"  FAILED: python3 -m reference.histories --seed {number} --count 1 --trace: {failure!r}")
    return count - len(failures), len(failures)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0, help="the first history's seed")
    parser.add_argument("--histories", type=int, default=240)
    options = parser.parse_args()
    began = time.time()
    parts = [run_scenarios(), run_histories(options.seed, options.histories)]
    passed, failed = (sum(column) for column in zip(*parts))
    print(f"{time.time() - began:.0f} s")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
