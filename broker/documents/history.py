"""What the office says where the history of main was replaced: going on needs two of its people (design: order)."""

from typing import Annotated, ClassVar

from pydantic import StringConstraints

from broker.documents.envelope import Nature, Spec
from broker.documents.fields import Text

Commit = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{40}([0-9a-f]{24})?$")]


class HeadAcceptanceSpec(Spec):
    """The broker may go on from a head that does not follow the last one it decided on. Two people of the office sign.

    Their keys and roles are those in force at the old head: the new history cannot bring its own judges.
    """

    kind: ClassVar = "HeadAcceptance"
    nature: ClassVar = Nature.FOUNDATION
    folder: ClassVar = "platform"
    signed_by: ClassVar = ("cloud_office",)
    signatures: ClassVar = 2

    replaces: Commit
    """The last head that the broker decided on, as its alarm names it."""
    head: Commit
    """The new head that was looked at; this document comes in a commit after it."""
    reason: Text
    """Why the history was replaced, by whom, and what was compared."""
