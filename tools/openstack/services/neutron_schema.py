"""Make Neutron's database on SQLite: `neutron_schema URL`.

Neutron's migrations cannot run there (ALTER of constraints), so the newest schema is built from the models, as Neutron
does in its own unit tests; then come the rows a migration would have put in, and the marks that no migration is due.
"""

import importlib.util
import sys
from pathlib import Path

import sqlalchemy
from neutron.db import migration
from neutron.db.migration.models import head

VERSIONS = Path(migration.__file__).parent / "alembic_migrations" / "versions"
DEFAULT_RULES = VERSIONS / "2023.2" / "expand" / "c33da356b165_security_group_default_rules.py"


def main(url: str) -> None:
    """Build the schema, its default rows and its version marks."""
    engine = sqlalchemy.create_engine(url)
    head.get_metadata().create_all(engine)
    with engine.begin() as connection:
        insert_default_rules(connection)
        mark_as_newest(connection)


def insert_default_rules(connection) -> None:
    """The four rules that every new security group begins with; a migration of 2023.2 holds them."""
    spec = importlib.util.spec_from_file_location("default_rules", DEFAULT_RULES)
    rules = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(rules)
    tables = sqlalchemy.MetaData()
    tables.reflect(connection, only=["standardattributes", rules.table_name])
    for number, rule in enumerate(rules.default_template_rules, 1):
        values = dict(rule)
        attributes = {"id": number, "resource_type": rules.table_name, "revision_number": 0}
        attributes["description"] = values.pop("description")
        connection.execute(tables.tables["standardattributes"].insert().values(**attributes))
        connection.execute(tables.tables[rules.table_name].insert().values(standard_attr_id=number, **values))


def mark_as_newest(connection) -> None:
    """Both heads of Neutron's two lines of migrations."""
    connection.execute(
        sqlalchemy.text("CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
    )
    for name in ("EXPAND_HEAD", "CONTRACT_HEAD"):
        version = (VERSIONS / name).read_text().strip()
        connection.execute(sqlalchemy.text("INSERT INTO alembic_version VALUES (:version)"), {"version": version})


if __name__ == "__main__":
    main(sys.argv[1])
