{#- Post-hook of int_journey__conversion_events while the hourly statistics find their work in the queue
    int_journey__stale: notes there what this run changed. -#}
{% macro tell_stale_events() -%}
do $do$
begin
    if to_regclass('pg_temp.{{ this.identifier }}__fresh') is not null then
        insert into intermediate.int_journey__stale (fact, fact_id, customer_uuid, cell_id, at)
        select 'event', conversion_id, customer_uuid, cell_id, at
        from (
            select * from pg_temp.{{ this.identifier }}__gone
            union all
            select * from pg_temp.{{ this.identifier }}__fresh
        ) as changed;
    end if;
end
$do$
{%- endmacro %}
