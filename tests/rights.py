"""What every role may do, from the catalog: for tests that compare it with what is declared."""

from collections.abc import Mapping

import psycopg

SYSTEM = "n.nspname !~ '^pg_' and n.nspname <> 'information_schema'"
# Role, object and right; what a role could name at all, so schemas without usage hide their tables.
MATRIX = f"""
    with asked as (select rolname as role from pg_roles where rolname = any(%(roles)s))
    select role, n.nspname || '.' || c.relname, what
    from pg_class as c inner join pg_namespace as n on c.relnamespace = n.oid cross join asked
    cross join unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES',
        'TRIGGER']) as what
    where {SYSTEM} and c.relkind in ('r', 'v', 'm', 'p', 'f')
        and has_schema_privilege(role, n.oid, 'USAGE') and has_table_privilege(role, c.oid, what)
    union all
    select role, n.nspname || '.' || c.relname, 'sequence ' || what
    from pg_class as c inner join pg_namespace as n on c.relnamespace = n.oid cross join asked
    cross join unnest(array['USAGE', 'UPDATE']) as what
    where {SYSTEM} and c.relkind = 'S' and has_schema_privilege(role, n.oid, 'USAGE')
        and has_sequence_privilege(role, c.oid, what)
    union all
    select role, n.nspname, 'schema ' || what
    from pg_namespace as n cross join asked cross join unnest(array['USAGE', 'CREATE']) as what
    where {SYSTEM} and has_schema_privilege(role, n.oid, what)
        and (n.nspname, what) <> ('public', 'USAGE')
    union all
    select role, datname, 'database ' || what
    from pg_database cross join asked
    cross join unnest(array['CONNECT', 'CREATE', 'TEMPORARY']) as what
    where datallowconn and has_database_privilege(role, oid, what)
    union all
    -- Any function may be called with its caller's own rights; none lends those of its owner.
    select role, n.nspname || '.' || p.proname, 'security definer'
    from pg_proc as p inner join pg_namespace as n on p.pronamespace = n.oid cross join asked
    where p.prosecdef and has_function_privilege(role, p.oid, 'EXECUTE')
    union all
    select role, p.oid::regprocedure::text, 'reaches files'
    from pg_proc as p cross join asked
    where p.proname in ('pg_read_file', 'pg_read_binary_file', 'pg_ls_dir', 'pg_stat_file',
        'lo_import', 'lo_export', 'pg_reload_conf', 'pg_ls_logdir')
        and has_function_privilege(role, p.oid, 'EXECUTE')
    union all
    select asked.role, granted.rolname, 'member'
    from asked cross join pg_roles as granted
    where granted.rolname <> asked.role and pg_has_role(asked.role, granted.oid, 'MEMBER')
    union all
    select rolname, attribute, 'attribute'
    from pg_roles inner join asked on rolname = asked.role
    cross join lateral (values ('superuser', rolsuper), ('createdb', rolcreatedb),
        ('createrole', rolcreaterole), ('replication', rolreplication),
        ('bypassrls', rolbypassrls), ('unlimited', rolconnlimit < 0 and rolcanlogin)
    ) as held (attribute, holds)
    where holds
"""


def undeclared(
    url: str, declared: Mapping[str, tuple[str, ...]], also: tuple[str, ...] = ()
) -> tuple[list[str], list[str]]:
    """Rights beyond reading the schemas that each role is declared to read, and those that lack.

    `declared` names the readers of the database in the URL; they may also connect to the databases
    in `also`. A role that was just made is added, and may nothing.
    """
    newcomer = "newcomer_of_the_test"
    with psycopg.connect(url) as connection:
        connection.execute(f"create role {newcomer}")
        roles = [*declared, newcomer]
        found = set(connection.execute(MATRIX, {"roles": roles}).fetchall())
        tables = connection.execute(
            "select table_schema, table_schema || '.' || table_name from information_schema.tables"
        ).fetchall()
        database = connection.info.dbname
        connection.rollback()
    wanted = set()
    for role, schemas in declared.items():
        wanted.add((role, database, "database CONNECT"))
        wanted |= {(role, schema, "schema USAGE") for schema in schemas}
        wanted |= {(role, name, "SELECT") for schema, name in tables if schema in schemas}
    elsewhere = {(role, name, "database CONNECT") for role in declared for name in also}
    return (
        sorted(" ".join(right) for right in found - wanted - elsewhere),
        sorted(" ".join(right) for right in wanted - found),
    )
