"""Claims from many processes at once, some of them killed: what the counters end at, and how many are granted a second.

    python -m bench.claims [--claims 1000000] [--processes 16] [--kills 30] [--round 64]

Each process claims in rounds, as admission does. One transaction commits, resizes, voids or releases what earlier
rounds got and asks for `--round` random amounts of random systems, each granted or refused by itself; one round in ten
also asks who holds the room that the first refused claim lacks. The account of nearly everybody is full most of the
time, so that claims race for the last room. The parent kills a process at even distances with SIGKILL, wherever it is,
and starts another in its place. In the end everything that the claims hold is added up anew, by SQL of this file's own.
Exit status 1 if an account is over its ceiling or a counter is not what its claims add up to.
"""

import argparse
import multiprocessing
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from ctypes import c_uint64
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from multiprocessing.sharedctypes import RawArray
from pathlib import Path
from typing import Any

from bench.measure import family_cpu_s, parent_of
from broker.ledger import claims, embedded
from broker.ledger.connect import Connection, connect
from broker.ledger.rights import prepare
from broker.ledger.settle import explained, settle
from quotas.account import both_chains, cloud, district, system, unit
from quotas.amount import Amount
from quotas.claim import Claim
from quotas.step import Commit, Release, Resize, Step, Void

UNITS, SYSTEMS, ZONES, PROVIDERS = 40, 400, ("extranet", "internet"), ("provider-a", "provider-b")
HELD_AT_LEAST = 24
"""A process gives its oldest claims back above so many, or above two rounds of them."""
EXPLAINED = 0.1
"""Part of the rounds in which the process asks who holds the room that the first refused claim lacks."""
LOOK_S = 0.05
_COUNTS = 4
_PROCESSES = multiprocessing.get_context("forkserver")
"""One process imports everything, the others are its forks: neither start nor restart costs an import."""

_SUMS = """
select a.account, a.used::text as used, a.ceiling::text as ceiling,
    not ledger.amount_covers(a.ceiling, a.used) as over,
    coalesce(s.total, ledger.amount_zero())::text as total
from ledger.account a
left join (
    select l.account, row(sum((l.amount).vcpu), sum((l.amount).memory_gib), sum((l.amount).block_gib),
        sum((l.amount).block_high_performance_gib), sum((l.amount).object_gib), sum((l.amount).bandwidth_mbps),
        sum((l.amount).public_addresses))::ledger.amount as total
    from ledger.claim_line l join ledger.claim c using (claim) where c.state in ('held', 'committed') group by l.account
) s using (account)
where a.level in (0, 3)
"""
"""Accounts that claims name themselves, with what the live claims come to; nothing of the product adds this up."""

_LIVE = "select claim, state from ledger.claim where state in ('held', 'committed') and claim like %(mine)s"
_OVER = "select account from ledger.account where not ledger.amount_covers(ceiling, used)"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to."""

    asked: int
    granted: int
    refused: int
    killed: int
    seconds: float
    server_cpu_s: float
    claimants_cpu_s: float
    """What the processes needed from their first claim on; of the killed ones what they told before."""
    over: tuple[str, ...]
    """Accounts above their ceiling."""
    miscounted: tuple[str, ...]
    """Accounts whose counter is not what the live claims come to, as this file or as the product adds them up."""

    @property
    def holds(self) -> bool:
        """Whether every counter is right."""
        return not self.over and not self.miscounted


def run(dsn: str, asked: int, processes: int, kills: int, in_round: int) -> Outcome:
    """What so many claims by so many processes come to; `kills` of these die on the way. The database is migrated."""
    _PROCESSES.set_forkserver_preload(["broker.ledger.claims"])
    counts = RawArray(c_uint64, _COUNTS * processes)
    race = Race(dsn, counts, asked // processes, in_round)
    with connect(dsn) as conn:
        limit(conn, processes * race.room)
        server = parent_of(conn.info.backend_pid)
    before = family_cpu_s(server)
    killed, seconds = _watch(race, processes, kills)
    server_cpu_s = family_cpu_s(server) - before
    with connect(dsn) as conn:
        over, miscounted = faults(conn)
    done, granted, refused, micros = (sum(counts[part::_COUNTS]) for part in range(_COUNTS))
    return Outcome(done, granted, refused, killed, seconds, server_cpu_s, micros / 1e6, over, miscounted)


def faults(conn: Connection) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The accounts that are over their ceiling, and those whose counter is not what the live claims come to."""
    over = tuple(row["account"] for row in conn.execute(_OVER))
    miscounted = {str(account) for account in claims.miscounted(conn)}
    miscounted |= {row["account"] for row in conn.execute(_SUMS) if row["used"] != row["total"]}
    return over, tuple(sorted(miscounted))


