"""Turns what councils typed into the codes of Annex A, only where that is certain; and keeps the ledger of what was decided.

The knowledge is data, in `statutory/spellings/`: which columns share a code list, the codes and their official
spellings, spellings seen before, spellings that could mean several codes, rules for spellings never seen, places of
local authorities. A match that is not certain is proposed and never used; the analyst decides it in the ledger.
"""

from bscbdata.matching.codes import HOWS, USED, Match, Matcher, matcher
from bscbdata.matching.ledger import LEDGER_COLUMNS, NO_CODE, Ledger, quoted, unquoted
