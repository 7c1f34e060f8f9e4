-- Tables a site fills with handlers of its own: sessions, e-mail events, the bonus programme, tills.

create table bl_web_session (
    id bigint primary key,
    fuser_id bigint,
    user_id bigint,
    started_at timestamp not null,
    last_hit_at timestamp not null,
    hits int not null default 1,
    landing_url text not null,
    referrer text,
    utm_source text,
    utm_medium text,
    utm_campaign text,
    utm_content text,
    utm_term text,
    client_id varchar(64)
);
create index bl_web_session_last_hit_at on bl_web_session (last_hit_at);

create table bl_email_events (
    id bigint primary key,
    provider varchar(32) not null,
    event varchar(32) not null,
    email varchar(255) not null,
    campaign_id varchar(64),
    message_id varchar(128),
    url text,
    event_at timestamp not null,
    payload jsonb,
    received_at timestamp not null
);

create table bl_loyalty_account (
    id serial primary key,
    user_id int unique,
    card_number varchar(20) unique,
    balance numeric(10, 2) not null default 0,
    created_at timestamp not null default current_timestamp
);

create table bl_loyalty_transaction (
    id serial primary key,
    account_id int,
    amount numeric(10, 2) not null,
    type varchar(20) not null,
    order_id int,
    source varchar(20) not null,
    created_at timestamp not null default current_timestamp
);
create index bl_loyalty_transaction_account_id on bl_loyalty_transaction (account_id);

create table bl_pos_receipt (
    id bigint primary key,
    receipt_uid varchar(64) not null unique,
    store_id varchar(32) not null,
    till_id varchar(32) not null,
    shift_no int not null,
    receipt_no int not null,
    closed_at timestamp not null,
    kind varchar(10) not null,
    original_receipt_uid varchar(64),
    total numeric(12, 2) not null,
    bonus_spent numeric(10, 2) not null default 0,
    bonus_earned numeric(10, 2) not null default 0,
    currency char(3) not null,
    card_number varchar(20),
    phone varchar(64)
);
