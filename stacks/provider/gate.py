"""The plan gate: what holds data goes only when a document of the registry covers it."""

from stacks.provider.operation import Permit
from stacks.provider.resource_type import Refused


def require_permit(permit: Permit, urn: str, *, sandbox: bool, action: str) -> None:
    """Return when the resource, which holds data, may be deleted or replaced.

    Raises:
        Refused: Nothing covers it. No request was sent.
    """
    if urn in permit.urns or (sandbox and permit.sandbox_unrestricted):
        return
    name = urn.rpartition("::")[2]
    raise Refused(
        f"{action} of {name} is refused: it holds data and no document covers its loss; "
        "file the document that names it (an exit or a change with `data:`), then run `broker reconcile`"
    )
