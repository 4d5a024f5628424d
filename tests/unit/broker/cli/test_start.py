import subprocess
import sys

HEAVY = {"openstack", "pulumi", "boto3", "psycopg", "procrastinate"}


def test_commands_on_papers_start_without_cloud_engine_or_ledger() -> None:
    program = "import sys; from broker.cli import main; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "broker.papers" in loaded
    assert loaded & HEAVY == set()


def test_a_reconcile_that_has_nothing_to_do_loads_nothing_that_calls_clouds() -> None:
    program = "import sys, broker.wiring, broker.reconcile; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) & (HEAVY - {"psycopg", "procrastinate"}) == set()
