{#- Test of ad_networks.utm_campaign_holds: `name`, `id`, or a template with the id in it. -#}
{% test utm_campaigns_hold_something(model, column_name) %}
select {{ column_name }}
from {{ model }}
where
    {{ column_name }} not in ('name', 'id')
    and {{ column_name }} not like '%{campaign_id}%'
{% endtest %}
