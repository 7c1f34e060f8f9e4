-- Channel event log of Asterisk in PostgreSQL, as its documentation proposes, with the newer `extra`.

create table cel (
    id serial primary key,
    eventtype varchar(30) not null,
    eventtime timestamp not null,
    userdeftype varchar(255) not null,
    cid_name varchar(80) not null,
    cid_num varchar(80) not null,
    cid_ani varchar(80) not null,
    cid_rdnis varchar(80) not null,
    cid_dnid varchar(80) not null,
    exten varchar(80) not null,
    context varchar(80) not null,
    channame varchar(80) not null,
    appname varchar(80) not null,
    appdata varchar(80) not null,
    amaflags int not null,
    accountcode varchar(20) not null,
    peeraccount varchar(20) not null,
    uniqueid varchar(150) not null,
    linkedid varchar(150) not null,
    userfield varchar(255) not null,
    peer varchar(80) not null,
    extra text
);
create index cel_linkedid on cel (linkedid);