@dataclass(frozen=True, slots=True)
class Race:
    """What the processes share: where they claim, what each slot has done so far, and how much it is to ask for."""

    dsn: str
    counts: Any
    """Numbers of each slot: asked, granted, refused, and microseconds of CPU."""
    share: int
    in_round: int
    """How many claims a transaction asks for."""

    @property
    def held_at_most(self) -> int:
        """How many live claims a process keeps from earlier rounds."""
        return max(HELD_AT_LEAST, 2 * self.in_round)

    @property
    def room(self) -> int:
        """Pieces of a zone for each process: half of what its live claims come to on average, so that they race."""
        return self.held_at_most * 9 // 8

    def begin(self, slot: int, life: int, ready: Any, go: Any) -> BaseProcess:
        """A process in a slot, in whose earlier lives others were killed."""
        process = _PROCESSES.Process(target=_claim, args=(self, slot, life, ready, go))
        process.start()
        return process


def _watch(race: Race, processes: int, kills: int) -> tuple[int, float]:
    """How many processes were killed, at even distances of claims, and seconds from all being ready to the end."""
    chance = random.Random(7)  # noqa: S311 - whom it hits is no secret
    ready, go = _PROCESSES.Semaphore(0), _PROCESSES.Event()
    living = [race.begin(slot, 0, ready, go) for slot in range(processes)]
    for _ in living:
        ready.acquire()
    begun, killed = time.perf_counter(), 0
    go.set()
    while any(process.is_alive() for process in living):
        time.sleep(LOOK_S)
        running = [slot for slot in range(processes) if living[slot].is_alive()]
        due = race.share * processes * (killed + 1) // (kills + 1)
        if killed < kills and running and sum(race.counts[0::_COUNTS]) >= due:
            slot, killed = chance.choice(running), killed + 1
            living[slot].kill()
            living[slot].join()
            living[slot] = race.begin(slot, killed, ready, go)
    seconds = time.perf_counter() - begun
    if failed := [process.exitcode for process in living if process.exitcode]:
        raise RuntimeError(f"claiming: {len(failed)} processes ended with {failed}; their errors stand above")
    return killed, seconds


