"""What a person does for a notice that no channel brings: tries it again, or hands it over and says how."""

from datetime import datetime

from broker.errors import OperatorError
from broker.ledger import deliveries, outbox
from broker.ledger.connect import Connection
from broker.ledger.deliveries import Told
from broker.ledger.outbox import Message
from broker.nearest import unknown
from broker.notices.channels import BY_HAND
from broker.notices.deliver import served
from broker.notices.directory import Directory
from broker.notices.routing import addressees


class NoSuchNotice(OperatorError):
    """No notice has this key, or everybody got it already."""


def retry(conn: Connection, key: str, person: str, at: datetime) -> int:
    """How many deliveries of the notice are due now.

    Raises:
        NoSuchNotice: Nobody waits for it.
    """
    message = _open(conn, key)
    return deliveries.retry(conn, Told(key, message.topic, person, at))


def handed_over(conn: Connection, key: str, known: Directory, person: str, at: datetime, how: str) -> None:  # noqa: PLR0913, PLR0917 - what a service by hand is
    """Nothing; a person brought the notice to whom it is for, and it is finished with that as its receipt.

    Raises:
        NoSuchNotice: Nobody waits for it.
    """
    message = _open(conn, key)
    whom = {one for addressee in addressees(message.topic, message.body) for one in known.holders(addressee)}
    told = Told(key, message.topic, person, at)
    with conn.transaction():
        deliveries.plan(conn, key, BY_HAND, whom)
        (row,) = (row for row in deliveries.of(conn, (key,)) if row.channel == BY_HAND)
        deliveries.delivered(conn, row, told, (served(key, BY_HAND, at, how),))
        deliveries.finish(conn, told)


def _open(conn: Connection, key: str) -> Message:
    waiting = {message.key: message for message in outbox.waiting(conn)}
    if key not in waiting:
        raise NoSuchNotice(f"{unknown('notice that waits with the key', key, waiting)}; see `broker notices`")
    return waiting[key]
