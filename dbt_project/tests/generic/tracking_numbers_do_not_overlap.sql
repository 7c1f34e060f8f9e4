{#- Two rows of one number valid on the same day would count its calls twice. -#}
{% test tracking_numbers_do_not_overlap(model) %}
with periods as (
    select
        {{ trunk_key('number') }} as trunk_key,
        valid_from,
        valid_to,
        lead(coalesce(valid_from, '-infinity'::date)) over (
            partition by {{ trunk_key('number') }} order by coalesce(valid_from, '-infinity'::date)
        ) as next_from
    from {{ model }}
)

select * from periods
where next_from <= coalesce(valid_to, 'infinity'::date) or valid_to < valid_from
{% endtest %}
