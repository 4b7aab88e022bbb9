"""Commentary: Markdown with Jinja in it, where every number is a fact and every comparison a claim.

A commentary file has sections, each under a heading of level one that is its name and is not printed:

    # referrals
    Referrals {{ direction("referrals.rate_per_10000") }} to {{ fact("referrals.rate_per_10000") }} per 10,000.
    {% claim fact("referrals.rate_per_10000") > fact("referrals.rate_per_10000", area="England") %}That is above England.{% endclaim %}
"""

from bscbdata.prose.commentary import (
    STANDARD_WORDS,
    blocks,
    edition_commentary,
    load_commentary,
    read_sections,
    unwritten,
)
from bscbdata.prose.markup import acting, as_words, phone_link
from bscbdata.prose.unbound import (
    compared_in_words,
    loose_counts,
    told_in_words,
    unbound_in,
    unbound_numbers,
    unbound_places,
    written_of_figures,
)
from bscbdata.prose.writer import NOT_BORNE_OUT, WITHHELD, Writer
