-- Databases and roles of the compose installation. Run by psql as the server's administrator at every
-- start: safe to repeat, and a password changed in docker/.env is changed here.
--   omni      owns the databases `warehouse` (data) and `dagster` (run history)
--   metabase  owns the database `metabase` (its own settings) and sees nothing else
--   analyst   reads the schemas marts and loyalty of the warehouse; Metabase connects to it as this role
\set ON_ERROR_STOP on
\getenv omni_password OMNI_PASSWORD
\getenv metabase_password METABASE_PASSWORD
\getenv analyst_password ANALYST_PASSWORD

select format('create role %I login', wanted.name)
from (values ('omni'), ('metabase'), ('analyst')) as wanted (name)
where not exists (select from pg_roles where rolname = wanted.name)
\gexec

alter role omni password :'omni_password';
alter role metabase password :'metabase_password';
alter role analyst password :'analyst_password';

select format('create database %I owner %I', wanted.name, wanted.owner)
from (values ('warehouse', 'omni'), ('dagster', 'omni'), ('metabase', 'metabase')) as wanted (name, owner)
where not exists (select from pg_database where datname = wanted.name)
\gexec

-- PostgreSQL lets everybody in and make temporary tables; here nobody gets anything that is not given.
select format('revoke all on database %I from public', datname) from pg_database where datallowconn
\gexec
grant connect on database warehouse to analyst;

-- What charts may use of the server. A session may lift the times for itself, but not the number of
-- connections nor the disk.
alter role analyst nosuperuser nocreatedb nocreaterole connection limit 20;
alter role analyst set statement_timeout = '5min';
alter role analyst set idle_in_transaction_session_timeout = '1min';
alter role analyst set temp_file_limit = '2GB';
alter role analyst set default_transaction_read_only = on;

\connect warehouse
-- The models are dropped and made anew, so the right to read is given to tables yet to come.
create schema if not exists marts authorization omni;
create schema if not exists loyalty authorization omni;
grant usage on schema marts, loyalty to analyst;
grant select on all tables in schema marts, loyalty to analyst;
alter default privileges for role omni in schema marts grant select on tables to analyst;
alter default privileges for role omni in schema loyalty grant select on tables to analyst;
