from __future__ import annotations

import pytest

from broker.engine.scrub import Scrubber


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (
            "violates plan: properties changed: ~~password[{&{{hunter}}}!={&{{other}}}]",
            "violates plan: properties changed: ~~password[[secret]]",
        ),
        ("dialing postgres://pulumi:hunter@db/x", "dialing postgres://pulumi:[secret]@db/x"),
        ('{"password": "hunter", "name": "web"}', '{"password": "[secret]", "name": "web"}'),
        ("X-Auth-Token: hunter", "X-Auth-Token: [secret]"),
        ("Authorization: Bearer hunter", "Authorization: Bearer [secret]"),
        ("secret_access_key=hunter", "secret_access_key=[secret]"),
        ("no valid host was found for web", "no valid host was found for web"),
        ("incorrect passphrase", "incorrect passphrase"),
    ],
)
def test_what_looks_like_a_secret_is_masked(said: str, kept: str) -> None:
    assert Scrubber().text(said) == kept


def test_a_known_secret_is_masked_wherever_it_stands() -> None:
    scrubber = Scrubber()
    scrubber.learn(["hunter-2", "abc"])
    assert scrubber.value({"a": ["x hunter-2 abc", 1]}) == {"a": ["x [secret] abc", 1]}
