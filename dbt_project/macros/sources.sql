{#- What the sources bring to models that read all of them. A source joins in by having a model in
models/staging/<source>:

stg_<source>__identifiers: pairs of identifiers seen together, by the version of the row that shows them.
stg_<source>__order_identifiers, __order_people: the same of an order, which takes rows of several tables;
    an hour reads them order by order, those that stg_<source>__order_arrivals names.
stg_<source>__people: who an identifier is said to be of.
stg_<source>__written: fields that should hold a phone or an e-mail, as they are.
stg_<source>__touches: contacts with a customer, a keyed table; on equal times that of the smaller `source_priority`
    comes first: a click in a letter opens the visit, and the visit comes before what the CRM notes about it.

dbt wants every `ref` named while it parses and Jinja cannot look into folders: `omni-dbt` does
(omni_pipeline/sources/registry.py) and says it in OMNI_SOURCES. -#}

{#- Names of the sources that have a model of this kind. -#}
{% macro sources_with(kind) -%}
{{ return(registered()[kind]) }}
{%- endmacro %}

{#- How a table of arrivals follows what a source shows in orders (a kind of model with `order_id`). An order takes
    rows of several tables: an hour reads the orders of its arrivals one by one, indexes find them. -#}
{% macro by_orders(source, kind) -%}
{%- set arrivals = 'stg_' ~ source ~ '__order_arrivals' -%}
{{ return({
    arrivals: {'since': '_seq'},
    'stg_' ~ source ~ '__' ~ kind: {'through': arrivals, 'on': {'order_id': 'order_id'}},
}) }}
{%- endmacro %}

{#- The time zone of a source's naive times, as its access.py says. -#}
{% macro time_zone_of(source) -%}
{{ return(registered()['time_zones'][source]) }}
{%- endmacro %}

{% macro registered() -%}
{%- set said = env_var('OMNI_SOURCES', '') -%}
{%- if not said -%}
{{ exceptions.raise_compiler_error('OMNI_SOURCES is not set: start dbt as omni-dbt, with the same arguments') }}
{%- endif -%}
{{ return(fromjson(said)) }}
{%- endmacro %}
