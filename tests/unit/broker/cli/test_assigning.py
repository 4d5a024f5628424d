import shutil
from dataclasses import replace
from datetime import date, datetime
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from broker.cli.app import app
from broker.cli.assigning import Assignee, proposed, text
from broker.clock import SHANGHAI
from broker.documents.cases import AssignmentSpec
from broker.documents.platform import AddressPoolSpec
from broker.registry.filed import Filed, Registry
from broker.registry.free_subnets import free_subnet
from broker.registry.parse import Parsed, parse
from tests.fixtures.demo_district import EXAMPLES, registry

AT = datetime(2026, 4, 9, 10, tzinfo=SHANGHAI)
CASE = "cases/2026/013-elderly-care"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The demo district in which one approved request is not assigned to its provider yet."""
    shutil.copytree(EXAMPLES, tmp_path / "registry")
    (tmp_path / "registry" / CASE / "assignment-provider.yaml").unlink()
    return tmp_path / "registry"


def run(folder: Path, case: str, *more: str) -> tuple[int, str]:
    arguments = ["assign", case, "--as", "ops-dispatcher", "--registry", str(folder), *more]
    done = CliRunner().invoke(app, arguments)
    return done.exit_code, done.output


def test_the_written_assignment_has_the_subnet_that_the_department_chose_by_hand(folder: Path) -> None:
    code, told = run(folder, CASE, "--at", "2026-04-09T10:00")
    assert code == 0, told
    written = yaml.safe_load((folder / CASE / "assignment-provider.yaml").read_text(encoding="utf-8"))
    by_hand = yaml.safe_load((EXAMPLES / CASE / "assignment-provider.yaml").read_text(encoding="utf-8"))
    assert written["spec"] == by_hand["spec"]
    assert "extranet: 10.128.5.0/24" in told
    assert "broker sign" in told


def test_the_written_file_is_a_document_with_a_reason_above_each_choice(folder: Path) -> None:
    run(folder, "elderly-care-request")
    data = (folder / CASE / "assignment-provider.yaml").read_bytes()
    assert isinstance(parse(data, f"{CASE}/assignment-provider.yaml"), Parsed)
    assert "# The lowest free subnet" in data.decode()


def test_a_file_that_is_there_is_never_written_over(folder: Path) -> None:
    run(folder, CASE)
    before = (folder / CASE / "assignment-provider.yaml").read_bytes()
    assert run(folder, CASE)[0] == 2
    assert (folder / CASE / "assignment-provider.yaml").read_bytes() == before


@pytest.mark.parametrize(
    ("case", "to", "why"),
    [
        ("nothing", "provider", "no request, form or plan nothing"),
        ("gas-command-request", "provider", "has no approval"),
        ("online-hall-request", "provider", "is assigned by online-hall-assigned-provider already"),
        ("elderly-care-request", "operations", "is assigned by elderly-care-assigned-operations already"),
    ],
)
def test_what_cannot_be_assigned_is_told_with_the_reason(folder: Path, case: str, to: str, why: str) -> None:
    code, told = run(folder, case, "--to", to)
    assert code == 2
    assert why in " ".join(told.replace("│", " ").split())


def test_an_intent_form_goes_to_the_provider_of_its_system_and_needs_no_subnet() -> None:
    form, every = "urban-v2-scale-down-2026", registry()
    known = replace(every, filed=tuple(f for f in every.filed if f.id != f"{form}-assigned-provider"))
    proposal = proposed(known, form, Assignee.PROVIDER, "ops-dispatcher", AT)
    assert (proposal.provider, proposal.subnets) == ("provider-b", ())
    assert "subnets" not in text(proposal)


def narrowed(known: Registry, zone: str, cidr: str) -> Registry:
    """The registry whose pool of the zone is this range alone."""

    def pool(filed: Filed[Any]) -> Filed[Any]:
        if not isinstance(filed.spec, AddressPoolSpec) or filed.spec.zone != zone:
            return filed
        document = filed.document.model_copy(update={"spec": filed.spec.model_copy(update={"cidr": cidr})})
        return replace(filed, document=document)

    return replace(known, filed=tuple(pool(filed) for filed in known.filed))


def test_the_subnet_of_a_system_that_left_with_its_data_is_taken_again_where_nothing_else_is_left() -> None:
    system = "urban-v1"
    exits = {f.id for f in registry().filed if f.kind == "ServiceIntentForm" and system in f.id}
    bucket = {"zone": "extranet", "kind": "bucket", "name": "x", "content_digest": "sha256:" + "0" * 64}
    hand_over = {
        "apiVersion": "govcloud/v1",
        "kind": "HandOver",
        "metadata": {"id": "all-back", "filed_on": "2026-11-23", "filed_by": "urban-mgmt-head"},
        "spec": {
            "form": next(iter(exits)),
            "system": system,
            "items": [{**bucket, "size_bytes": 1}],
            "wipe": True,
        },
    }
    held, back = registry(), registry([hand_over])
    (given,) = (s.cidr for f in held.of(AssignmentSpec) if system in f.spec.matter for s in f.spec.subnets)
    assert free_subnet(back, "extranet") == free_subnet(held, "extranet"), "it may be in use until it takes effect"
    assert free_subnet(narrowed(held, "extranet", given), "extranet") is None
    assert free_subnet(narrowed(back, "extranet", given), "extranet") == IPv4Network(given)


def test_a_zone_without_a_pool_has_no_free_subnet() -> None:
    assert free_subnet(registry(until=date(2020, 1, 1)), "extranet") is None
