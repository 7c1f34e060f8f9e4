{#- The last rule must always hold, and no other may: else a touch has no channel, or rules never run. -#}
{% test channel_rules_end_with_a_catch_all(model) %}
with ranked as (
    select
        *,
        row_number() over (order by priority desc) as place_from_end
    from {{ model }}
)

select
    rule_id,
    'only the last rule always holds and it says Unassigned' as problem
from ranked
where (operator = 'always' and and_operator is null and channel = 'Unassigned') <> (place_from_end = 1)
union all
select
    rule_id,
    'a condition lacks its field or its value' as problem
from ranked
where
    (operator <> 'always' and field is null)
    or (operator in ('in', 'matches') and value is null)
    or ((and_field is null) <> (and_operator is null))
    or (and_operator in ('in', 'matches') and and_value is null)
{% endtest %}
