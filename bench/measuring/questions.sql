-- Questions of dashboards, one or more for each mart: `-- mart: what is asked`, then the SQL, which
-- ends with a semicolon at the end of a line. The month is the last whole one of the bench's shop.

-- bl_omni_stats: a month by channel
select channel, sum(sessions), sum(orders_placed), sum(revenue_kopecks), sum(spend_kopecks)
from marts.bl_omni_stats_local
where local_date >= '2026-05-01' and local_date < '2026-06-01'
group by channel;

-- channel_performance_daily: a month of a channel by day
select local_date, sum(spend_kopecks), sum(orders_paid), sum(revenue_kopecks)
from marts.channel_performance_daily
where
    local_date >= '2026-05-01' and local_date < '2026-06-01' and channel = 'Paid Search'
    and model_id = 'last_non_direct' and basis = 'order_date'
group by local_date;

-- channel_performance_monthly: half a year by channel
select local_month, channel, sum(spend_kopecks), sum(lifetime_margin_kopecks)
from marts.channel_performance_monthly
where local_month >= '2026-01-01' and model_id = 'last_non_direct' and basis = 'order_date'
group by local_month, channel;

-- funnel_monthly: a pipeline's stages in half a year
select stage, sum(entered), sum(moved_on), sum(lost)
from marts.funnel_monthly
where local_month >= '2026-01-01' and category_id = 1
group by stage;

-- manager_daily: a month by manager
select manager, sum(leads), sum(deals_won), sum(revenue_kopecks)
from marts.manager_daily
where local_date >= '2026-05-01' and local_date < '2026-06-01'
group by manager;

-- calls_by_number: a month by number
select number, sum(calls), sum(revenue_kopecks)
from marts.calls_by_number
where local_month = '2026-05-01'
group by number;

-- deal: open deals of a pipeline by stage and manager
select stage, manager, count(*), sum(amount_kopecks)
from marts.deal
where category_id = 1 and closed_at is null
group by stage, manager;

-- customer_value: segments of a brand
select segment, count(*), sum(revenue_kopecks)
from marts.customer_value
where brand = 'main'
group by segment;

-- cohort_monthly: the triangle of a channel
select cohort_month, months_since, sum(buyers), sum(retained)
from marts.cohort_monthly
where first_channel = 'Paid Search'
group by cohort_month, months_since;

-- audience_member: who is in one audience
select is_member, count(*)
from marts.audience_member
where audience_id = 'visited_30d'
group by is_member;

-- product_daily: a month by section
select section_path, sum(quantity_paid), sum(revenue_kopecks)
from marts.product_daily
where local_date >= '2026-05-01' and local_date < '2026-06-01'
group by section_path;

-- pnl_monthly: a month by channel
select channel, sum(revenue_kopecks), sum(contribution_kopecks)
from marts.pnl_monthly
where local_month = '2026-05-01' and model_id = 'last_non_direct'
group by channel;

-- data_quality_daily: a month
select local_date, check_id, share
from marts.data_quality_daily
where local_date >= '2026-05-01' and local_date < '2026-06-01';

-- possible_duplicate: pairs by rule
select rule, count(*)
from marts.possible_duplicate
group by rule;

-- email_campaign: the campaigns of a month
select provider, name, sent, opened, revenue_kopecks
from marts.email_campaign
where sent_at >= '2026-05-01' and sent_at < '2026-06-01';

-- order_mismatch: how many of each kind
select
    system,
    mismatch,
    count(*)
from marts.order_mismatch
group by system, mismatch
order by system, mismatch;
