{#- Whether two traces of one phone, e-mail, card or cookie are one person: three functions that read no table.

identity_person(given, surname, birthday, placeholders): who a row says it is of, as 'given|surname|yyyymmdd'
    in lower Latin letters that differ as little as spellings do (Дмитрий, Dmitry and Dmitriy are dmitri);
    null when it says nothing. A whole name in one field is taken apart; patronymics are left out, and a
    name with a word of the seed identity_placeholder_names ("клиент", "test") is none.
identity_agreement(a, b): how two such persons compare:
     2  one person: both names agree, or the birthday does, or one name and nearly the birthday
     1  what both tell agrees, but one tells a single name
     0  they tell nothing that could be compared
    -1  two people, unless another identifier of both is the same: the given name agrees, or nearly the birthday
    -2  two people of one family: surnames agree, given names do not; or birthdays differ
    -3  two people: no name agrees
identity_persons(...): the traces of one identifier, told apart; see the function. -#}
{% macro create_identity_person(schema) %}
create or replace function {{ schema }}.identity_person(
    given text, surname text, birthday text, placeholders text[]
)
returns text language plpgsql immutable as $function$
declare
    -- No name is longer; the patterns below take the square of a word's length.
    fields text[] := array[left(given, 200), left(surname, 200)];
    words text[];
    names text[] := array['', ''];
    kept text[];
    born text := coalesce(regexp_replace(substring(birthday from '^\d{4}-\d\d-\d\d'), '\D', '', 'g'), '');
begin
    for n in 1 .. 2 loop
        words := regexp_split_to_array(trim(regexp_replace(
            regexp_replace(normalize(lower(coalesce(fields[n], '')), nfkd), U&'[\0300-\036F]', '', 'g'),
            '[^[:alnum:]]+', ' ', 'g'
        )), ' ');
        if words && placeholders then
            names := array['', ''];
            exit;
        end if;
        kept := '{}';
        for i in 1 .. cardinality(words) loop
            continue when words[i] = '' or words[i] ~ '\d';
            words[i] := translate(words[i], 'абвгдезийклмнопрстуфхцыэіїєґў', 'abvgdeziiklmnoprstufhcieiiegu');
            words[i] := replace(replace(replace(words[i], 'ж', 'zh'), 'ч', 'ch'), 'ш', 'sh');
            words[i] := replace(replace(replace(words[i], 'щ', 'sh'), 'ю', 'iu'), 'я', 'ia');
            words[i] := translate(words[i], 'ьъ''', '');
            words[i] := regexp_replace(words[i], 's(h?ch|tch)', 'sh', 'g');
            words[i] := replace(replace(replace(words[i], 'kh', 'h'), 'ts', 'c'), 'tz', 'c');
            words[i] := replace(replace(replace(words[i], 'x', 'ks'), 'ph', 'f'), 'w', 'v');
            words[i] := translate(replace(words[i], 'ck', 'k'), 'yjq', 'iik');
            words[i] := regexp_replace(replace(words[i], 'io', 'e'), '\mie', 'e');
            words[i] := regexp_replace(words[i], '(.)\1+', '\1', 'g');
            -- A patronymic beside another name of the field tells little and is often left out.
            continue when n = 1 and i > 1
                and words[i] ~ '(ich|ovna|evna|ichna)$';
            kept := kept || words[i];
        end loop;
        names[n] := array_to_string(kept, ' ');
        -- A whole name in one field: the surname comes first when a patronymic ends it.
        if n = 1 and coalesce(trim(fields[2]), '') = '' and cardinality(kept) = 2 then
            if cardinality(words) = 3 and words[3] <> kept[2] then
                kept := array[kept[2], kept[1]];
            end if;
            names := kept;
            exit;
        end if;
    end loop;
    if names[1] || names[2] || born = '' then
        return null;
    end if;
    -- An index holds it: whoever has a longer name is told apart by these.
    return left(names[1], 250) || '|' || left(names[2], 250) || '|' || born;
end
$function$
{% endmacro %}

{% macro create_identity_persons(schema) %}
create or replace function {{ schema }}.identity_near(a text, b text, edits int)
returns boolean language plpgsql immutable as $function$
declare
    n int := 1;
begin
    if a = b or edits = 0 or abs(length(a) - length(b)) > edits then
        return a = b;
    end if;
    while substr(a, n, 1) = substr(b, n, 1) loop
        n := n + 1;
    end loop;
    -- Another letter, one more or one less, or two that changed places.
    return {{ schema }}.identity_near(substr(a, n + 1), substr(b, n + 1), edits - 1)
        or {{ schema }}.identity_near(substr(a, n), substr(b, n + 1), edits - 1)
        or {{ schema }}.identity_near(substr(a, n + 1), substr(b, n), edits - 1)
        or substr(a, n, 1) = substr(b, n + 1, 1) and substr(a, n + 1, 1) = substr(b, n, 1)
        and {{ schema }}.identity_near(substr(a, n + 2), substr(b, n + 2), edits - 1);
end
$function$;

create or replace function {{ schema }}.identity_alike(a text, b text)
returns boolean language plpgsql immutable as $function$
declare
    short text := case when length(a) <= length(b) then a else b end;
    long text := case when length(a) <= length(b) then b else a end;
begin
    if length(short) = 1 then
        return starts_with(long, short);
    elsif long = short || 'a' then
        -- Евгений and Евгения are two, Петров and Петрова are one surname.
        return short ~ '(ov|ev|in|sk)$';
    end if;
    return {{ schema }}.identity_near(
        a, b, case when length(long) < 4 then 0 when length(short) < 7 then 1 else 2 end
    );
end
$function$;

create or replace function {{ schema }}.identity_agreement(a text, b text)
returns integer language plpgsql immutable strict as $function$
declare
    a_parts text[] := string_to_array(a, '|');
    b_parts text[] := string_to_array(b, '|');
    a_names text[] := string_to_array(trim(a_parts[1] || ' ' || a_parts[2]), ' ');
    b_names text[] := string_to_array(trim(b_parts[1] || ' ' || b_parts[2]), ' ');
    unmatched text[] := b_names;
    agreed int := 0;
    same_day constant boolean := a_parts[3] <> '' and a_parts[3] = b_parts[3];
    given_agrees boolean := false;
    both_whole boolean;
    born int := 0;
begin
    if same_day or a = b and a_parts[1] <> '' and a_parts[2] <> '' then
        return 2;
    end if;
    for i in 1 .. cardinality(a_names) loop
        for j in 1 .. cardinality(unmatched) loop
            if {{ schema }}.identity_alike(a_names[i], unmatched[j]) then
                agreed := agreed + 1;
                given_agrees := given_agrees or a_names[i] = a_parts[1] and unmatched[j] = b_parts[1];
                unmatched := unmatched[1:j - 1] || unmatched[j + 1:];
                exit;
            end if;
        end loop;
    end loop;
    if a_parts[3] <> '' and b_parts[3] <> '' then
        born := case when {{ schema }}.identity_near(a_parts[3], b_parts[3], 1) then 1 else -1 end;
    end if;
    both_whole := cardinality(a_names) > 1 and cardinality(b_names) > 1;
    if agreed > 1 or born = 1 and (agreed = 1 or cardinality(a_names) = 0 or cardinality(b_names) = 0) then
        return 2;
    elsif agreed = 1 and not both_whole then
        return case when born = -1 then -2 else 1 end;
    elsif agreed = 1 then
        return case when given_agrees then -1 else -2 end;
    elsif cardinality(a_names) = 0 or cardinality(b_names) = 0 then
        return case when born = -1 then -2 else 0 end;
    elsif born = 1 then
        return -1;
    elsif not both_whole and (a_parts[1] = '' and b_parts[2] = '' or a_parts[2] = '' and b_parts[1] = '') then
        -- A given name alone and a surname alone do not contradict each other.
        return 0;
    end if;
    return -3;
end
$function$;

drop function if exists {{ schema }}.identity_persons(bigint[], bigint[], text[], text[], text[]);
create function {{ schema }}.identity_persons(
    ids bigint[],       -- neighbours of one identifier, by arrival
    seqs bigint[],      -- arrival of each
    people text[],      -- who the rows say it is: persons, one a line, or null
    contacts text[],    -- its other phones, e-mails and cards, as text of bigint[]
    records text[]      -- itself and the accounts and contacts it is bound to
)
returns table (neighbour_id bigint, person_id bigint, opposed_seq bigint)
language plpgsql immutable as $function$
declare
    n int := cardinality(ids);
    crowd constant int := 10;     -- more people than share a phone without being strangers
    too_many constant int := 100; -- neighbours: nobody is looked for among more
    person int[];
    relation int[];
    opposed bigint[] := array_fill(null::bigint, array[n]);
    said int;
    common int;
    found int;
    unfit boolean;
    few int;
    best int[];
    worst int[];
    k int;
    enough int := 2;
begin
    if n <= too_many then
        relation := array_fill(0, array[n, n]);
        for i in 1 .. n loop
            for j in i + 1 .. n loop
                said := 0;
                if people[i] is not null and people[j] is not null then
                    select max({{ schema }}.identity_agreement(a, b)) into said
                    from unnest(string_to_array(people[i], E'\n')) as a,
                        unnest(string_to_array(people[j], E'\n')) as b;
                end if;
                common := case
                    when records[i]::bigint[] && records[j]::bigint[] then 2
                    when contacts[i]::bigint[] && contacts[j]::bigint[] then 1
                    else 0
                end;
                -- 3: one person even among a crowd of namesakes.
                relation[i][j] := case
                    when common = 2 or said = 2 and common = 1 then 3
                    when said = 2 and people[i] = people[j] and people[i] ~ '\w\|\d{8}$' then 3
                    when said = 2 or common = 1 and said >= -1 then 2
                    else said
                end;
                relation[j][i] := relation[i][j];
            end loop;
        end loop;
    end if;

    loop
        select array_agg(no order by no) into person from generate_series(1, n) as no;
        exit when n > too_many;
        for i in 1 .. n loop
            for j in i + 1 .. n loop
                if relation[i][j] >= enough and person[i] <> person[j] then
                    person := array_replace(
                        person, greatest(person[i], person[j]), least(person[i], person[j])
                    );
                end if;
            end loop;
        end loop;
        -- Who tells half of a name is the one person it fits; when it fits two, nobody.
        for i in 1 .. n loop
            continue when enough = 3 or cardinality(array_positions(person, person[i])) > 1
                or people[i] ~ E'(^|\n)\\w[^|\n]*\\|\\w|\\w \\w';
            found := null;
            for j in 1 .. n loop
                continue when j = i or relation[i][j] <> 1 or person[j] = found;
                unfit := false;
                foreach k in array array_positions(person, person[j]) loop
                    unfit := unfit or relation[i][k] < 0;
                end loop;
                continue when unfit;
                found := case when found is null then person[j] else 0 end;
                exit when found = 0;
            end loop;
            if found > 0 then
                person := array_replace(person, greatest(person[i], found), least(person[i], found));
            end if;
        end loop;
        exit when enough = 3 or (select count(distinct p) from unnest(person) as p) <= crowd;
        enough := 3;
    end loop;

    -- Persons are opposed when some of their traces contradict and none agree; a person is as old as its
    -- first trace, which is the one it is numbered by. Of too many the first will do.
    few := least(n, too_many);
    best := array_fill(-9, array[few, few]);
    worst := array_fill(9, array[few, few]);
    for i in 1 .. few loop
        for j in 1 .. few loop
            continue when person[i] = person[j];
            if n > too_many then
                said := {{ schema }}.identity_agreement(
                    split_part(people[i], E'\n', 1), split_part(people[j], E'\n', 1)
                );
            else
                said := relation[i][j];
            end if;
            said := coalesce(said, 0);
            best[person[i]][person[j]] := greatest(best[person[i]][person[j]], said);
            worst[person[i]][person[j]] := least(worst[person[i]][person[j]], said);
        end loop;
    end loop;
    for i in 1 .. few loop
        for j in 1 .. few loop
            if worst[i][j] < 0 and best[i][j] <= 0 then
                opposed[i] := least(opposed[i], greatest(seqs[i], seqs[j]));
            end if;
        end loop;
    end loop;

    for i in 1 .. n loop
        neighbour_id := ids[i];
        person_id := ids[person[i]];
        opposed_seq := opposed[person[i]];
        return next;
    end loop;
end
$function$
{% endmacro %}
