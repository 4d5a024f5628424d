from broker.cli.rebuilding import lines
from broker.rebuild import Compared, Rebuilt


def test_the_table_says_what_was_there_what_is_there_and_whether_it_is_equal() -> None:
    table = (
        Compared("claims", 2, 2, equal=True),
        Compared("closed", 3, 2, equal=False),
        Compared("audit", None, 7, equal=None),
    )
    done = Rebuilt(table, ("a.extranet.p",), {"b.extranet.p": "the cloud is away"}, ("c.extranet.p",))
    assert not done.ok
    assert [line.split() for line in lines(done)][:4] == [
        ["what", "before", "after", "equal"],
        ["claims", "2", "2", "yes"],
        ["closed", "intervals", "3", "2", "NO"],
        ["audit", "root", "lost", "7", "-"],
    ]
    assert list(lines(done))[4:] == [
        "  adopted  a.extranet.p",
        "  FAILED   b.extranet.p: the cloud is away",
        "  left     c.extranet.p: documents change it; `broker reconcile` adopts and changes it",
    ]


def test_what_was_lost_and_is_back_is_well() -> None:
    assert Rebuilt((Compared("claims", None, 2, equal=None),), (), {}, ()).ok
