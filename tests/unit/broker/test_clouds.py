"""What the broker says of clouds, ledger and registry that it cannot reach holds no password and no key.

All who call one cloud share its limits.
"""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from broker.clouds import budget, connect, limits_told, object_store, spent
from broker.errors import LedgerUnavailable, RegistryBroken, SettingsError
from broker.ledger.connect import connect as ledger
from broker.registry.git import git
from broker.settings import Settings
from stacks.provider.ceph.admin import Admin
from stacks.provider.ceph.store_error import ObjectStoreError
from stacks.provider.cloud_error import CloudError
from stacks.provider.cloud_session import session_of
from stacks.provider.limits import Limits
from stacks.provider.line import Caller
from stacks.provider.scope import Transport, log_in
from stacks.spec import ObjectStoreKind
from tests.fixtures.busy_cloud import busy_cloud
from tests.fixtures.stack_specs import target
from tools.processes import free_port_block

PASSWORD = "canary-Pa/ss@word"  # noqa: S105 - opens nothing
pytestmark = [  # openstacksdk warns of its own calls
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]


def settings(home: Path, clouds: str) -> Settings:
    (home / "clouds.yaml").write_text(clouds, encoding="utf-8")
    return Settings(home, home, clouds=home / "clouds.yaml", object_stores=home / "object-stores.json")


def profile(auth_url: str) -> str:
    auth = {"auth_url": auth_url, "username": "broker", "password": PASSWORD, "project_name": "admin"}
    domains = {"user_domain_name": "Default", "project_domain_name": "Default"}
    return json.dumps({"clouds": {"provider-a": {"auth": auth | domains}}})


def test_a_login_that_gets_no_answer_is_told_without_password(tmp_path: Path) -> None:
    known = settings(tmp_path, profile(f"http://127.0.0.1:{free_port_block(1)}/v3"))
    transport = Transport()
    with connect(known, target()) as connection, pytest.raises(CloudError, match="logging in to") as told:
        log_in(connection, None, transport)
    transport.http.close()
    assert "canary" not in str(told.value)


def test_an_address_with_a_password_is_refused_before_a_library_can_quote_it(tmp_path: Path) -> None:
    known = settings(tmp_path, profile(f"http://broker:{PASSWORD}@127.0.0.1:5000/v3"))
    with pytest.raises(SettingsError, match=r"the auth_url of profile provider-a .* in fields of their own") as told:
        connect(known, target())
    assert "canary" not in str(told.value)


def test_a_damaged_profile_is_told_without_what_stands_there(tmp_path: Path) -> None:
    damaged = f"clouds:\n  provider-a:\n    auth: {{password: '{PASSWORD}\n"
    with pytest.raises(SettingsError, match="has no usable profile provider-a") as told:
        connect(settings(tmp_path, damaged), target())
    assert "canary" not in str(told.value)
    assert told.value.__suppress_context__


def test_a_profile_that_is_not_there_is_told_by_name(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="has no usable profile provider-a"):
        connect(settings(tmp_path, "clouds: {}\n"), target())


def test_an_incomplete_object_store_is_told_by_the_names_of_what_is_missing(tmp_path: Path) -> None:
    known = settings(tmp_path, "clouds: {}\n")
    known.object_stores.write_text(json.dumps({"objects": {"secret_key": PASSWORD, "region": "r"}}))
    make = object_store(known, target(ObjectStoreKind.CEPH))
    assert make is not None
    with pytest.raises(SettingsError, match="missing: endpoint, access_key") as told:
        make()
    assert "canary" not in str(told.value)


@pytest.mark.parametrize("user", ["", f"someone:{PASSWORD}@"], ids=["plain", "with a password"])
def test_a_gateway_that_does_not_answer_is_told_without_its_keys(tmp_path: Path, user: str) -> None:
    known = settings(tmp_path, "clouds: {}\n")
    entry = {"region": "r", "access_key": "canary-access", "secret_key": PASSWORD}
    entry["endpoint"] = f"http://{user}127.0.0.1:{free_port_block(1)}"
    known.object_stores.write_text(json.dumps({"objects": entry}))
    make = object_store(known, target(ObjectStoreKind.CEPH))
    assert make is not None
    with pytest.raises((ObjectStoreError, SettingsError)) as told:
        Admin(make()).user("health$booking")
    assert isinstance(told.value, SettingsError) == bool(user)
    assert "canary" not in str(told.value)


