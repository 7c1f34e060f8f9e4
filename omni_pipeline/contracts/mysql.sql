-- Published contracts, MySQL and MariaDB: tables a site, a till or a mail handler fills for
-- omni-pipeline. All are optional, names and columns are fixed, other columns may be added and are
-- not read. Times are local times of the site (BITRIX_TIMEZONE, LOYALTY_TIMEZONE), except those of
-- bl_email_events, which are UTC. Columns are datetime because timestamp follows the session's zone.
-- Give the pipeline's user select on them and nothing else.

-- One row per visit, written at its start, last_hit_at and hits may be updated until it ends.
-- utm_* may stay null while landing_url carries the marks. client_id is the analytics client id.
create table if not exists bl_web_session (
    id bigint not null auto_increment primary key,
    fuser_id bigint,
    user_id bigint,
    started_at datetime not null,
    last_hit_at datetime not null,
    hits int not null default 1,
    landing_url text not null,
    referrer text,
    utm_source text,
    utm_medium text,
    utm_campaign text,
    utm_content text,
    utm_term text,
    client_id varchar(64),
    index bl_web_session_started_at (started_at),
    index bl_web_session_last_hit_at (last_hit_at)
) engine = innodb default charset = utf8mb4;

-- One row per event a mail provider reported. event: sent, delivered, open, click, unsubscribe,
-- spam, soft_bounce, hard_bounce. Providers repeat a call until it is answered: drop repeats on entry.
create table if not exists bl_email_events (
    id bigint not null auto_increment primary key,
    provider varchar(32) not null,
    event varchar(32) not null,
    email varchar(255) not null,
    campaign_id varchar(64),
    message_id varchar(128),
    url text,
    event_at datetime not null,
    payload json,
    received_at datetime not null
) engine = innodb default charset = utf8mb4;

-- One row per account of the bonus programme. A card without a site account has no user_id.
create table if not exists bl_loyalty_account (
    id int not null auto_increment primary key,
    user_id int unique,
    card_number varchar(20) unique,
    balance decimal(10, 2) not null default 0,
    created_at datetime not null default current_timestamp
) engine = innodb default charset = utf8mb4;

-- One row per ledger entry, never changed. type: earn_online, earn_offline and refund_spend (points given
-- back for what was paid with them) above zero, spend, expire and reversal (earned points taken back) below.
-- The last two of an undone purchase name its order_id and source, a till's may name the return.
-- source: web, pos, mobile. order_id is b_sale_order.id for web, bl_pos_receipt.id for pos.
create table if not exists bl_loyalty_transaction (
    id int not null auto_increment primary key,
    account_id int not null,
    amount decimal(10, 2) not null,
    type varchar(20) not null,
    order_id int,
    source varchar(20) not null,
    created_at datetime not null default current_timestamp,
    index bl_loyalty_transaction_account (account_id)
) engine = innodb default charset = utf8mb4;

-- One row per till receipt. kind: sale, return. A return names its sale in original_receipt_uid.
-- receipt_uid is unique over all tills for ever. Amounts are in units of currency. order_number: the
-- site order (b_sale_order.account_number, else id) that the receipt belongs to, as printed, or null.
create table if not exists bl_pos_receipt (
    id bigint not null auto_increment primary key,
    receipt_uid varchar(64) not null unique,
    store_id varchar(32) not null,
    till_id varchar(32) not null,
    shift_no int not null,
    receipt_no int not null,
    closed_at datetime not null,
    kind varchar(10) not null,
    original_receipt_uid varchar(64),
    total decimal(12, 2) not null,
    bonus_spent decimal(10, 2) not null default 0,
    bonus_earned decimal(10, 2) not null default 0,
    currency char(3) not null,
    card_number varchar(20),
    phone varchar(64),
    order_number varchar(100)
) engine = innodb default charset = utf8mb4;

-- One row per product (or offer: whatever b_sale_basket.product_id says) and first day of its cost: what a
-- piece costs the shop WITHOUT VAT, with carriage and duties if it counts them. Read whole every hour.
create table if not exists bl_product_cost (
    id bigint not null auto_increment primary key,
    product_id int not null,
    valid_from date not null,
    cost decimal(18, 4) not null,
    currency char(3) not null,
    unique (product_id, valid_from)
) engine = innodb default charset = utf8mb4;
