"""Review: what one edition says, how two differ, what a draft carries, and what reviewers say of it."""

from bscbdata.review.comments import by_chapter, comment_line, import_comments, sheet
from bscbdata.review.difference import difference
from bscbdata.review.edition import load, read_edition, write
from bscbdata.review.editions import diff, diff_command
from bscbdata.review.last_step import settle