@pytest.mark.parametrize(
    "dsn",
    [
        f"postgresql://broker:{PASSWORD}@127.0.0.1:1/ledger",
        "postgresql://broker:canary@127.0.0.1:1/ledger",
        "host=127.0.0.1 port=1 password=canary user",
        "host=127.0.0.1 port=1 user=broker password=canary dbname=x",
    ],
)
def test_a_ledger_that_does_not_answer_is_told_without_its_password(dsn: str) -> None:
    with pytest.raises(LedgerUnavailable) as told, ledger(dsn):
        pass
    assert "canary" not in str(told.value)
    assert told.value.__suppress_context__


def test_git_is_told_without_a_token_and_gets_no_password_of_ledger_or_cloud(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROKER_DSN", PASSWORD)
    monkeypatch.setenv("OS_PASSWORD", PASSWORD)
    git(tmp_path, "init", "-q")
    git(tmp_path, "config", "alias.shown", "!env")
    shown = git(tmp_path, "shown").decode()
    assert "PATH=" in shown
    assert "canary" not in shown
    remote = f"http://broker:{PASSWORD.replace('/', '%2F')}@127.0.0.1:{free_port_block(1)}/registry.git"
    with pytest.raises(RegistryBroken) as told:
        git(tmp_path, "ls-remote", remote)
    assert "canary" not in str(told.value)


def entry_of(clouds: str, profile: str, **more: object) -> str:
    known = json.loads(clouds)["clouds"]["provider-a"]
    return json.dumps({"clouds": {"provider-a": known, profile: known | more}})


def test_all_stacks_and_profiles_of_one_cloud_share_the_narrowest_limits(tmp_path: Path) -> None:
    plain = profile(f"http://127.0.0.1:{free_port_block(1)}/v3")
    slash = json.loads(plain)["clouds"]["provider-a"]["auth"]
    slash["auth_url"] = slash["auth_url"].removesuffix("v3")  # the same Keystone, which tells its versions there
    known = settings(tmp_path, entry_of(plain, "provider-b", auth=slash, calls_at_once=6, calls_per_s=2.5))
    both = [connect(known, target()), connect(known, replace(target(), id="b-internet", profile="provider-b"))]
    doors = [session.door for connection in both if (session := session_of(connection))]
    for connection in both:
        connection.close()
    assert [door.cloud for door in doors] == ["a-internet", "b-internet"]
    assert doors[0].budget is doors[1].budget
    assert doors[0].budget.limits == Limits(at_once=6, per_s=2.5, patience_s=300)


def test_a_gateway_has_limits_of_its_own_and_all_who_call_it_share_them(tmp_path: Path) -> None:
    known = settings(tmp_path, "clouds: {}\n")
    entry = {"endpoint": f"http://127.0.0.1:{free_port_block(1)}", "region": "r", "access_key": "a", "secret_key": "s"}
    known.object_stores.write_text(json.dumps({"objects": entry | {"calls_at_once": 4}}))
    made = [object_store(known, target(ObjectStoreKind.CEPH)) for _ in range(2)]
    stores = [make() for make in made if make]
    assert stores[0].budget is stores[1].budget
    assert (stores[0].budget.limits.at_once, stores[0].cloud) == (4, "a-internet")


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ({"calls_at_once": 0}, "calls_at_once is a whole number, 1 or more, not 0"),
        ({"calls_at_once": "many"}, "calls_at_once is a whole number, 1 or more, not many"),
        ({"calls_per_s": -1}, "calls_per_s is a number, 0 for no limit, not -1"),
        ({"calls_per_s": True}, "calls_per_s is a number, 0 for no limit, not True"),
    ],
)
def test_limits_that_make_no_sense_are_told_with_file_and_profile(
    tmp_path: Path, entry: dict[str, object], told: str
) -> None:
    with pytest.raises(SettingsError, match=r"reading the limits of profile p in clouds\.yaml") as caught:
        budget(settings(tmp_path, "{}"), (str(tmp_path),), entry, "profile p in clouds.yaml")
    assert told in str(caught.value)


