"""Names on a Ceph gateway: tenants, users in them, and the ids under which the state knows users and buckets.

A user is `<unit>$<system>-<zone>`. What stands before `$` is the gateway's tenant, and each tenant is a namespace of
buckets: two units may both have a bucket `backup`, and neither can take or even see a name of the other. The systems
of a unit share its namespace but not their buckets: each bucket has one owner.
"""

from typing import Final

_TENANT_MARK: Final = "$"
_BUCKET_MARK: Final = "/"


def gateway_uid(uid: str) -> str:
    """The user id as the gateway takes it: its tenants hold letters, digits and `_` only (else InvalidTenantName).

    Ids of units hold no `_`, so two units never share a tenant. An id that is already in this form stays as it is.
    """
    tenant, mark, user = uid.rpartition(_TENANT_MARK)
    return tenant.replace("-", "_") + mark + user


def tenant_of(uid: str) -> str:
    """The tenant of a user; empty for a user outside all tenants."""
    return tenant_and_user(uid)[0]


def tenant_and_user(uid: str) -> tuple[str, str]:
    """The tenant of a user, and its name there."""
    tenant, _, user = gateway_uid(uid).rpartition(_TENANT_MARK)
    return tenant, user


def bucket_id(owner_uid: str, name: str) -> str:
    """The id of a bucket in the state: its owner and its name."""
    return f"{gateway_uid(owner_uid)}{_BUCKET_MARK}{name}"


def owner_and_name(id_: str) -> tuple[str, str]:
    """What `bucket_id` was made of; names of buckets hold no `/`."""
    owner_uid, _, name = id_.rpartition(_BUCKET_MARK)
    return owner_uid, name
