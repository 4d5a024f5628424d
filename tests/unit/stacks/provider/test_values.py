import pytest
from google.protobuf.struct_pb2 import Struct

from stacks.provider.values import UNKNOWN, UNKNOWN_TEXT, Secret, decode, encode, has_unknown, keep_secret, mask, plain


def test_what_is_encoded_comes_back_as_it_was() -> None:
    given = {"size": 3, "rate": 0.5, "on": True, "none": None, "list": ["a", {"b": 1}], "secret": Secret("s3cret")}
    assert decode(encode(given)) == given


def test_whole_numbers_are_int() -> None:
    struct = Struct()
    struct.update({"size": 10})
    assert type(decode(struct)["size"]) is int


def test_an_unknown_goes_out_as_the_engines_sentinel_and_comes_back_as_unknown() -> None:
    encoded = encode({"port_id": UNKNOWN})
    assert encoded["port_id"] == UNKNOWN_TEXT
    assert decode(encoded)["port_id"] is UNKNOWN


@pytest.mark.parametrize("value", [UNKNOWN, [1, UNKNOWN], {"a": {"b": UNKNOWN}}, Secret(UNKNOWN)])
def test_an_unknown_is_seen_however_deep_it_is(value: object) -> None:
    assert has_unknown(value)
    assert not has_unknown({"a": ["b", Secret("c")]})


def test_a_secret_is_neither_shown_nor_left_in_a_message() -> None:
    properties = {"user_data": Secret({"token": "abc-123"}), "name": "abc"}
    assert "abc-123" not in repr(properties)
    assert mask("refused: abc-123 of abc", properties) == "refused: [secret] of abc"


def test_plain_opens_secrets_and_drops_what_is_none() -> None:
    assert plain({"a": Secret(1), "b": None, "c": [Secret("x")]}) == {"a": 1, "c": ["x"]}


def test_what_came_as_a_secret_goes_back_as_one() -> None:
    assert keep_secret({"a": 1, "b": 2}, {"a": Secret(0)}) == {"a": Secret(1), "b": 2}
