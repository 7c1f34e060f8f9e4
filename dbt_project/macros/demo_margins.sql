{#- Margins of the invented shop's two brands, for the warehouse that `omni demo` has marked as its own and
    no other: shipped in the seed they would pass for knowledge in a real shop, whose brand is main as well. -#}
{% macro demo_margins() %}
insert into {{ this }} (brand, valid_from, margin_share)
select
    brand,
    date '2020-01-01',
    margin_share
from (values ('main', 0.34), ('outlet', 0.22)) as invented (brand, margin_share)
where
    obj_description(to_regnamespace('ops'), 'pg_namespace') = 'omni demo: invented customers'
    and not exists (select from {{ this }})
{% endmacro %}
