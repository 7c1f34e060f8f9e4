-- Cities as readers see them: a view that outlives the tables below it.
{{ config(materialized='view') }}

select
    city,
    visits
from {{ ref('cities') }}
