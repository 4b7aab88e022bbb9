"""What `bscb check` shows: each agency's returns, what is wrong with them and what is outstanding; and what to send back.

`overview` gathers it; `terminal`, `page` and `workbook` show it; `templates` makes the returns to be filled in.
"""

from bscbdata.checking.gather import Overview, overview
