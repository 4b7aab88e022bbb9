"""The report of a year as an analyst meets it: `bscb.report(year)`, what it is made from, and what it shows."""