def test_a_limit_of_no_call_at_all_is_no_setting(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="calls_at_once is a whole number, 1 or more, not 0"):
        budget(replace(settings(tmp_path, "{}"), cloud_calls_at_once=0), (str(tmp_path),), {}, "profile p")


def test_the_limits_that_hold_are_told_with_the_entries_that_have_others(tmp_path: Path) -> None:
    plain = profile("http://127.0.0.1:5000/v3")
    known = settings(tmp_path, entry_of(plain, "provider-b", calls_at_once=6, calls_per_s=2.5))
    known.object_stores.write_text(json.dumps({"objects": {"calls_per_s": 9}, "others": {}}))
    assert limits_told(replace(known, cloud_patience_s=60)) == (
        "of each process to each cloud 48 calls at once, any number a second; "
        "provider-b 6 calls at once, 2.5 a second; objects 48 calls at once, 9 a second; "
        "put off, a call is tried for 60 s"
    )


@pytest.mark.parametrize("text", [f"clouds: {{p: {PASSWORD}", "[]", "clouds: 1\n"])
def test_a_file_of_clouds_that_is_none_is_told_without_what_stands_there(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingsError, match=r"it is no YAML|it has no `clouds`") as told:
        limits_told(settings(tmp_path, text))
    assert "canary" not in str(told.value)


@pytest.mark.parametrize("text", ["[]", '"a"', '{"provider-a": "canary"}'])
def test_a_file_of_object_stores_that_is_none_is_told_without_what_stands_there(tmp_path: Path, text: str) -> None:
    known = settings(tmp_path, "clouds: {}")
    known.object_stores.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match="it is no object with one more per profile") as told:
        limits_told(known)
    assert "canary" not in str(told.value)


@pytest.mark.parametrize("name", ["clouds.yaml", "object-stores.json"])
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, name: str) -> None:
    known = settings(tmp_path, "clouds: {}")
    (tmp_path / name).unlink(missing_ok=True)
    (tmp_path / name).mkdir()
    with pytest.raises(SettingsError, match=rf"{name}: Is a directory"):
        limits_told(known)


def test_what_was_called_is_given_once_to_who_adds_it_up(tmp_path: Path) -> None:
    with spent():
        pass
    with busy_cloud() as cloud:
        known = settings(tmp_path, profile(f"{cloud.url}/v3"))
        transport = Transport()
        for _ in range(2):
            with connect(known, target()) as connection:
                log_in(connection, None, transport)
        transport.http.close()
    with spent() as told:
        assert {name: tally.calls for name, tally in told.items()} == {("a-internet", "identity"): 2}
        with spent() as meanwhile:
            assert meanwhile == {}
    with spent() as after:
        assert after == {}


def test_what_could_not_be_added_up_is_given_again_with_what_was_called_meanwhile(tmp_path: Path) -> None:
    shared, name = budget(settings(tmp_path, "clouds: {}"), (str(tmp_path),), {}, "here"), ("b-internet", "network")
    with spent():
        pass

    def call() -> None:
        with shared.turn(Caller(), *name):
            pass

    def lose(seen: list[int]) -> None:
        with spent() as lost:
            seen.append(lost[name].calls)
            call()
            raise ConnectionError

    seen: list[int] = []
    call()
    for _ in range(2):
        with pytest.raises(ConnectionError):
            lose(seen)
    with spent() as told:
        assert (seen, {one: tally.calls for one, tally in told.items()}) == ([1, 2], {name: 3})
    with spent() as after:
        assert after == {}


@pytest.mark.parametrize(("written", "seconds"), [({}, 120), ({"api_timeout": 7}, 7)])
def test_a_connection_that_went_dead_keeps_its_turn_for_so_long_only(
    tmp_path: Path, written: dict[str, int], seconds: int
) -> None:
    entry = json.loads(profile("http://127.0.0.1:5000/v3"))
    entry["clouds"]["provider-a"] |= written
    with connect(settings(tmp_path, json.dumps(entry)), target()) as connection:
        made = session_of(connection)
    assert made is not None
    assert made.timeout == seconds
