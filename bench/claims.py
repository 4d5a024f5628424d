"""Claims from many processes at once, some of them killed: what the counters end at, and how many are granted a second.

    python -m bench.claims [--claims 1000000] [--processes 16] [--kills 30]

Each process asks for random amounts of random systems, and commits, resizes, voids or releases what it got; the account
of nearly everybody is full most of the time, so that claims race for the last room. The parent kills a process at even
distances with SIGKILL, wherever it is, and starts another in its place. In the end everything that the claims hold is
added up anew, by SQL of this file's own. Exit status 1 if an account is over its ceiling or a counter has drifted.
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

from broker.ledger import claims, embedded
from broker.ledger.claims import Claimed
from broker.ledger.connect import Connection, connect
from broker.ledger.rights import prepare
from quotas.account import both_chains, cloud, district, system, unit
from quotas.amount import Amount
from quotas.claim import Claim

UNITS, SYSTEMS, ZONES, PROVIDERS = 40, 400, ("extranet", "internet"), ("provider-a", "provider-b")
HELD_AT_MOST = 24
"""Live claims of one process; beyond it gives the oldest back."""
ROOM_OF_EACH = 27
"""Pieces of a zone for each process: half of what its live claims come to on average, so that they race for room."""
LOOK_S = 0.05
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
    over: tuple[str, ...]
    """Accounts above their ceiling."""
    drift: tuple[str, ...]
    """Accounts whose counter is not what the live claims come to, as this file or as the product adds them up."""

    @property
    def holds(self) -> bool:
        """Whether every counter is right."""
        return not self.over and not self.drift


def run(dsn: str, asked: int, processes: int, kills: int) -> Outcome:
    """What so many claims by so many processes come to; `kills` of these die on the way. The database is migrated."""
    _PROCESSES.set_forkserver_preload(["broker.ledger.claims"])
    with connect(dsn) as conn:
        limit(conn, processes)
    counts = RawArray(c_uint64, 3 * processes)
    killed, seconds = _watch(Race(dsn, counts, asked // processes), processes, kills)
    with connect(dsn) as conn:
        over, drift = faults(conn)
    done, granted, refused = (sum(counts[part::3]) for part in range(3))
    return Outcome(done, granted, refused, killed, seconds, over, drift)


def faults(conn: Connection) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The accounts that are over their ceiling, and those whose counter is not what the live claims come to."""
    over = tuple(row["account"] for row in conn.execute(_OVER))
    drift = {str(account) for account in claims.drifted(conn)}
    drift |= {row["account"] for row in conn.execute(_SUMS) if row["used"] != row["total"]}
    return over, tuple(sorted(drift))


@dataclass(frozen=True, slots=True)
class Race:
    """What the processes share: where they claim, what each slot has done so far, and how much it is to ask for."""

    dsn: str
    counts: Any
    """Three numbers a slot: asked, granted, refused."""
    share: int

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
        if killed < kills and running and sum(race.counts[0::3]) >= due:
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
        mine = list(_left(conn, slot)) if life else []
        ready.release()
        go.wait()
        while counts[3 * slot] < race.share:
            counts[3 * slot] += 1
            wanted = _wanted(chance, f"{slot}-{life}-{counts[3 * slot]}")
            if isinstance(claims.claim(conn, wanted), Claimed):
                counts[3 * slot + 1] += 1
                _settle(conn, chance, wanted, mine)
            else:
                counts[3 * slot + 2] += 1
                _give_back(conn, chance, mine)
            if len(mine) > HELD_AT_MOST:
                claims.release(conn, mine.pop(0))


def _left(conn: Connection, slot: int) -> Iterator[str]:
    """The committed claims of the process that died in this slot; what it only held is voided."""
    for row in conn.execute(_LIVE, {"mine": f"{slot}-%"}).fetchall():
        if row["state"] == "held":
            claims.void(conn, row["claim"])
        else:
            yield row["claim"]


def _settle(conn: Connection, chance: random.Random, held: Claim, mine: list[str]) -> None:
    if chance.random() < 0.2:  # noqa: PLR2004 - one in five comes to nothing
        claims.void(conn, held.id)
        return
    claims.commit(conn, held.id)
    mine.append(held.id)
    if chance.random() < 0.1:  # noqa: PLR2004 - one in ten is changed
        claims.resize(conn, held.id, _wanted(chance, held.id, like=held).lines)


def _give_back(conn: Connection, chance: random.Random, mine: list[str]) -> None:
    if mine:
        claims.release(conn, mine.pop(chance.randrange(len(mine))))


def _wanted(chance: random.Random, name: str, like: Claim | None = None) -> Claim:
    """A claim in both chains of some system, or of that of `like`, of some amount."""
    servers = chance.randrange(1, 9)
    amount = Amount(
        vcpu=4 * servers,
        memory_gib=8 * servers,
        block_gib=100 * servers,
        object_gib=chance.randrange(200),
        bandwidth_mbps=chance.randrange(20),
        public_addresses=chance.randrange(2),
    )
    if like is not None:
        accounts = [line.account for line in like.lines]
        own, place = accounts[0], accounts[-1]
        return Claim(name, like.holder, both_chains(own.name, own.zone, place.name, amount))
    number = chance.randrange(SYSTEMS)
    zone = ZONES[chance.randrange(2)]
    return Claim(name, f"s{number}", both_chains(f"s{number}", zone, PROVIDERS[chance.randrange(2)], amount))


def limit(conn: Connection, processes: int) -> None:
    """Nothing; a district has half the room that the processes would fill; its units together may ask for more."""
    piece = Amount(vcpu=4, memory_gib=8, block_gib=100, object_gib=100, bandwidth_mbps=10, public_addresses=1)
    for zone in ZONES:
        top = district("shifan", zone)
        room = piece * (ROOM_OF_EACH * processes)
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
    yield f"{outcome.killed} processes killed"
    yield f"over their ceiling: {len(outcome.over)}; drifted: {len(outcome.drift)}"


def main(arguments: Sequence[str]) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.claims", description=__doc__.partition("\n")[0])
    parser.add_argument("--claims", type=int, default=1_000_000)
    parser.add_argument("--processes", type=int, default=16)
    parser.add_argument("--kills", type=int, default=30)
    given = parser.parse_args(arguments)
    home = Path(tempfile.mkdtemp(prefix="bench-claims-"))
    server = embedded.start(home)
    try:
        with connect(server.dsn()) as conn:
            prepare(conn, embedded.SERVICE)
        load = os.getloadavg()
        outcome = run(server.dsn(), given.claims, given.processes, given.kills)
        for line in told(outcome):
            print(line)
        print(f"load of the machine {load[0]:.1f} before, {os.getloadavg()[0]:.1f} after; {os.cpu_count()} cores")
    finally:
        embedded.stop(home)
        shutil.rmtree(home, ignore_errors=True)
    return 0 if outcome.holds else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
