"""Make SQLite fit for the concurrent writers of one service.

oslo.db begins every transaction with a plain, deferred BEGIN. A writer that reads first and then writes fails AT ONCE
with "database is locked" when another writer got in between; no timeout helps. Hence: BEGIN IMMEDIATE for the
transactions that oslo.db knows as writers, and one lock per database file in front of it, which is fair and, unlike
SQLite's own waiting, yields under eventlet too. The files are in WAL mode already, so that readers never block.
"""

import threading

import sqlalchemy
from oslo_db.sqlalchemy import enginefacade, engines

WRITER = "sandbox_writer"
HELD = "sandbox_lock"
LOCK_TIMEOUT_S = 60
PRAGMAS = ("busy_timeout=60000", "synchronous=OFF", "cache_size=-8000")
_creating = threading.RLock()
_file_locks = {}


def tune():
    """Replace how oslo.db makes engines, sessions and connections; before the service opens its database."""
    mark_writers(enginefacade._TransactionFactory)
    create_engine = engines.create_engine

    def create_tuned_engine(*args, **kwargs):
        engine = create_pooled(create_engine, *args, **kwargs)
        if engine.dialect.name == "sqlite" and engine.url.database:
            begin_immediately(engine, _file_locks.setdefault(engine.url.database, threading.Lock()))
        return engine

    engines.create_engine = create_tuned_engine


def mark_writers(factory_class):
    """Give sessions and connections in writer mode an engine that carries the mark."""
    create_session, create_connection = factory_class._create_session, factory_class._create_connection

    def session(self, mode, bind=None):
        if mode is enginefacade._WRITER and not bind:
            bind = writer_engine(self)
        return create_session(self, mode, bind)

    def connection(self, mode):
        return writer_engine(self).connect() if mode is enginefacade._WRITER else create_connection(self, mode)

    factory_class._create_session, factory_class._create_connection = session, connection


def writer_engine(factory):
    """The marked engine of an oslo.db transaction factory, made once per engine."""
    if not factory._started:
        factory._start()
    known = getattr(factory, WRITER, None)
    if known is None or known[0] is not factory._writer_engine:
        known = (factory._writer_engine, factory._writer_engine.execution_options(**{WRITER: True}))
        setattr(factory, WRITER, known)
    return known[1]


def create_pooled(create_engine, *args, **kwargs):
    """An engine that keeps its connections: oslo.db would open and close the file for every transaction."""
    plain = sqlalchemy.create_engine

    def pooled(url, **options):
        if url.get_backend_name() == "sqlite" and url.database:
            options.update(poolclass=sqlalchemy.pool.QueuePool, pool_size=10, max_overflow=200)
            options.setdefault("connect_args", {})["check_same_thread"] = False
        return plain(url, **options)

    with _creating:
        sqlalchemy.create_engine = pooled
        try:
            return create_engine(*args, **kwargs)
        finally:
            sqlalchemy.create_engine = plain


def begin_immediately(engine, lock):
    """Take the lock and the write transaction at the BEGIN of marked connections."""
    # a listener in front of oslo.db's own would run after it all the same, so its own has to go
    for listener in list(engine.dispatch.begin):
        if listener.__name__ == "_sqlite_emit_begin":
            sqlalchemy.event.remove(engine, "begin", listener)

    def connected(connection, record):
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    def begin(connection):
        if "in_transaction" in connection.info:
            return
        if connection.get_execution_options().get(WRITER):
            if lock.acquire(timeout=LOCK_TIMEOUT_S):
                connection.info[HELD] = lock
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.exec_driver_sql("BEGIN")
        connection.info["in_transaction"] = True

    sqlalchemy.event.listen(engine, "connect", connected)
    sqlalchemy.event.listen(engine, "begin", begin)
    # these two come just before the commit itself; SQLite's busy_timeout covers that instant
    sqlalchemy.event.listen(engine, "commit", lambda connection: release(connection.info))
    sqlalchemy.event.listen(engine, "rollback", lambda connection: release(connection.info))
    sqlalchemy.event.listen(engine, "checkin", lambda connection, record: release(record.info))


def release(info):
    """Give the lock back if this connection holds it."""
    held = info.pop(HELD, None)
    if held:
        held.release()
