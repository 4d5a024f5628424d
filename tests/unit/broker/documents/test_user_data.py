"""First-boot configuration: what cloud-init and Nova take, and what looks like a secret, wherever it is written."""

import base64
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from pathlib import Path
from time import process_time

import pytest
from pydantic import TypeAdapter, ValidationError

from broker.documents.user_data import MAX_BYTES, UserData
from broker.registry.parse import Parsed, Refused, parse

TYPE: TypeAdapter[str] = TypeAdapter(UserData)
REQUEST = Path(__file__).parents[3] / "cases" / "registry" / "valid" / "OnboardingRequest.yaml"
NGINX = "        #cloud-config\n        packages: [nginx]\n"


def message(text: str) -> str:
    """A MIME message whose one part is the text, in base64."""
    whole = MIMEMultipart()
    whole.attach(MIMEText(text, "cloud-config", "utf-8"))
    return whole.as_string()


def why(text: str) -> str:
    with pytest.raises(ValidationError) as refused:
        TYPE.validate_python(text)
    (error,) = refused.value.errors()
    return error["msg"]


@pytest.mark.parametrize(
    "text",
    [
        "#cloud-config\npackages: [nginx]\n",
        "#!/bin/sh\ntouch /run/seen\n",
        message("#cloud-config\npackages: [nginx]\n"),
        "#cloud-config\nusers:\n- {name: ops, lock_passwd: true}\nssh_pwauth: false\nchpasswd: {expire: false}\n",
        "#cloud-config\nchpasswd:\n  expire: false\npassword: null\n",
        "#cloud-config\nusers:\n- name: ops\n  passwd: '*'\n  passwd: '!'\n",
        "#!/bin/sh\nexport PGPASSWORD=$(cat /run/credentials/db)\npassword=${FETCHED}\npassword=$FETCHED\n",
        "#!/bin/sh\npasswd -l root\ncut -d: -f1 /etc/passwd\n",
    ],
)
def test_what_cloud_init_takes_is_taken_as_it_is(text: str) -> None:
    assert TYPE.validate_python(text) == text


@pytest.mark.parametrize("text", ["", "packages: [nginx]\n", " #cloud-config\n", "#include https://a/b\n"])
def test_what_begins_with_nothing_that_cloud_init_knows_is_refused(text: str) -> None:
    assert "begin it with #cloud-config" in why(text)


def test_the_largest_is_what_nova_takes_of_its_base64() -> None:
    largest = "#!/bin/sh\n" + "务" * ((MAX_BYTES - 10) // 3) + "#" * ((MAX_BYTES - 10) % 3)
    assert len(base64.b64encode(TYPE.validate_python(largest).encode())) <= 65_535
    assert len(base64.b64encode((largest + "#").encode())) > 65_535
    assert f"has {MAX_BYTES + 1} bytes" in why(largest + "#")


@pytest.mark.parametrize(
    ("secret", "named"),
    [
        ("-----BEGIN OPENSSH PRIVATE KEY-----", "a private key"),
        ("-----BEGIN PRIVATE KEY-----", "a private key"),
        ("password: hunter2", "a password"),
        ("passwd: $6$salt$hash", "a password"),
        ("passwd: $y$j9T$salt$hash", "a password"),
        ("hashed_passwd: '$6$salt$hash'", "a password"),
        ('plain_text_passwd: "hunter2"', "a password"),
        ("users: [{name: ops, passwd: hunter2}]", "a password"),
        ('{"password": "hunter2"}', "a password"),
        ("export DB_PASSWORD=hunter2", "a password"),
        ("password: |", "a password"),
        ("password: true-story", "a password"),
        ("echo root:hunter2 | chpasswd", "a password"),
        ("chpasswd: {expire: false, list: [root:hunter2]}", "a password"),
        ("chpasswd:\n  expire: false\n  list:\n  - root:hunter2", "a password"),
    ],
)
@pytest.mark.parametrize("wrap", [str, message], ids=["plain", "mime"])
def test_what_looks_like_a_secret_is_refused_and_never_repeated(secret: str, named: str, wrap: type[str]) -> None:
    told = why(wrap(f"#cloud-config\n{secret}\n"))
    assert f"looks like {named}" in told
    assert "secrets go another way" in told
    assert "hunter2" not in told


def test_a_message_in_messages_without_end_is_refused() -> None:
    nested = "".join(f"Content-Type:multipart/a;boundary={n:x}\n\n--{n:x}\n" for n in range(1100))
    assert "nested too deep" in why(nested)


@pytest.mark.parametrize("line", [f"{' ' * 40}x", f"password{' ' * 40}", "|" * 40, f"password=${'a' * 40}"])
def test_a_long_text_is_looked_through_in_the_time_of_its_length(line: str) -> None:
    text = "#cloud-config\nchpasswd:\n" + f"{line}\n" * (40_000 // len(line))
    used = process_time()
    assert TYPE.validate_python(text) == text
    assert process_time() - used < 5


def test_check_tells_place_fact_and_cure_without_the_secret() -> None:
    text = REQUEST.read_text(encoding="utf-8")
    assert isinstance(parse(text.encode(), "cases/x.yaml"), Parsed)
    damaged = text.replace(NGINX, "        #cloud-config\n        password: hunter2\n")
    result = parse(damaged.encode(), "cases/x.yaml")
    assert isinstance(result, Refused)
    (problem,) = result.problems
    assert (problem.code, problem.place.field) == ("FIELD_VALUE", "spec.zones[0].tiers[0].user_data")
    assert "user_data: |" in damaged.splitlines()[problem.place.line - 1]
    assert "keep it in clear" in problem.fact
    assert "renew it where it was used" in problem.cure
    assert "hunter2" not in problem.fact + problem.cure
