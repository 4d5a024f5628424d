"""Two roles of the database: one owns the ledger and migrates it, the other is the broker's and cannot rewrite its log.

An entry is added by a function with its owner's rights; the broker's role may call it and may read the log, no more.
"""

from psycopg import sql

from broker.ledger.connect import Connection
from broker.ledger.migrate import migrate

_LOCK = 0x676F7663  # as migrations: one at a time on a database
_GRANTS = (
    "grant usage on schema ledger to {role}",
    "grant select, insert, update, delete on all tables in schema ledger to {role}",
    "grant usage, select on all sequences in schema ledger to {role}",
    "revoke insert, update, delete, truncate, references, trigger on ledger.audit from {role}",
    "revoke insert, update, delete, truncate on ledger.migration from {role}",
)
_QUEUE = """
select nspname as schema, relname as name, relkind = 'S' as sequence
from pg_class join pg_namespace n on n.oid = relnamespace
where relname like 'procrastinate%' and relkind in ('r', 'S')
"""
_OF_QUEUE = {
    False: "grant select, insert, update, delete on {schema}.{name} to {role}",
    True: "grant usage, select on sequence {schema}.{name} to {role}",
}


def prepare(owner: Connection, role: str) -> tuple[str, ...]:
    """The names of the migrations that were applied now. The role has what the broker needs of the ledger, no more.

    Any number of processes may call it at once. For the owner's own role nothing is granted or revoked.

    Raises:
        psycopg.Error: The database refuses; nothing was changed.
    """
    applied = migrate(owner)
    if role != owner.info.user and (applied or not _granted(owner, role)):
        with owner.transaction():
            owner.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))
            for statement in _GRANTS:
                owner.execute(sql.SQL(statement).format(role=sql.Identifier(role)))
            for row in owner.execute(_QUEUE).fetchall():
                names = {part: sql.Identifier(row[part]) for part in ("schema", "name")}
                owner.execute(sql.SQL(_OF_QUEUE[row["sequence"]]).format(role=sql.Identifier(role), **names))
    return applied


def may_rewrite(conn: Connection) -> bool:
    """Whether the role of this connection could change or remove entries of the audit log, were it not for triggers."""
    row = conn.execute(
        "select has_table_privilege('ledger.audit', 'update, delete, truncate') or pg_has_role(relowner, 'member')"
        " as rewrites from pg_class where oid = 'ledger.audit'::regclass"
    ).fetchone()
    return bool(row and row["rewrites"])


def _granted(conn: Connection, role: str) -> bool:
    row = conn.execute(
        "select has_table_privilege(%(role)s, 'ledger.audit', 'select')"
        " and has_table_privilege(%(role)s, 'public.procrastinate_jobs', 'update') as granted",
        {"role": role},
    ).fetchone()
    return bool(row and row["granted"])
