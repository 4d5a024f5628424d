import pytest

from broker.errors import RegistryBroken
from broker.registry.git import text_of
from broker.registry.history import follows
from tests.unit.broker.registry.office import Office


def test_a_head_follows_itself_and_what_came_before_it_and_is_older_than_what_comes_after(office: Office) -> None:
    first = office.git("rev-parse", "HEAD")
    second = office.commit("second")
    assert follows(office.root, first, first)
    assert follows(office.root, first, second)
    assert not follows(office.root, second, first)


def test_a_head_of_a_rewritten_history_neither_follows_nor_is_older(office: Office) -> None:
    first = office.git("rev-parse", "HEAD")
    second = office.commit("second")
    office.git("reset", "-q", "--hard", first)
    with pytest.raises(RegistryBroken, match="does not follow"):
        follows(office.root, second, office.commit("another second"))


def test_the_text_of_a_refused_file_can_be_read_whatever_it_is(office: Office) -> None:
    office.write("cases/2026/900.yaml", "kind: [\nspec: {system: hall}")
    head = office.commit()
    assert text_of(office.root, head, "cases/2026/900.yaml") == "kind: [\nspec: {system: hall}"
    assert text_of(office.root, head, "cases/2026/901.yaml") == ""
    assert text_of(office.root, head, "cases") == ""
    assert text_of(office.root, head, "") == ""
