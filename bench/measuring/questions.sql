-- Questions of dashboards, one or more for each mart: `-- mart: what is asked`, then the SQL, which
-- ends with a semicolon at the end of a line. The month is the last whole one of the bench's shop.

-- bl_omni_stats: a month by channel
select channel, sum(sessions), sum(orders_placed), sum(revenue_kopecks), sum(spend_kopecks)
from marts.bl_omni_stats_local
where local_date >= '2026-05-01' and local_date < '2026-06-01'
group by channel;

-- channel_performance_daily: a month of a channel by day
select local_date, sum(spend_net_kopecks), sum(orders), sum(revenue_kopecks)
from marts.channel_performance_daily
where
    local_date >= '2026-05-01' and local_date < '2026-06-01' and channel = 'Paid Search'
    and model_id = 'last_non_direct' and basis = 'order_date'
group by local_date;

-- channel_performance_monthly: half a year by channel
select local_month, channel, sum(spend_net_kopecks), sum(lifetime_margin_kopecks)
from marts.channel_performance_monthly
where local_month >= '2026-01-01' and model_id = 'last_non_direct' and basis = 'order_date'
group by local_month, channel;