def _claim(race: Race, slot: int, life: int, ready: Any, go: Any) -> None:
    """One process: claims until its slot has asked for its share, whoever asked before it was killed."""
    chance, counts = random.Random(f"{slot}/{life}"), race.counts  # noqa: S311 - what is claimed is no secret
    with connect(race.dsn) as conn:
        conn.execute("select pg_advisory_lock(%s)", (slot,))  # what the one before had begun is ended by the server
        mine, first = _left(conn, slot) if life else ([], [])
        ready.release()
        go.wait()
        place, used = _COUNTS * slot, time.process_time_ns()
        while counts[place] < race.share:
            asked = min(race.in_round, race.share - counts[place])
            wanted = [_wanted(chance, f"{slot}-{life}-{counts[place] + number}") for number in range(asked)]
            counts[place] += asked
            answers = settle(conn, [*first, *wanted])[len(first) :]
            granted = [claim for claim, short in zip(wanted, answers, strict=True) if not short]
            refused = [short for short in answers if short]
            for short in refused[:1] if chance.random() < EXPLAINED else ():
                explained(conn, short)
            first = _next(chance, mine, granted, len(refused), race.held_at_most)
            before, used = used, time.process_time_ns()
            for part, more in enumerate((len(granted), len(refused), (used - before) // 1000), start=1):
                counts[place + part] += more


def _left(conn: Connection, slot: int) -> tuple[list[str], list[Step]]:
    """The committed claims of the process that died in this slot, and the steps that void what it only held."""
    rows = conn.execute(_LIVE, {"mine": f"{slot}-%"}).fetchall()
    return [row["claim"] for row in rows if row["state"] == "committed"], [
        Void(row["claim"]) for row in rows if row["state"] == "held"
    ]


def _next(chance: random.Random, mine: list[str], granted: list[Claim], refused: int, held_at_most: int) -> list[Step]:
    """What the next round does first. `mine` then has the ids of the committed claims that are kept."""
    give_back = [mine.pop(chance.randrange(len(mine))) for _ in range(min(refused, len(mine)))]
    give_back += [mine.pop(0) for _ in range(len(mine) - held_at_most)]
    one_in_ten = [claim for claim in mine if chance.random() < len(granted) / 10 / len(mine)]
    nothing = [claim.id for claim in granted if chance.random() < 0.2]  # noqa: PLR2004 - one in five comes to nothing
    built = [claim.id for claim in granted if claim.id not in nothing]
    mine += built
    return [
        *(Release(claim) for claim in give_back),
        *(Void(claim) for claim in nothing),
        *(Commit(claim) for claim in built),
        *(Resize(claim, _wanted(chance, claim).lines) for claim in one_in_ten),
    ]


def _wanted(chance: random.Random, name: str) -> Claim:
    """A claim in both chains of some system of some amount."""
    servers = chance.randrange(1, 9)
    amount = Amount(
        vcpu=4 * servers,
        memory_gib=8 * servers,
        block_gib=100 * servers,
        object_gib=chance.randrange(200),
        bandwidth_mbps=chance.randrange(20),
        public_addresses=chance.randrange(2),
    )
    number = chance.randrange(SYSTEMS)
    zone = ZONES[chance.randrange(2)]
    return Claim(name, f"s{number}", both_chains(f"s{number}", zone, PROVIDERS[chance.randrange(2)], amount))


def limit(conn: Connection, pieces: int) -> None:
    """Nothing; a district has room for so many pieces; its units together may ask for more."""
    piece = Amount(vcpu=4, memory_gib=8, block_gib=100, object_gib=100, bandwidth_mbps=10, public_addresses=1)
    for zone in ZONES:
        top = district("shifan", zone)
        room = piece * pieces
        claims.set_limit(conn, top, None, room)
        for provider in PROVIDERS:
            claims.set_limit(conn, cloud(provider, zone), None, room)
        for number in range(UNITS):
            claims.set_limit(conn, unit(f"u{number}", zone), top, piece * 60)
        for number in range(SYSTEMS):
            above = unit(f"u{number % UNITS}", zone)
            claims.set_limit(conn, system(f"s{number}", zone), above, piece * 20)


def told(outcome: Outcome) -> Iterator[str]:
    """The outcome as lines."""
    yield f"{outcome.asked} claims in {outcome.seconds:.1f} s: {outcome.asked / outcome.seconds:.0f} a second"
    yield f"granted {outcome.granted} ({outcome.granted / outcome.seconds:.0f} a second), refused {outcome.refused}"
    server, claimants = (1000 * s / max(outcome.granted, 1) for s in (outcome.server_cpu_s, outcome.claimants_cpu_s))
    yield f"ms of CPU a grant: server {server:.2f}, claimants {claimants:.2f}"
    yield f"{outcome.killed} processes killed"
    yield f"over their ceiling: {len(outcome.over)}; miscounted: {len(outcome.miscounted)}"


def main(arguments: Sequence[str]) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.claims", description=__doc__.partition("\n")[0])
    parser.add_argument("--claims", type=int, default=1_000_000)
    parser.add_argument("--processes", type=int, default=16)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--round", type=int, default=64, dest="in_round")
    given = parser.parse_args(arguments)
    home = Path(tempfile.mkdtemp(prefix="bench-claims-"))
    server = embedded.start(home)
    try:
        with connect(server.dsn()) as conn:
            prepare(conn, embedded.SERVICE)
        load = os.getloadavg()
        outcome = run(server.dsn(), given.claims, given.processes, given.kills, given.in_round)
        for line in told(outcome):
            print(line)
        print(f"load of the machine {load[0]:.1f} before, {os.getloadavg()[0]:.1f} after; {os.cpu_count()} cores")
    finally:
        embedded.stop(home)
        shutil.rmtree(home, ignore_errors=True)
    return 0 if outcome.holds else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
