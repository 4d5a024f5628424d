from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from monitoring.examining import examined
from monitoring.metering.period import Span
from monitoring.utilisation.names import UseNames
from monitoring.utilisation.prometheus import PrometheusUse
from monitoring.utilisation.source import Machine, Reading, Signal

MACHINES = [Machine("a", 2, 4 << 30), Machine("b", 2, 4 << 30)]
SPAN = Span(0, 7200)


@dataclass
class HalfKnown:
    """A source that knows of the first of all that it is asked of."""

    name: str = "gnocchi"

    def statistics(
        self, machines: Sequence[Machine], signal: Signal, start_s: int, end_s: int
    ) -> Mapping[str, Reading]:
        assert (signal, start_s, end_s) == ("cpu", 0, 7200)
        return {machines[0].id: Reading(0.5, 0.5, 0.5, 0.5, 0.5, 24)}

    def daily_means(
        self, machines: Sequence[Machine], signal: Signal, days: Sequence[int]
    ) -> Mapping[str, Mapping[int, float]]:
        raise AssertionError(f"nobody asked for {signal} of {machines} on {days}")


def test_a_source_that_answers_is_well_whatever_it_knows() -> None:
    found = examined(HalfKnown(), MACHINES, SPAN)
    assert (found.what, found.ok) == ("use from gnocchi", True)
    assert found.told == "known of 1 of 2 servers in the last 2 hours"


def test_one_that_does_not_answer_is_bad_and_says_where_its_address_stands() -> None:
    found = examined(PrometheusUse("http://127.0.0.1:9", UseNames()), MACHINES, SPAN)
    assert not found.ok
    assert "see prometheus.url in utilisation.toml" in found.told
