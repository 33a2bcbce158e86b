"""The house rules hold everywhere, and each rule can tell a good line from a bad one."""

import pytest

from tests.architecture.house import module, modules
from tests.architecture.rules import RULES, Rule


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_house_keeps_its_rule(rule: Rule) -> None:
    broken = [finding for each in modules() for finding in rule.broken_by(each)]
    assert not broken, f"{rule.name}: {rule.reason}\n" + "\n".join(broken)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_tells_good_from_bad(rule: Rule) -> None:
    assert not list(rule.find(module(_dressed(rule.good), rule.at)))
    assert list(rule.find(module(_dressed(rule.bad), rule.at)))


def _dressed(text: str) -> str:
    return text if text.startswith('"""') else f'"""What stands here."""\n{text}'


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_what_a_rule_spares_exists_and_has_a_reason(rule: Rule) -> None:
    known = {str(each.path) for each in modules()}
    assert all(path in known and reason for path, reason in rule.spared)
