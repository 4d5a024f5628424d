import pytest

from broker.errors import NameUnknown
from broker.nearest import all_known, nearest, unknown

MANY = tuple(f"unit-{n:02}" for n in range(20))


def test_the_nearest_name_comes_first() -> None:
    assert nearest("edcation", ("health", "education", "education/internet")) == [
        "education",
        "education/internet",
        "health",
    ]


def test_a_part_of_a_name_is_near_it() -> None:
    assert nearest("hall", ("health", "online-hall"))[0] == "online-hall"


@pytest.mark.parametrize(
    ("asked", "there", "told"),
    [
        ("a", (), "there is no unit a, nor any other"),
        ("a", ("b",), "there is no unit a; there is b"),
        ("a", ("c", "b"), "there is no unit a; there are b, c"),
        ("unit-7", MANY, "there is no unit unit-7; there are 20, near it: unit-07"),
        ("edcation", (*MANY, "unit:education/internet"), "there is no unit edcation; there are 21, near it: unit:edu"),
        ("nothing", MANY, "there is no unit nothing; there are 20, such as unit-00, unit-01, unit-02"),
    ],
)
def test_what_there_is_instead_is_told(asked: str, there: tuple[str, ...], told: str) -> None:
    assert unknown("unit", asked, there).startswith(told)


def test_every_name_that_is_not_there_is_told_at_once() -> None:
    all_known("unit", ("a",), ("a", "b"))
    with pytest.raises(NameUnknown, match=r"no unit x; there are .*no unit y; there are"):
        all_known("unit", ("y", "a", "x"), ("a", "b"))
