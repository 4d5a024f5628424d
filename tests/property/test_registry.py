"""Laws of reading the registry, over arbitrary files."""

import json
import string
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.canonical import Json
from broker.problem import Problem
from broker.registry.filed import Filed
from broker.registry.parse import Parsed, Refused, parse
from broker.registry.references import checked
from broker.registry.yaml import positions, read
from broker.signatures.file import parse_signature

words = st.text(string.ascii_letters + "区卫健委 -_:#'\"{}[]", min_size=1, max_size=12)
scalars = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | words
values = st.recursive(scalars, lambda s: st.lists(s, max_size=4) | st.dictionaries(words, s, max_size=4), max_leaves=20)


@given(st.dictionaries(words, values, min_size=1))
@settings(deadline=None)
def test_json_is_read_as_what_it_is(value: dict[str, Json]) -> None:
    assert read(json.dumps(value, ensure_ascii=False).encode(), "x.yaml") == (value, ())


@given(st.binary(max_size=400) | st.text(max_size=400).map(str.encode))
@settings(max_examples=200, deadline=None)
def test_no_bytes_break_the_reader(data: bytes) -> None:
    assert isinstance(parse(data, "cases/x.yaml"), Refused)
    assert isinstance(parse_signature(data, "cases/x.sig"), Problem)
    positions(data)


@given(st.text("[]{}:,-?&*!|>'\"%@` \n\tab01#~", max_size=80))
@settings(max_examples=300, deadline=None)
def test_no_arrangement_of_yaml_signs_breaks_the_reader(text: str) -> None:
    result = parse(text.encode(), "cases/x.yaml")
    assert isinstance(result, Refused)
    assert all(problem.cure for problem in result.problems)


def flavor(n: int, *, supersedes: int | None = None, by: str = "clerk") -> Filed:  # type: ignore[type-arg]  # any kind
    line = f", supersedes: f-{supersedes}" if supersedes is not None else ""
    text = f"""{{apiVersion: govcloud/v1, kind: Flavor, spec: {{name: "f{n}", vcpu: 1, memory_gib: 1}},
      metadata: {{id: f-{n}, filed_on: "2026-01-05", filed_by: {by}{line}}}}}"""
    parsed = parse(text.encode(), f"platform/{n}.yaml")
    assert isinstance(parsed, Parsed)
    return Filed(parsed.document, f"platform/{n}.yaml", parsed.digest, "", n, text=text.encode())


@pytest.mark.parametrize("shape", ["unknown names", "one long line"])
def test_the_time_to_refuse_grows_no_faster_than_the_documents(shape: str) -> None:
    def seconds(count: int) -> float:
        filed = [flavor(n, supersedes=n - 1 if n and shape == "one long line" else None) for n in range(count)]
        start = time.process_time()
        kept, problems = checked(filed)
        assert (len(kept), len(problems) >= count) == (0, True)
        return time.process_time() - start

    assert seconds(800) < 8 * seconds(200) + 0.2
