"""The same for every attachment store: a folder, and buckets of two gateways, one of them a real Ceph."""

import contextlib
import json
from pathlib import Path

import pytest

from broker.attachments.opening import opened
from broker.attachments.rights import CLASSES, bucket_policy
from broker.attachments.store import AttachmentStore, checked, described, key_of
from broker.errors import AttachmentMissing, SettingsError
from broker.settings import settings_from
from stacks.provider.ceph.account import Keys
from stacks.provider.ceph.admin import Admin
from tests.contract.object_store.conftest import Endpoint

CONTENT = "漏洞清单\n".encode() * 300_000


def opened_as(endpoint: Endpoint, keys: Keys, bucket: str, folder: Path, patch: pytest.MonkeyPatch) -> AttachmentStore:
    """The store as one user opens it, by the settings and his own AWS profile."""
    lines = ["[clerk]", f"aws_access_key_id = {keys.access_key}", f"aws_secret_access_key = {keys.secret_key}"]
    (folder / "credentials").write_text("\n".join(lines) + "\n")
    patch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(folder / "credentials"))
    given = {"attachments_bucket": bucket, "attachments_endpoint": endpoint.url, "attachments_profile": "clerk"}
    return opened(settings_from({}, given, folder))


@pytest.fixture(params=["folder", "moto", "ceph"])
def store(
    request: pytest.FixtureRequest, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AttachmentStore:
    if request.param == "folder":
        return opened(settings_from({}, {}, tmp_path))
    endpoint: Endpoint = request.getfixturevalue(request.param)
    endpoint.client().create_bucket(Bucket=name)
    return opened_as(endpoint, endpoint.keys, name, tmp_path, monkeypatch)


def test_on_a_real_gateway_each_user_reads_what_his_role_and_organisation_may(
    ceph: Endpoint, admin: Admin, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    users = {who: f"{who}-{name}" for who in ("office", "ops", "health", "education")}
    keys = {who: admin.create_user(uid, who, 1).keys[0] for who, uid in users.items()}
    arns = {who: (f"arn:aws:iam:::user/{uid}",) for who, uid in users.items()}
    organisations = {"cloud-office": arns["office"], "health": arns["health"], "education": arns["education"]}
    policy = bucket_policy(name, {"cloud_office": arns["office"], "ops_department": arns["ops"]}, organisations)
    ceph.client().create_bucket(Bucket=name)
    ceph.client().put_bucket_policy(Bucket=name, Policy=json.dumps(policy))
    source = tmp_path / "source"
    source.write_bytes(CONTENT)
    kept = {each: described(source, each, "清单", "text/plain") for each in CLASSES}

    def as_user(who: str) -> AttachmentStore:
        return opened_as(ceph, keys[who], name, tmp_path, monkeypatch)

    def reads(who: str) -> set[str]:
        found = set[str]()
        for confidentiality, attachment in kept.items():
            with contextlib.suppress(AttachmentMissing):
                list(checked(as_user(who), "health", attachment))
                found.add(confidentiality)
        return found

    for attachment in kept.values():
        as_user("health").put(source, "health", attachment)
    with pytest.raises(SettingsError, match="AccessDenied"):
        as_user("education").put(source, "health", kept["case"])
    assert {who: reads(who) for who in users} == {
        "office": {"public", "case", "restricted"},
        "ops": {"public", "case"},
        "health": {"public", "case", "restricted"},
        "education": set(),  # no role: the policy was given none for it
    }


@pytest.mark.parametrize("confidentiality", CLASSES)
def test_what_was_put_is_read_back(store: AttachmentStore, tmp_path: Path, confidentiality: str) -> None:
    source = tmp_path / "source"
    source.write_bytes(CONTENT)
    attachment = described(source, confidentiality, "清单", "text/plain")  # type: ignore[arg-type]  # one of the classes
    store.put(source, "health", attachment)
    store.put(source, "health", attachment)
    assert b"".join(checked(store, "health", attachment)) == CONTENT
    assert attachment.size_bytes == len(CONTENT)


def test_what_is_not_there_is_missing_and_that_of_another_too(store: AttachmentStore, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"x")
    attachment = described(source, "case", "清单", "text/plain")
    with pytest.raises(AttachmentMissing, match=attachment.digest):
        list(checked(store, "health", attachment))
    store.put(source, "health", attachment)
    with pytest.raises(AttachmentMissing):
        list(checked(store, "education", attachment))


def test_what_is_there_is_never_overwritten(store: AttachmentStore, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"first")
    attachment = described(source, "case", "清单", "text/plain")
    store.put(source, "health", attachment)
    store.put(source, "health", attachment)
    assert b"".join(checked(store, "health", attachment)) == b"first"


def test_a_file_that_changed_since_it_was_described_is_not_put(store: AttachmentStore, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"true")
    attachment = described(source, "case", "清单", "text/plain")
    source.write_bytes(b"false")
    with pytest.raises(SettingsError, match="changed meanwhile"):
        store.put(source, "health", attachment)
    with pytest.raises(AttachmentMissing):
        list(checked(store, "health", attachment))


def test_another_content_under_a_digest_is_no_attachment(tmp_path: Path) -> None:
    settings = settings_from({}, {}, tmp_path)
    store, source = opened(settings), tmp_path / "source"
    source.write_bytes(b"true")
    attachment = described(source, "case", "清单", "text/plain")
    store.put(source, "health", attachment)
    (settings.attachments / key_of("health", attachment)).write_bytes(b"false")
    with pytest.raises(AttachmentMissing, match="another content"):
        list(checked(store, "health", attachment))


def test_a_file_that_is_not_there_cannot_be_described(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="none"):
        described(tmp_path / "none", "case", "清单", "text/plain")


def test_the_folders_of_a_class_let_in_only_their_group(tmp_path: Path) -> None:
    store, source = opened(settings_from({}, {}, tmp_path)), tmp_path / "source"
    source.write_bytes(b"x")
    for confidentiality in CLASSES:
        store.put(source, "health", described(source, confidentiality, "t", "text/plain"))
    modes = {
        name: [oct(path.stat().st_mode & 0o7777) for path in (root, root / "health", *(root / "health").iterdir())]
        for name in CLASSES
        for root in [tmp_path / "attachments" / name]
    }
    shut = ["0o2750", "0o2750", "0o640"]
    assert modes == {"public": ["0o755", "0o755", "0o644"], "case": shut, "restricted": shut}


@pytest.mark.parametrize("given", [{"attachments_bucket": "b"},
                                   {"attachments_bucket": "b", "attachments_endpoint": "http://127.0.0.1:1",
                                    "attachments_profile": "nobody"}])  # fmt: skip
def test_a_bucket_without_gateway_or_keys_is_an_error_that_names_the_setting(
    given: dict[str, str], tmp_path: Path
) -> None:
    with pytest.raises(SettingsError, match="attachment"):
        opened(settings_from({}, given, tmp_path))


def test_the_key_says_class_and_owner(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"")
    attachment = described(tmp_path / "f", "restricted", "t", "text/plain")
    assert key_of("health", attachment) == f"restricted/health/{attachment.digest[7:]}"
