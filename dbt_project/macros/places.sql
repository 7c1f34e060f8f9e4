{#- Names of places as people and imports write them. -#}

{#- The name of a place as the seed `regions` has it: lower case, ё as е, without "г." before it and with the words
    that shorten the kind of a region written out. What follows a street is cut off: «Москва ул. Мира 5». -#}
{% macro place_name(written) -%}
nullif(trim(regexp_replace(
    regexp_replace(
        regexp_replace(
            regexp_replace(
                regexp_replace(translate(lower({{ written }}), 'ё', 'е'), '\s+', ' ', 'g'),
                '^ ?(г|гор|город|г\.о|пос|пгт|с|дер)(\.| ) ?', ''
            ),
            '\mобл(\M\.?)', 'область'
        ),
        '\mресп(\M\.?)', 'республика'
    ),
    ' (ул|улица|пр-т|просп|проспект|пер|наб|ш|шоссе|б-р|пл|д|дом|кв)(\.| |$).*$', ''
)), '')
{%- endmacro %}
