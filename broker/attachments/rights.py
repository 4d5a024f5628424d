"""Who may read an attachment of which class. The store holds it: file modes and groups, or the policy of a bucket."""

from collections.abc import Mapping
from typing import Any, Final, Literal, get_args

from broker.documents.organisations import Role

Confidentiality = Literal["public", "case", "restricted"]
CLASSES: Final[tuple[Confidentiality, ...]] = get_args(Confidentiality)

READERS: Final[Mapping[Confidentiality, frozenset[Role]]] = {
    "public": frozenset(get_args(Role)),
    "case": frozenset({"cloud_office", "ops_department", "provider", "security_supervisor"}),
    "restricted": frozenset({"cloud_office", "security_supervisor"}),
}
"""Roles that read every attachment of a class, whosever it is. `restricted`, such as weaknesses: for security alone."""


def may_read(role: Role, organisation: str, confidentiality: Confidentiality, owner: str) -> bool:
    """Whether a person in that role, of that organisation, reads an attachment about the matters of `owner`."""
    return organisation == owner or role in READERS[confidentiality]


def bucket_policy(
    bucket: str, by_role: Mapping[Role, tuple[str, ...]], by_organisation: Mapping[str, tuple[str, ...]]
) -> dict[str, Any]:
    """The policy of the store's bucket, for gateway users given as ARNs by role and by organisation.

    A role reads the folder of each class that it may read; an organisation what is its own, and it writes there. No
    policy keeps a writer from overwriting what is his own: the broker writes with `If-None-Match`, readers check the
    digest, and the bucket should keep versions.
    """
    statements = []
    for name in CLASSES:
        readers = sorted({arn for role in READERS[name] for arn in by_role.get(role, ())})
        if readers:
            statements.append(_allow(f"Read{name.title()}", readers, ("s3:GetObject",), (f"{bucket}/{name}/*",)))
    for organisation, arns in sorted(by_organisation.items()):
        own = tuple(f"{bucket}/{name}/{organisation}/*" for name in CLASSES)
        title = organisation.title().replace("-", "")
        statements.append(_allow(f"Own{title}", sorted(arns), ("s3:GetObject", "s3:PutObject"), own))
    return {"Version": "2012-10-17", "Statement": statements}


def _allow(name: str, principals: list[str], actions: tuple[str, ...], resources: tuple[str, ...]) -> dict[str, Any]:
    return {
        "Sid": name,
        "Effect": "Allow",
        "Principal": {"AWS": principals},
        "Action": list(actions),
        "Resource": [f"arn:aws:s3:::{resource}" for resource in resources],
    }
