-- What nobody but the sandbox knows: whose each identifier is, which ledger faults are planted, and the
-- parameters from which the whole world can be made again.

create table person_identifier (
    person_id bigint not null,
    id_type text not null,
    id_value text not null,
    primary key (id_type, id_value)
);

create table planted_fault (
    code text not null,
    subject_type text not null,
    subject_id text not null,
    note text not null,
    primary key (code, subject_type, subject_id)
);

create table state (
    seed bigint not null,
    people int not null,
    days int not null,
    started_at timestamptz not null,
    now_at timestamptz not null
);
