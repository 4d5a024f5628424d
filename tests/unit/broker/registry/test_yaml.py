import pytest

from broker.registry.yaml import MAX_BYTES, Unreadable, positions, read


def codes(text: str | bytes) -> list[str]:
    data = text.encode() if isinstance(text, str) else text
    try:
        return [problem.code for problem in read(data, "x.yaml")[1]]
    except Unreadable as unreadable:
        return [unreadable.problem.code]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"),
        ("010", 10),
        ("0o17", 15),
        ("0x1F", 31),
        ("1_000", "1_000"),
        ("2026-06-01", "2026-06-01"),
        ("12:30:45", "12:30:45"),
        ("~", None),
        ("True", True),
        ("'true'", "true"),
        ("1.5", 1.5),
        ("-7", -7),
        ("10.64.0.0/12", "10.64.0.0/12"),
        ("<<", "<<"),
    ],
)
def test_plain_scalars_follow_the_core_schema_of_yaml_1_2(text: str, value: object) -> None:
    assert read(f"a: {text}".encode(), "x.yaml")[0] == {"a": value}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: &x 1", "YAML_NOT_ALLOWED"),
        ("a: !!str 1", "YAML_NOT_ALLOWED"),
        ("a: !!python/object/apply:os.system [id]", "YAML_NOT_ALLOWED"),
        ("%YAML 1.1\n---\na: 1", "YAML_NOT_ALLOWED"),
        ("1: a", "YAML_NOT_ALLOWED"),
        ("? [a]\n: b", "YAML_NOT_ALLOWED"),
        ('a: "b\\u202e"', "YAML_NOT_ALLOWED"),
        ("a: 1\na: 2", "KEY_TWICE"),
        ("a: {b: 1, b: 2}", "KEY_TWICE"),
        ("a: 9007199254740993", "OUT_OF_RANGE"),
        ("a: " + "9" * 5000, "OUT_OF_RANGE"),
        ("a: .inf", "OUT_OF_RANGE"),
        ("a: 1e999", "OUT_OF_RANGE"),
        ("a: [", "NOT_YAML"),
        ("", "NOT_YAML"),
        ("a: 1\n---\nb: 2", "NOT_YAML"),
        ("a: \x07", "NOT_YAML"),
        ("[" * 100_000, "NOT_YAML"),
        ("- " * 3000 + "a", "NOT_YAML"),
        ("a: [" + "1," * 30_000 + "]", "NOT_YAML"),
    ],
)
def test_what_documents_may_not_use_is_refused(text: str, code: str) -> None:
    assert code in codes(text)


def test_a_yaml_bomb_is_refused_before_it_unfolds() -> None:
    lines = ["a: &a [x, x]"] + [f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]" for n in range(20)]
    assert set(codes("\n".join(lines))) == {"YAML_NOT_ALLOWED"}


def test_bytes_that_are_no_utf8_are_named_with_their_place() -> None:
    with pytest.raises(Unreadable) as caught:
        read("a: 1\nb: 政".encode("gb18030"), "x.yaml")
    assert (caught.value.problem.code, caught.value.problem.place.line, caught.value.problem.place.column) == (
        "NOT_UTF8",
        2,
        4,
    )


def test_a_file_above_the_limit_is_not_read() -> None:
    assert codes(b"a: " + b"x" * MAX_BYTES) == ["FILE_TOO_LARGE"]


def test_all_faults_of_a_file_are_reported_at_once() -> None:
    assert codes("a: &x 1\na: 2\nb: *x\n3: c") == [
        "YAML_NOT_ALLOWED",
        "KEY_TWICE",
        "YAML_NOT_ALLOWED",
        "YAML_NOT_ALLOWED",
    ]


def test_a_problem_has_line_column_and_field_path() -> None:
    (problem,) = read(b"a:\n  b:\n  - c: 1\n    c: 2\n", "x.yaml")[1]
    assert (problem.place.line, problem.place.column, problem.place.field) == (4, 5, "a.b[0].c")


def test_a_field_that_is_missing_is_placed_at_the_part_around_it() -> None:
    where = positions(b"a: 1\nb:\n  c:\n  - d: 1\n")
    assert where.nearest("b.c[0].e") == (4, 5)
    assert where.nearest("b.x.y") == (2, 1)
    assert where.nearest("zzz") == (1, 1)
