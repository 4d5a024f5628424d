"""Whether the sources of use answer, asked as the close of a month asks them: of which running servers is use known."""

from collections.abc import Iterator, Sequence
from typing import Final

from broker.doctor import Examined
from broker.settings import Settings
from monitoring import closing
from monitoring.metering.allocation import taken
from monitoring.metering.gather import by_source
from monitoring.metering.period import HOUR_S, Span
from monitoring.utilisation.names import use_settings
from monitoring.utilisation.source import Machine, ServerUse, SourceFailed

_HOURS: Final = 2
_NOWHERE: Final = "{} names no source: a month is closed only with --accept-coverage, see docs/settings.md"


def examine(settings: Settings) -> Iterator[Examined]:
    """One line for each source. That it knows little is told, and is not wrong: it may have begun just now.

    Raises:
        BrokerError: The deployment's settings, registry or ledger cannot be read.
    """
    given = use_settings(settings.utilisation)
    if not given.prometheus and not given.gnocchi:
        yield Examined("use", ok=True, told=_NOWHERE.format(settings.utilisation))
        return
    with closing.desk(settings, None, ask_stores=False) as desk:
        end_s = int(desk.clock().timestamp())
        span = Span(end_s - _HOURS * HOUR_S, end_s)
        running = [part for part in taken(desk.usages(*span.instants), span) if part.running]
        found = by_source(running, desk.sources)
        for source, machines in found:
            yield examined(source, machines, span)
        if not found:
            yield Examined("use", ok=True, told="no server of a place with a source runs now: nothing was asked")


def beginning(loaded_in: int | None) -> Examined:
    """How commands begin: `loaded_in` is the process of `broker preload`, None where there is none."""
    if loaded_in is None:
        return Examined(
            "commands", ok=True, told="begin by themselves; with `broker preload` at once (docs/preload.md)"
        )
    return Examined("commands", ok=True, told=f"begin at once, in copies of process {loaded_in} (`broker preload`)")


def examined(source: ServerUse, machines: Sequence[Machine], span: Span) -> Examined:
    """What a source told of the machines' CPU in a time."""
    what = f"use from {source.name}"
    try:
        known = source.statistics(machines, "cpu", span.start_s, span.end_s)
    except SourceFailed as error:
        return Examined(what, ok=False, told=str(error))
    return Examined(what, ok=True, told=f"known of {len(known)} of {len(machines)} servers in the last {_HOURS} hours")
