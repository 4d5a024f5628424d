import pytest

from stacks.masked import MASK, masked


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("at http://broker:canary@cloud:5000/v3: no answer", f"at http://broker:{MASK}@cloud:5000/v3: no answer"),
        ("at http://broker:can/a@ry@cloud:5000/v3", f"at http://broker:{MASK}@cloud:5000/v3"),
        ("at 'http://:canary@cloud'", f"at 'http://:{MASK}@cloud'"),
        ("X-Auth-Token: canary", f"X-Auth-Token: {MASK}"),
        ('{"application_credential_secret": "canary"}', f'{{"application_credential_secret": "{MASK}"}}'),
        ("Authorization: Bearer canary", f"Authorization: Bearer {MASK}"),
        ("'X-Vault-Token': 'canary'", f"'X-Vault-Token': '{MASK}'"),
        ("secret_key=canary, region=x", f"secret_key={MASK}, region=x"),
    ],
)
def test_what_looks_like_a_secret_is_masked_and_the_rest_stays(text: str, shown: str) -> None:
    assert masked(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "Quota exceeded for cores: Requested 4, but already used 2 of 4",
        "GET identity /projects: the cloud answered 404: see http://cloud:5000/v3/projects/1",
        "写信给 office@district.example",
        "the secret of its own access is never read again",
    ],
)
def test_a_text_without_secrets_stays_as_it_is(text: str) -> None:
    assert masked(text) == text
