{#- Two functions for people who ask why: `omni explain` and analysts use the same ones.

    read_identifier(written): the identifier that somebody typed, as the marts write it; no row for
    text that is none. `user:5`, `fuser:…`, `contact:…`, `lead:…`, `card:…`, `phone:…` and `email:…`
    name their type; text without a type is an e-mail when it holds an @, otherwise a phone. Values
    pass through the macros that staging uses, so a number typed by hand meets the stored one.

    explain_identity(a_type, a_value, b_type, b_value): the hops that lead from a to b, in order.
    The merge log of one customer is a tree over its identifiers, so there is exactly one path, made
    of the evidence that arrived first. No rows: the two belong to different customers, to nobody,
    or are the same.

    The walk takes one pass over the customer's rows: a recursive query would read all of them again
    at each hop. It reads marts alone, so the right to read those is enough. -#}
{% macro create_explain_identity(schema) %}
{%- set identifiers = schema ~ '.customer_identifier' %}
create or replace function {{ schema }}.read_identifier(written text)
returns table (id_type text, id_value text)
language sql stable as $function$
    with typed as (
        select
            upper(replace(coalesce(parts[1], case when $1 ~ '@' then 'email' else 'phone' end), '-', ''))
                as id_type,
            trim(parts[2]) as id_value
        from regexp_match(
            $1, '^\s*(?:(user|fuser|contact|lead|card|phone|e-?mail)\s*:)?(.*)$', 'i'
        ) as parts
    ),

    usable as (
        select
            typed.id_type,
            case typed.id_type
                when 'PHONE' then {{ normalise_phone('typed.id_value') }}
                when 'EMAIL' then {{ normalise_email('typed.id_value') }}
                when 'CARD' then {{ normalise_card('typed.id_value') }}
                else substring(typed.id_value from '^0*([1-9]\d{0,18})$')
            end as id_value
        from typed
    )

    select usable.id_type, usable.id_value
    from usable
    where usable.id_value is not null
$function$;

comment on function {{ schema }}.read_identifier(text) is
'The identifier that somebody typed (user:5, card:0012, a phone in any form, an e-mail) as the marts write it';

create or replace function {{ schema }}.explain_identity(
    a_type text, a_value text, b_type text, b_value text
)
returns table (
    hop integer,
    from_type text,
    from_value text,
    to_type text,
    to_value text,
    rule text,
    source_table text,
    source_key text,
    observed_at timestamptz,
    seq bigint
)
language plpgsql stable as $function$
#variable_conflict use_column
declare
    customer uuid;
    -- Every edge in both directions, sorted by the node it leaves: two ends and the row of the log.
    leaves int[];
    reaches int[];
    entries {{ schema }}.customer_merge_log[];
    starts int[] := '{}';
    came_by int[] := '{}';
    queue int[];
    a_no int;
    b_no int;
    x int;
    i int;
    entry {{ schema }}.customer_merge_log;
    done int := 1;
begin
    select a.customer_uuid into customer
    from {{ identifiers }} as a
    inner join {{ identifiers }} as b on a.customer_uuid = b.customer_uuid
    where
        a.id_type = $1 and a.id_value = $2
        and b.id_type = $3 and b.id_value = $4
        and (a.id_type, a.id_value) <> (b.id_type, b.id_value);
    if customer is null then
        return;
    end if;

    -- Each identifier of the tree is an end of some edge, so both rankings number them alike.
    with both_ways as (
        select
            log as entry,
            dense_rank() over (order by way.from_type, way.from_value)::int as from_no,
            dense_rank() over (order by way.to_type, way.to_value)::int as to_no,
            (way.to_type, way.to_value) = ($1, $2) as is_a,
            (way.to_type, way.to_value) = ($3, $4) as is_b
        from {{ schema }}.bl_customer_alias as alias
        inner join {{ schema }}.customer_merge_log as log on alias.alias_uuid = log.loser_uuid
        cross join lateral (
            values
            (log.a_type, log.a_value, log.b_type, log.b_value),
            (log.b_type, log.b_value, log.a_type, log.a_value)
        ) as way (from_type, from_value, to_type, to_value)
        where alias.customer_uuid = customer
    )

    select
        array_agg(from_no order by from_no, to_no),
        array_agg(to_no order by from_no, to_no),
        array_agg(entry order by from_no, to_no),
        max(to_no) filter (where is_a),
        max(to_no) filter (where is_b)
    into leaves, reaches, entries, a_no, b_no
    from both_ways;

    for n in reverse cardinality(leaves) .. 1 loop
        starts[leaves[n]] := n;
    end loop;

    -- Outwards from b until a is met; came_by then leads from a back to b.
    queue := array[b_no];
    while came_by[a_no] is null and done <= cardinality(queue) loop
        x := queue[done];
        done := done + 1;
        i := starts[x];
        while leaves[i] = x loop
            if reaches[i] <> b_no and came_by[reaches[i]] is null then
                came_by[reaches[i]] := i;
                queue := array_append(queue, reaches[i]);
            end if;
            i := i + 1;
        end loop;
    end loop;

    hop := 0;
    from_type := $1;
    from_value := $2;
    x := a_no;
    while x <> b_no loop
        i := came_by[x];
        if i is null then
            raise exception 'the merge log of customer % does not connect its identifiers', customer;
        end if;
        entry := entries[i];
        hop := hop + 1;
        if (entry.a_type, entry.a_value) = (from_type, from_value) then
            to_type := entry.b_type;
            to_value := entry.b_value;
        else
            to_type := entry.a_type;
            to_value := entry.a_value;
        end if;
        rule := entry.rule;
        source_table := entry.source_table;
        source_key := entry.source_key;
        observed_at := entry.merged_at;
        seq := entry.seq;
        return next;
        from_type := to_type;
        from_value := to_value;
        x := leaves[i];
    end loop;
end
$function$;

comment on function {{ schema }}.explain_identity(text, text, text, text) is
'The hops from one identifier of a customer to another: rule, source row and time of the first evidence'
{% endmacro %}
