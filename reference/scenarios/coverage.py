"""Every rule is taken away by a scenario, and README.md names every rule, every attack and every test that shows it."""
import re
from dataclasses import fields
from pathlib import Path

from reference.rules import Rules
from reference.scenarios.stage import Scenario

HERE = Path(__file__).parent
README = HERE.parent / "README.md"
CONCEPTS = HERE.parent.parent / "docs" / "concepts.md"


def sources():
    return {path.stem: path.read_text() for path in HERE.glob("*.py") if path.stem != "coverage"}


def tests():
    return {name for text in sources().values() for name in re.findall(r"def (test_\w+)", text)}


class Coverage(Scenario):
    def test_every_rule_is_taken_away_by_a_scenario(self):
        text = "".join(re.findall(r"without\(([^)]*)\)", "".join(sources().values())))
        missing = [f.name for f in fields(Rules) if f'"{f.name}"' not in text]
        self.assertEqual(missing, [])

    def test_the_table_names_every_rule_and_only_tests_that_exist(self):
        readme = README.read_text()
        self.assertEqual([f.name for f in fields(Rules) if f"`{f.name}`" not in readme], [])
        self.assertEqual(set(re.findall(r"`(test_\w+)`", readme)) - tests(), set())

    def test_every_number_that_is_cited_is_explained(self):
        explained = CONCEPTS.read_text() + README.read_text()
        known = set(re.findall(r"^\| ([AIFG]\d+)", explained, re.MULTILINE))
        package = "".join(path.read_text() for path in HERE.parent.rglob("*.py"))
        cited = set(re.findall(r"\b([AIFG]\d+)\b", package + explained))
        self.assertEqual(cited - known - self.elsewhere(), set())

    def elsewhere(self):
        """Failure modes have their own page."""
        page = CONCEPTS.parent / "failure-modes.md"
        return set(re.findall(r"^\| ([FG]\d+) ", page.read_text(), re.MULTILINE))
