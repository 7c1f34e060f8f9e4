-- Storage behind the stub HTTP interfaces: one row per object, payload exactly as the service answers.

create table entity (
    kind text not null,
    id bigint not null,
    modified_at timestamptz not null,
    payload jsonb not null,
    primary key (kind, id)
);
create index entity_modified_at on entity (kind, modified_at);
