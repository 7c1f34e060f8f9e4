{#- A rule never wins when each condition of an earlier one follows from a condition of its own. -#}
{% test channel_rules_are_reachable(model) %}
with conditions as (
    select
        rule_id,
        field,
        operator,
        value
    from {{ model }}
    where operator <> 'always'
    union all
    select
        rule_id,
        and_field as field,
        and_operator as operator,
        and_value as value
    from {{ model }}
    where and_operator is not null
)

select
    later.rule_id,
    earlier.rule_id as hidden_by
from {{ model }} as earlier
inner join {{ model }} as later on earlier.priority < later.priority
where not exists (
    select 1 from conditions as wanted
    where
        wanted.rule_id = earlier.rule_id
        and not exists (
            select 1 from conditions as given
            where
                given.rule_id = later.rule_id
                and given.field = wanted.field
                and (
                    (given.operator = wanted.operator and given.value is not distinct from wanted.value)
                    or (wanted.operator = 'is_not_null' and given.operator in ('in', 'matches'))
                    or (
                        wanted.operator = 'in'
                        and given.operator = 'in'
                        and string_to_array(given.value, '|') <@ string_to_array(wanted.value, '|')
                    )
                    or (
                        wanted.operator = 'matches'
                        and given.operator = 'in'
                        and not exists (
                            select 1 from unnest(string_to_array(given.value, '|')) as option (word)
                            where option.word !~ wanted.value
                        )
                    )
                )
        )
)
{% endtest %}
