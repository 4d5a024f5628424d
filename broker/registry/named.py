"""People, parties and cases by the names under which they are known, for what was asked by name."""

from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import TypeVar, get_args

from broker.documents.envelope import Spec
from broker.documents.organisations import OrganisationSpec, PersonSpec, ProviderSpec, Role, UnitSpec
from broker.nearest import all_known, unknown
from broker.registry.filed import Filed, Registry

F = TypeVar("F", bound=Filed[Spec])


def person(known: Registry, name: str) -> Filed[PersonSpec]:
    """The person's document in force.

    Raises:
        NameUnknown: No document in force names him.
    """
    people = {known.first(filed.id): filed for filed in known.in_force(PersonSpec)}
    all_known("person", (name,), people)
    return people[name]


def organisation(known: Registry, name: str) -> None:
    """Nothing, where an organisation, unit or provider has this id.

    Raises:
        NameUnknown: None has.
    """
    all_known("organisation, unit or provider", (name,), organisations(known))


def party(known: Registry, name: str) -> None:
    """Nothing, where a role has this name, or an organisation, unit or provider this id.

    Raises:
        NameUnknown: None has.
    """
    all_known("role, organisation, unit or provider", (name,), (*get_args(Role), *organisations(known)))


def organisations(known: Registry) -> tuple[str, ...]:
    """The ids of every organisation, unit and provider in force."""
    kinds = (OrganisationSpec, UnitSpec, ProviderSpec)
    return tuple(known.first(filed.id) for kind in kinds for filed in known.in_force(kind))


def of_case(every: Iterable[F], asked: str) -> list[F]:
    """The documents that a case is asked for by: an id, the path of a file, or a folder with them, in their order.

    A path is one from the registry's root. A file beside them, such as a decision, stands for its folder.
    """
    every = list(every)
    path = PurePosixPath(asked)
    folders = {path, path.parent} if path.suffix else {path}
    named = [filed for filed in every if filed.id == asked] or [filed for filed in every if filed.path == str(path)]
    return named or [filed for filed in every if PurePosixPath(filed.path).parent in folders]


def no_case(every: Iterable[Filed[Spec]], asked: str) -> str:
    """The words for a case that is not there: with the folders that are, where one was asked for by its path."""
    every = list(every)
    if "/" in asked:
        return unknown("case folder", asked, (str(PurePosixPath(filed.path).parent) for filed in every))
    return unknown("request, form or plan", asked, (filed.id for filed in every))
