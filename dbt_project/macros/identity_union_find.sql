{#- Union-find over dense numbers, the one step of identity that set-based SQL does slowly: a loop of
    hook and contract costs four times the CPU of one pass over an array (12 million nodes).

    identity_union_find(a, b, nodes) joins a[i] with b[i] for i = 1, 2, … in that order. Numbers run
    from 1 to `nodes`; the smaller root wins. It returns one row per node that ever lost its root:
    loser, the root that beat it, the position i that did it with its two ends a[i] and b[i], and the
    root both hold at the end.
    A node loses at most once, so (loser -> winner) is a forest whose edges point at smaller numbers:
    the merge log and the labels of all components are the same rows.

    The function reads no table, hence `immutable`, and is tested against an independent
    implementation in tests/integration/dbt/test_union_find.py. -#}
{% macro create_identity_union_find(schema) %}
{#- An older version returned fewer columns; `create or replace` cannot change that. -#}
drop function if exists {{ schema }}.identity_union_find(int[], int[], int);
create or replace function {{ schema }}.identity_union_find(a int[], b int[], nodes int)
returns table (loser int, winner int, edge_no int, root int, a_end int, b_end int)
language plpgsql immutable parallel unsafe as $function$
declare
    parent int[];
    won_by int[] := array_fill(0, array[nodes]);
    won_at int[] := array_fill(0, array[nodes]);
    x int;
    y int;
begin
    select array_agg(n order by n) into parent from generate_series(1, nodes) as n;

    for i in 1 .. coalesce(cardinality(a), 0) loop
        x := a[i];
        y := b[i];
        -- Path halving keeps every parent smaller than its child and the walks short.
        while parent[x] <> x loop
            parent[x] := parent[parent[x]];
            x := parent[x];
        end loop;
        while parent[y] <> y loop
            parent[y] := parent[parent[y]];
            y := parent[y];
        end loop;
        if x < y then
            parent[y] := x;
            won_by[y] := x;
            won_at[y] := i;
        elsif y < x then
            parent[x] := y;
            won_by[x] := y;
            won_at[x] := i;
        end if;
    end loop;

    -- Ascending order: the parent is smaller, so its own root is final before it is needed.
    for i in 1 .. nodes loop
        if parent[i] <> i then
            parent[i] := parent[parent[i]];
            loser := i;
            winner := won_by[i];
            edge_no := won_at[i];
            root := parent[i];
            a_end := a[edge_no];
            b_end := b[edge_no];
            return next;
        end if;
    end loop;
end
$function$
{% endmacro %}
