"""`broker notices`: what parties are to be told, over which channels it went, and what nobody could be told."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from broker.cli.options import HOME, REFUSED, AsJson, AsOf, Home
from broker.clock import SHANGHAI
from broker.documents.organisations import Role
from broker.errors import NameUnknown
from broker.nearest import unknown

if TYPE_CHECKING:
    from broker.notices.deliver import Post
    from broker.notices.standing import Standing

SHOWN = 50
Deliver = Annotated[bool, typer.Option("--deliver", help="Send what is due now; `broker daemon` does it by itself.")]
Everything = Annotated[bool, typer.Option("--all", help=f"Also the newest {SHOWN} that everybody got.")]
Retry = Annotated[str, typer.Option(metavar="KEY", help="Try the notice of this key again, given up or not.")]
Served = Annotated[
    str, typer.Option(metavar="KEY", help="The notice of this key was handed over by a person; see --how.")
]
How = Annotated[str, typer.Option(help="How it was handed over, and to whom: kept on record.")]
Test = Annotated[str, typer.Option(metavar="CHANNEL", help="Send a line to this channel, to see that it works.")]


def notices(  # noqa: PLR0913 - the options of a command
    home: Home = HOME,
    as_of: AsOf = None,
    *,
    deliver: Deliver = False,
    retry: Retry = "",
    served: Served = "",
    how: How = "",
    test: Test = "",
    everything: Everything = False,
    as_json: AsJson = False,
) -> None:
    """List notices that somebody has not got, or deliver them. Exit 1 if one waits for a person to act."""
    from broker import wiring  # noqa: PLC0415 - brings ledger and engine, which papers never need

    if bool(served) != bool(how):
        raise typer.BadParameter("--served and --how go together: what is handed over by hand says how")
    settings = wiring.with_ledger(home)
    with wiring.post(settings, as_of) as post:
        if test:
            _test(post, test, as_json=as_json)
            return
        _act(post, wiring.person(), retry, served, how, aside=as_json)
        if deliver:
            _deliver(post, as_json=as_json)
        found = _listed(post, everything=everything)
    for line in _told(found, post, as_json=as_json):
        typer.echo(line)
    if any(one.state in {"failed", "unserved"} for one in found):
        raise typer.Exit(REFUSED)


def _act(post: "Post", person: str, retry: str, served: str, how: str, *, aside: bool) -> None:  # noqa: PLR0913 - as above
    from broker.notices import by_hand  # noqa: PLC0415 - as in `notices`

    if retry:
        again = post.ledger(lambda conn: by_hand.retry(conn, retry, person, post.clock()))
        typer.echo(f"{retry}: due now on {again} channels", err=aside)
    if served:
        known = post.directory()
        post.ledger(lambda conn: by_hand.handed_over(conn, served, known, person, post.clock(), how))
        typer.echo(f"{served}: handed over", err=aside)


def _deliver(post: "Post", *, as_json: bool) -> None:
    from broker.notices.deliver import deliver  # noqa: PLC0415 - as in `notices`

    done = deliver(post)
    typer.echo(f"sent {done.sent}, given up {done.given_up}", err=as_json)
    for line in done.failed:
        typer.echo(f"did not take it: {line}", err=True)


def _test(post: "Post", name: str, *, as_json: bool) -> None:
    from broker.notices.text import Letter  # noqa: PLC0415 - as in `notices`

    channel = post.channels.by_name.get(name)
    if channel is None:
        raise NameUnknown(unknown("channel", name, post.channels.by_name))
    letter = Letter("渠道测试", "这是政务云资源管理系统的渠道测试消息，请忽略。\n")
    refused = post.send(channel, letter, f"test:{post.clock().isoformat()}")
    if as_json:
        typer.echo(json.dumps({"channel": name, "refused": refused.why if refused else None}, ensure_ascii=False))
    if refused is not None:
        typer.echo(f"{name}: {refused.why}", err=True)
        raise typer.Exit(REFUSED)
    if not as_json:
        typer.echo(f"{name}: took it")


def _listed(post: "Post", *, everything: bool) -> tuple["Standing", ...]:
    from broker.ledger import deliveries, outbox  # noqa: PLC0415 - as in `notices`
    from broker.notices.standing import Standing, State, standings  # noqa: PLC0415 - as in `notices`

    def asked(conn: Any) -> tuple[Standing, ...]:
        messages = outbox.waiting(conn)
        rows = deliveries.of(conn, (message.key for message in messages))
        told = outbox.told(conn, SHOWN) if everything else ()
        receipts = deliveries.of(conn, (message.key for message in told))
        done = (
            Standing(message, State.DELIVERED, (), tuple(row for row in receipts if row.message == message.key))
            for message in told
        )
        return (*standings(messages, rows, post.channels, post.directory()), *done)

    return post.ledger(asked)


def _told(found: tuple["Standing", ...], post: "Post", *, as_json: bool) -> Iterator[str]:
    from broker.notices.standing import strangers  # noqa: PLC0415 - as in `notices`

    if as_json:
        yield from (json.dumps(_raw(one), ensure_ascii=False) for one in found)
        return
    for name, whom in strangers(post.channels, post.directory(), get_args(Role)).items():
        yield f"channel {name} serves {', '.join(whom)}: neither a role nor an organisation of the registry"
    for one in found:
        yield f"{one.state:<9}  {one.message.topic:<20}  {_at(one.message.queued_at)}  {one.message.key}"
        yield from (f"           nobody reaches {name}" for name in one.lacking)
        yield from (f"           {line}" for line in map(_row, one.rows))
    if not found:
        yield "no notice waits"


def _row(row: Any) -> str:
    if row.done_at:
        return f"{row.channel}: took it {_at(row.done_at)}"
    if row.failed_at:
        return f"{row.channel}: given up {_at(row.failed_at)} after {row.attempts} tries: {row.last_error}"
    last = f", last: {row.last_error}" if row.last_error else ""
    return f"{row.channel}: {row.attempts} tries, next {_at(row.due_at)}{last}"


def _at(instant: datetime) -> str:
    return f"{instant.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def _raw(one: "Standing") -> dict[str, Any]:
    rows = [
        {
            "channel": row.channel,
            "to": row.addressees,
            "attempts": row.attempts,
            "delivered_at": row.done_at.isoformat() if row.done_at else None,
            "given_up_at": row.failed_at.isoformat() if row.failed_at else None,
            "next_at": row.due_at.isoformat() if row.open else None,
            "error": row.last_error,
        }
        for row in one.rows
    ]
    head = {"key": one.message.key, "topic": one.message.topic, "queued_at": one.message.queued_at.isoformat()}
    return {**head, "state": str(one.state), "lacking": list(one.lacking), "channels": rows, "body": one.message.body}
