-- Every version up to the bound, replaced and deleted ones too: by these an hour finds what to do anew.
select
    v.provider,
    v.account,
    v.campaign_id,
    v.network,
    v.day,
    v.campaign_name,
    v._seq,
    v._next_seq
from {{ source('raw_ads', 'campaign_cost') }} as v
where v._seq <= {{ up_to_seq() }}
