-- One row: up to which arrival and moment all marts describe the sources, and when they were complete.
-- The last of the marts: it moves their watermark and empties the queue of changes in one transaction.
{{ config(
    distributed_by='up_to_seq',
    post_hook=[
        "{{ end_group() }}",
        "delete from {{ ref('int_journey__stale') }}",
        "{{ empty_logs(['fct_attribution', 'int_attribution__journeys', 'int_journey__customer_orders']) }}"
    ]
) }}
-- depends_on: {{ ref('int_journey__stale') }}
-- depends_on: {{ ref('bl_customer_profile') }}, {{ ref('bl_customer_alias') }}
-- depends_on: {{ ref('customer_identifier') }}, {{ ref('customer_uuid_history') }}
-- depends_on: {{ ref('customer_merge_log') }}, {{ ref('shared_identifier') }}
-- depends_on: {{ ref('fct_touch') }}, {{ ref('fct_conversion') }}, {{ ref('conversion_quarantine') }}
-- depends_on: {{ ref('fct_attribution') }}, {{ ref('fct_attribution_daily') }}
-- depends_on: {{ ref('bl_omni_stats') }}, {{ ref('bl_omni_stats_local') }}
-- depends_on: {{ ref('orders_by_first_channel') }}, {{ ref('orders_by_first_source') }}
-- depends_on: {{ ref('order_path') }}
-- depends_on: {{ ref('bl_omni_stats_facts') }}, {{ ref('channel_performance_costs') }}
-- depends_on: {{ ref('spend_quarantine') }}, {{ ref('channel_performance_daily') }}
-- depends_on: {{ ref('channel_performance_monthly') }}
-- depends_on: {{ ref('int_attribution__transitions') }}, {{ ref('int_attribution__channel_sets') }}
-- depends_on: {{ ref('int_attribution__months') }}

select
    up_to_seq,
    set_at as as_of,
    clock_timestamp() as published_at
from {{ source('ops', 'bound') }}
