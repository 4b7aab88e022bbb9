"""Every official rule that is made here: a return that breaks it, and returns that do not. The children are invented."""

import csv

import pytest

from bscbdata.findings import as_frame
from bscbdata.period import ReportYear
from bscbdata.statutory.ssda903 import read_ssda903
from bscbdata.statutory.ssda903.rules import Return, check_cla, rows_breaking, rules, valid_codes

COLUMNS = {
    "header": "CHILD SEX DOB ETHNIC",
    "episodes": "CHILD DECOM RNE LS CIN PLACE PLACE_PROVIDER DEC REC REASON_PLACE_CHANGE",
    "uasc": "CHILD SEX DOB DUC",
    "oc2": "CHILD DOB SDQ_SCORE CONVICTED IMMUNISATIONS TEETH_CHECK HEALTH_ASSESSMENT",
    "oc3": "CHILD DOB IN_TOUCH ACTIV ACCOM",
    "ad1": "CHILD DOB DATE_INT DATE_MATCH FOSTER_CARE NB_ADOPTR SEX_ADOPTR LS_ADOPTR",
    "placed_adoption": "CHILD DOB DATE_PLACED DATE_PLACED_CEASED REASON_PLACED_CEASED",
    "missing": "CHILD DOB MISSING MIS_START MIS_END",
    "reviews": "CHILD DOB REVIEW REVIEW_CODE",
    "prev_perm": "CHILD DOB PREV_PERM LA_PERM DATE_PERM",
}
YEAR = "2015-16"
# A child in care, one adopted, one who left at 18, and one who came alone. `-` is a blank cell.
CLEAN = """
header 1 2 01/06/2005 WBRI
header 2 1 10/10/2014 MOTH
header 3 1 01/02/1998 BAFR
header 4 1 01/01/2000 OOTH
episodes 1 01/05/2015 S C2 N1 U4 PR1 01/09/2015 X1 CARPL
episodes 1 01/09/2015 P C2 N1 U6 PR1 - - -
episodes 2 01/11/2014 S C1 N1 U6 PR1 01/03/2015 X1 -
episodes 2 01/03/2015 L E1 N1 U6 PR1 01/06/2015 X1 -
episodes 2 01/06/2015 T E1 N1 A5 PR1 01/02/2016 E11 -
episodes 3 01/04/2010 S C2 N1 U4 PR1 01/02/2016 E5 -
episodes 4 01/08/2015 S V2 N8 U6 PR4 - - -
uasc 4 1 01/01/2000 -
oc2 1 01/06/2005 12 0 1 1 1
oc3 3 01/02/1998 YES F2 U1
ad1 2 10/10/2014 01/02/2015 01/05/2015 1 2 MF L11
placed_adoption 2 10/10/2014 01/02/2015 - -
missing 1 01/06/2005 M 01/10/2015 03/10/2015
reviews 1 01/06/2005 01/06/2015 PN1
prev_perm 1 01/06/2005 Z1 - -
"""
# Child 9 was born on 1 January 2004 (`header 9` says otherwise); child 8 has no header row.
DEFAULT = "header 9 1 01/01/2004 WBRI"
BROKEN = """
101 header 9 X 01/01/2004 WBRI
102 header 9 1 31/02/2004 WBRI
103 header 9 1 01/01/2004 UNKN
104 uasc 9 1 01/01/2004 31/02/2016
112 ad1 9 01/01/2004 31/02/2015 - - - - -
113 ad1 9 01/01/2004 - 31/02/2015 - - - -
115 placed_adoption 9 01/01/2004 31/02/2015 - -
116 placed_adoption 9 01/01/2004 01/02/2016 31/02/2016 RD1
117 placed_adoption 9 01/01/2004 01/04/2016 - -
118 placed_adoption 9 01/01/2004 01/02/2015 31/03/2015 RD1
119 placed_adoption 9 01/01/2004 01/02/2016 01/03/2016 -
120 placed_adoption 9 01/01/2004 01/02/2016 01/03/2016 RD9
131 oc3 9 01/01/2004 PERHAPS F2 U1
132 oc3 9 01/01/2004 YES Q2 U1
133 oc3 9 01/01/2004 YES F2 02
141 episodes 9 31/02/2015 S C2 N1 U4 PR1 - - -
142 episodes 9 01/05/2015 S C2 N1 U4 PR1 - - - ; episodes 9 01/09/2015 P C2 N1 U6 PR1 - - -
143 episodes 9 01/05/2015 Q C2 N1 U4 PR1 - - -
144 episodes 9 01/05/2015 S C9 N1 U4 PR1 - - -
145 episodes 9 01/05/2015 S C2 N9 U4 PR1 - - -
146 episodes 9 01/05/2015 S C2 N1 K3 PR1 - - -
147 episodes 9 01/05/2015 S C2 N1 U4 PR1 31/02/2016 E8 -
148 episodes 9 01/05/2015 S C2 N1 U4 PR1 01/02/2016 - -
149 episodes 9 01/05/2015 S C2 N1 U4 PR1 01/02/2016 E45 -
151 ad1 9 01/01/2004 01/02/2015 - - - - -
153 oc3 9 01/02/1998 YES F2 -
166 reviews 9 01/01/2004 - PN1
178 episodes 9 01/05/2015 S C2 N1 U4 PR9 - - -
199 episodes 9 01/05/2014 S E1 N1 A5 PR1 01/05/2015 E11 - ; episodes 9 01/06/2015 S C2 N1 U4 PR1 - - -
217 episodes 9 01/05/2015 P C2 N1 A3 PR1 - - -
217t @2023-24 episodes 9 28/10/2023 S C2 N1 P2 PR1 - - -
301 header 9 1 01/04/2016 WBRI
302 episodes 9 31/12/2003 S C2 N1 U4 PR1 - - -
304 uasc 9 1 01/01/2004 02/01/2022
331 ad1 9 01/01/2004 01/02/2015 02/06/2015 1 2 MF L11 ; episodes 9 01/06/2015 S E1 N1 A5 PR1 - - -
333 ad1 9 01/01/2004 02/02/2015 01/02/2015 1 2 MF L11
334 ad1 9 01/01/2004 30/04/2015 01/06/2015 1 2 MF L11 ; episodes 9 01/05/2015 S E1 N1 A5 PR1 - - -
336 episodes 9 01/05/2015 S C2 N1 K2 PR1 01/06/2015 X1 - ; episodes 9 01/06/2015 T C2 N1 A3 PR1 - - -
344 oc3 9 01/02/1998 DIED F2 0
345 oc3 9 01/02/1998 YES F2 0
351 header 9 1 01/04/1989 WBRI
352 header 9 1 01/05/1997 WBRI ; episodes 9 01/05/2015 S C2 N1 U4 PR1 - - -
353 episodes 9 13/10/1991 S C2 N1 U4 PR1 - - -
354 episodes 9 01/05/2015 S C2 N1 U4 PR1 01/04/2016 E8 -
355 episodes 9 01/05/2015 S C2 N1 U4 PR1 01/05/2015 E8 -
356 episodes 9 01/05/2015 S C2 N1 U4 PR1 30/04/2015 E8 -
357 episodes 9 01/05/2015 P C2 N1 U4 PR1 - - -
358 header 9 1 02/05/2005 WBRI ; episodes 9 01/05/2015 S J1 N1 U4 PR1 - - -
359 header 9 1 01/02/1998 WBRI ; episodes 9 01/05/2015 S C2 N1 U4 PR1 02/02/2016 E5 -
361 episodes 9 01/05/2015 S L2 N1 U4 PR1 05/05/2015 E8 -
362 episodes 9 01/05/2015 S L1 N1 U4 PR1 10/05/2015 X1 - ; episodes 9 10/05/2015 P L1 N1 U6 PR1 23/05/2015 E8 -
363 episodes 9 01/05/2015 S L3 N1 U4 PR1 09/05/2015 E8 -
365 episodes 9 01/05/2015 S V3 N1 U6 PR1 19/05/2015 E8 -
366 episodes 9 01/05/2015 P V3 N1 U6 PR1 03/05/2015 E8 -
367 episodes 9 01/05/2015 S V4 N1 U6 PR1 16/07/2015 E8 -
370 header 9 1 02/05/2000 WBRI ; episodes 9 01/05/2015 S C2 N1 P2 PR1 - - -
371 header 9 1 02/05/2001 WBRI ; episodes 9 01/05/2015 S C2 N1 H5 PR1 - - -
372 header 9 1 02/05/2005 WBRI ; episodes 9 01/05/2015 S C2 N1 R5 PR2 - - -
373 header 9 1 02/05/2011 WBRI ; episodes 9 01/05/2015 S C2 N1 S1 PR1 - - -
374 header 9 1 02/05/2001 WBRI ; episodes 9 01/05/2015 S C2 N1 P3 PR1 - - -
375 episodes 9 01/05/2015 S C2 N1 T1 PR1 13/06/2015 E8 -
376 episodes 9 01/05/2015 S C2 N1 T3 PR1 23/05/2015 E8 -
377 episodes 9 01/05/2015 S C2 N1 T3 - 02/05/2015 E8 - ; episodes 9 01/06/2015 S C2 N1 T3 - 02/06/2015 E8 - ; episodes 9 01/07/2015 S C2 N1 T3 - 02/07/2015 E8 -
378 episodes 9 01/05/2015 S V2 N1 P1 PR0 - - -
379 episodes 9 01/05/2015 S C2 N1 T4 - 09/05/2015 E8 -
380 episodes 9 01/05/2015 S C2 N1 T0 - - - -
381 episodes 9 01/05/2015 S C2 N1 T0 - 03/05/2015 E8 -
382 episodes 9 01/05/2015 S V3 N1 T0 - 03/05/2015 E8 -
383 episodes 9 01/05/2015 S C2 N1 U4 PR1 01/06/2015 X1 - ; episodes 9 01/06/2015 P C2 N1 T1 - 03/06/2015 X1 - ; episodes 9 03/06/2015 P C2 N1 U6 PR1 - - -
384 episodes 9 01/05/2015 S V3 N1 U4 PR1 03/05/2015 E8 -
386 header 9 1 01/02/1998 WBRI ; episodes 9 01/05/2015 S E1 N1 A5 PR1 01/02/2016 E11 -
387 header 9 1 02/02/2002 WBRI ; episodes 9 01/05/2015 S C2 N1 U4 PR1 01/02/2016 E5 -
388 episodes 9 01/05/2015 S C2 N1 U4 PR1 01/06/2015 X1 -
389 header 9 1 02/02/2000 WBRI ; episodes 9 01/05/2015 S C2 N1 U4 PR1 01/02/2016 E7 -
390 episodes 9 01/05/2015 S E1 N1 U4 PR1 01/02/2016 E11 -
391 oc3 9 01/04/1999 YES F2 U1
407 header 9 1 01/02/1998 WBRI ; episodes 9 01/05/2015 S C2 N1 U4 PR1 01/02/2016 E43 -
408 episodes 9 01/05/2015 S C2 N1 A5 PR1 - - -
426 episodes 9 01/05/2015 S V3 N1 U6 PR1 03/05/2015 E8 - ; episodes 9 01/06/2015 S V4 N1 U6 PR1 03/06/2015 E8 -
431 episodes 9 01/05/2015 S C2 N1 U4 PR1 01/06/2015 E8 - ; episodes 9 01/06/2015 S C2 N1 U4 PR1 - - -
432 episodes 9 01/05/2015 S C2 N1 U4 PR1 01/06/2015 E8 - ; episodes 9 01/06/2015 P C2 N1 U6 PR1 - - -
433 episodes 9 01/05/2015 S C2 N1 U4 PR1 01/06/2015 X1 - ; episodes 9 02/06/2015 P C2 N1 U6 PR1 - - -
434 episodes 9 01/05/2015 S C2 N1 U4 PR1 01/06/2015 X1 - ; episodes 9 01/06/2015 L C2 N1 U4 PR1 - - -
435 episodes 9 01/05/2015 S C1 N1 U4 PR1 01/06/2015 X1 - ; episodes 9 01/06/2015 P C2 N1 U6 PR1 - - -
436 episodes 9 01/05/2015 S C2 N1 U4 PR1 01/06/2015 X1 - ; episodes 9 01/06/2015 B C2 N1 U6 PR1 - - -
437 episodes 9 01/05/2015 S C2 N1 U4 PR1 01/06/2015 E2 - ; episodes 9 01/07/2015 S C2 N1 U6 PR1 - - -
445 episodes 9 01/05/2015 S D1 N1 U4 PR1 01/06/2015 E8 -
446 episodes 9 30/11/2005 S E1 N1 U4 PR1 01/06/2015 E8 -
451 episodes 9 01/05/2005 S D1 N1 U4 PR1 - - -
460 header 9 1 02/02/1998 WBRI ; episodes 9 01/05/2015 S C2 N1 U4 PR1 01/02/2016 E17 -
501 episodes 9 01/05/2015 S C2 N1 U4 PR1 01/06/2015 X1 - ; episodes 9 31/05/2015 P C2 N1 U6 PR1 - - -
504 episodes 9 01/05/2015 S C2 N1 U4 PR1 01/06/2015 X1 - ; episodes 9 01/06/2015 P C2 N4 U6 PR1 - - -
516 episodes 9 01/05/2015 S C2 N1 K2 PR1 01/02/2016 E45 -
521 ad1 9 01/01/2004 02/06/2015 03/06/2015 1 2 MF L11 ; episodes 9 01/06/2015 S E1 N1 A5 PR1 - - -
522 placed_adoption 9 01/01/2004 02/02/2016 01/02/2016 RD1
523 ad1 9 01/01/2004 01/02/2015 01/05/2015 1 2 MF L11 ; placed_adoption 9 01/01/2004 02/02/2015 - -
525 ad1 9 01/01/2004 01/02/2015 01/05/2015 1 2 MF L11 ; placed_adoption 9 01/01/2004 01/02/2015 01/06/2015 RD1
526 episodes 9 01/05/2015 S C2 N1 U4 - - - -
527 episodes 9 01/05/2015 S C2 N1 R2 PR1 - - -
528 episodes 9 01/05/2015 S C2 N1 R5 PR2 - - -
529 episodes 9 01/05/2015 S C2 N1 K2 PR3 - - -
530 episodes 9 01/05/2015 S C2 N1 P1 PR4 - - -
531 episodes 9 01/05/2015 S C2 N1 P1 PR5 - - -
550 episodes 9 01/05/2015 S C2 N1 U4 PR0 - - -
551 episodes 9 01/05/2015 S E1 N1 A5 PR1 - - -
552 placed_adoption 9 01/01/2004 02/06/2015 - - ; episodes 9 01/06/2015 S E1 N1 A5 PR1 - - -
553 episodes 9 01/05/2015 S E1 N1 U4 PR1 - - -
554 placed_adoption 9 01/01/2004 02/06/2015 - - ; episodes 9 01/06/2015 S E1 N1 U4 PR1 - - -
555 episodes 9 01/05/2005 S D1 N1 U4 PR1 - - -
556 placed_adoption 9 01/01/2004 02/06/2015 - - ; episodes 9 01/06/2005 S D1 N1 U4 PR1 - - -
557 placed_adoption 9 01/01/2004 02/06/2015 - - ; episodes 9 01/06/2015 S C2 N1 U4 PR1 01/07/2015 E4A -
558 placed_adoption 9 01/01/2004 02/06/2015 01/07/2015 RD1 ; episodes 9 01/06/2015 S E1 N1 A5 PR1 01/02/2016 E11 -
563 placed_adoption 9 01/01/2004 - 01/07/2015 RD1
564 missing 9 01/01/2004 M - 03/10/2015
565 missing 9 01/01/2004 - 01/10/2015 -
566 missing 9 01/01/2004 - 01/10/2015 03/10/2015
567 missing 9 01/01/2004 M 03/10/2015 01/10/2015
570 missing 9 01/01/2004 M 01/04/2016 -
571 missing 9 01/01/2004 M 01/03/2015 31/03/2015
574 missing 9 01/01/2004 M 01/10/2015 - ; missing 9 01/01/2004 M 05/10/2015 06/10/2015
577 missing 9 01/01/2004 M 01/06/2015 - ; episodes 9 01/05/2015 S C2 N1 U4 PR1 01/07/2015 E8 -
578 missing 9 01/01/2004 M 02/07/2015 03/07/2015 ; episodes 9 01/05/2015 S C2 N1 U4 PR1 01/07/2015 E8 -
580 missing 9 01/01/2004 M 01/06/2015 01/07/2015 ; episodes 9 01/05/2015 S C2 N1 U4 PR1 01/07/2015 E4A -
581 missing 9 01/01/2004 M 30/04/2015 01/05/2015 ; episodes 9 01/05/2015 S C2 N1 U4 PR1 - - -
582 ad1 9 01/01/2004 01/02/2015 01/02/2016 1 2 MF L11 ; episodes 9 01/05/2015 S E1 N1 A5 PR1 01/02/2016 E11 -
586 missing 9 01/01/2004 M 31/12/2003 01/02/2004
601 episodes 9 01/05/2015 S E1 N1 A5 PR1 01/02/2016 E11 -
602 ad1 9 01/01/2004 01/02/2015 01/05/2015 1 2 MF L11
1000 oc3 9 01/02/1998 DIED 0 0 ; episodes 9 01/05/2015 S C2 N1 U4 PR1 01/07/2015 E2 -
1003 placed_adoption 9 01/01/2004 30/04/2015 - - ; episodes 9 01/05/2015 S C2 N1 U4 PR1 - - -
1004 missing 9 01/01/2004 M 31/02/2016 -
1005 missing 9 01/01/2004 M 01/02/2016 31/02/2016
1006 missing 9 01/01/2004 Q 01/02/2016 -
1007 oc3 9 01/02/1998 YES F2 U1 ; episodes 9 01/05/2015 S C2 N1 U4 PR1 02/02/2016 E5 -
1009 episodes 9 01/05/2015 S C2 N1 U4 PR1 - - CUSTOD
1011 oc3 9 01/02/1998 YES F2 U1 ; episodes 9 01/05/2015 S C2 N1 U4 PR1 01/07/2015 E3 -
EPI header 9 1 01/01/2004 WBRI
INT01 ad1 8 01/01/2004 01/02/2015 01/05/2015 1 2 MF L11
INT02 placed_adoption 8 01/01/2004 01/02/2015 - -
INT03 episodes 8 01/05/2015 S C2 N1 U4 PR1 - - -
INT04 missing 8 01/01/2004 M 01/10/2015 03/10/2015
INT05 oc2 8 01/01/2004 12 0 1 1 1
INT06 oc3 8 01/02/1998 YES F2 U1
INT07 prev_perm 8 01/01/2004 Z1 - -
INT08 reviews 8 01/01/2004 01/06/2015 PN1
INT09 uasc 8 1 01/01/2004 -
INT11 ad1 9 02/01/2004 01/02/2015 01/05/2015 1 2 MF L11
INT12 placed_adoption 9 02/01/2004 01/02/2015 - -
INT13 missing 9 02/01/2004 M 01/10/2015 03/10/2015
INT14 oc2 9 02/01/2004 12 0 1 1 1
INT15 oc3 9 02/01/2004 YES F2 U1
INT16 prev_perm 9 02/01/2004 Z1 - -
INT17 reviews 9 02/01/2004 01/06/2015 PN1
INT18 uasc 9 1 02/01/2004 -
INT21 uasc 9 2 01/01/2004 -
INT31 ad1 2 10/10/2014 01/03/2015 01/05/2015 1 2 MF L11
INT32 header 1 1 01/06/2005 WBRI
INT33 oc2 1 01/06/2005 13 0 1 1 1
INT34 oc3 3 01/02/1998 YES F4 U1
INT35 prev_perm 1 01/06/2005 P1 - -
INT36 uasc 4 1 01/01/2000 01/12/2017
"""
# Just inside each limit.
INSIDE = """
142 episodes 9 01/05/2015 S C2 N1 U4 PR1 01/09/2015 X1 - ; episodes 9 01/09/2015 P C2 N1 U6 PR1 - - -
149 @2018-19 episodes 9 01/05/2018 S C2 N1 U4 PR1 01/02/2019 E45 -
101 @2024-25 header 9 F 01/01/2014 WBRI
146 @2024-25 episodes 9 01/05/2024 S C2 N1 K3 PR1 - - -
217t @2023-24 episodes 9 27/10/2023 S C2 N1 P2 PR1 - - -
301 header 9 1 31/03/2016 WBRI
304 uasc 9 1 01/01/2004 01/01/2022
351 header 9 1 02/04/1989 WBRI
352 header 9 1 02/05/1997 WBRI ; episodes 9 01/05/2015 S C2 N1 U4 PR1 - - -
353 episodes 9 14/10/1991 S C2 N1 U4 PR1 - - -
354 episodes 9 01/05/2015 S C2 N1 U4 PR1 31/03/2016 E8 -
355 episodes 9 01/05/2015 S C2 N1 U4 PR1 02/05/2015 E8 -
358 header 9 1 01/05/2005 WBRI ; episodes 9 01/05/2015 S J1 N1 U4 PR1 - - -
361 episodes 9 01/05/2015 S L2 N1 U4 PR1 04/05/2015 E8 -
362 episodes 9 01/05/2015 S L1 N1 U4 PR1 22/05/2015 E8 -
365 episodes 9 01/05/2015 S V3 N1 U6 PR1 18/05/2015 E8 -
367 episodes 9 01/05/2015 S V4 N1 U6 PR1 15/07/2015 E8 -
370 header 9 1 01/05/2000 WBRI ; episodes 9 01/05/2015 S C2 N1 P2 PR1 - - -
370 @2023-24 header 9 1 01/05/2007 WBRI ; episodes 9 01/05/2023 S C2 N1 P2 PR1 - - -
375 episodes 9 01/05/2015 S C2 N1 T1 - 12/06/2015 E8 -
383 episodes 9 01/05/2015 S C2 N1 U4 PR1 01/06/2015 X1 - ; episodes 9 01/06/2015 P C2 N1 T1 - 03/06/2015 X1 - ; episodes 9 03/06/2015 P C2 N1 U4 PR1 - - -
389 header 9 1 01/02/2000 WBRI ; episodes 9 01/05/2015 S C2 N1 U4 PR1 01/02/2016 E7 -
391 oc3 9 31/03/1999 YES F2 U1
431 episodes 9 01/05/2015 S C2 N1 U4 PR1 31/05/2015 E8 - ; episodes 9 01/06/2015 S C2 N1 U4 PR1 - - -
445 episodes 9 31/12/2005 S D1 N1 U4 PR1 01/06/2015 E8 -
446 episodes 9 01/12/2005 S E1 N1 U4 PR1 01/06/2015 E8 -
501 episodes 9 01/05/2015 S C2 N1 U4 PR1 01/06/2015 X1 - ; episodes 9 01/06/2015 P C2 N1 U6 PR1 - - -
570 missing 9 01/01/2004 M 31/03/2016 -
571 missing 9 01/01/2004 M 01/03/2015 01/04/2015
574 missing 9 01/01/2004 M 01/10/2015 05/10/2015 ; missing 9 01/01/2004 M 05/10/2015 06/10/2015
580 missing 9 01/01/2004 M 01/06/2015 30/06/2015 ; episodes 9 01/05/2015 S C2 N1 U4 PR1 01/07/2015 E4A -
1007 oc3 9 01/02/1998 YES F2 U1 ; episodes 9 01/05/2015 S C2 N1 U4 PR1 01/02/2016 E5 -
"""


def write(folder, lines: list[str]) -> None:
    """One CSV file for each table, from rows as they stand above."""
    rows: dict[str, list[list[str]]] = {table: [] for table in COLUMNS}
    for line in lines:
        table, *cells = line.split()
        assert len(cells) == len(COLUMNS[table].split()), line
        rows[table].append(["" if cell == "-" else cell for cell in cells])
    for table, cells in rows.items():
        with (folder / f"{table}.csv").open("w", newline="") as file:
            csv.writer(file).writerows([COLUMNS[table].split(), *cells])


def cases(lines: str, kind: str) -> list[tuple[str, str, str, list[str]]]:
    """Rule, year, child and rows of every case. Child 9 gets a number of its own, so that cases do not meet."""
    made = []
    for number, line in enumerate(lines.strip().splitlines()):
        code, _, rest = line.partition(" ")
        year, rest = (rest[1:8], rest[9:]) if rest.startswith("@") else (YEAR, rest)
        rows = [row.split() for row in rest.split(" ; ")]
        if any(row[1] == "9" for row in rows) and "header 9" not in rest:
            rows.append(DEFAULT.split())
        renamed = [
            [row[0], f"{row[1]}-{kind}-{number}" if row[1] in "89" else row[1], *row[2:]] for row in rows
        ]
        made.append((code, year, renamed[0][1], [" ".join(row) for row in renamed]))
    return made


RULES = {rule.code: rule for rule in rules()}
ALL = {"broken": cases(BROKEN, "broken"), "inside": cases(INSIDE, "inside")}


@pytest.fixture(scope="module")
def returns(tmp_path_factory) -> dict[tuple[str, str], Return]:
    """All cases of one kind and year in one return, which has the clean rows as well."""
    made = {}
    for kind, found in ALL.items():
        for year in {case[1] for case in found}:
            folder = tmp_path_factory.mktemp("return")
            write(
                folder,
                [*CLEAN.strip().splitlines(), *(row for case in found if case[1] == year for row in case[3])],
            )
            made[kind, year] = Return(read_ssda903(folder, "return").native, ReportYear.parse(year))
    return made


def parameters(kind: str) -> list:
    return [pytest.param(*case[:3], id=f"{case[0]}-{number}") for number, case in enumerate(ALL[kind])]


def clean(folder) -> None:
    write(folder, CLEAN.strip().splitlines())


def test_a_clean_return_breaks_no_rule(tmp_path):
    clean(tmp_path)
    found = check_cla(read_ssda903(tmp_path, "return"), YEAR)
    assert [finding.result for finding in found] == ["pass"]
    assert "hold" in found[0].message


@pytest.mark.parametrize(("code", "year", "child"), parameters("broken"))
def test_a_broken_rule_is_found(returns, code, year, child):
    assert child in set(rows_breaking(RULES[code], returns["broken", year])["CHILD"])


@pytest.mark.parametrize(("code", "year", "child"), parameters("inside"))
def test_what_lies_just_inside_a_rule_is_not_found(returns, code, year, child):
    assert child not in set(rows_breaking(RULES[code], returns["inside", year])["CHILD"])


def test_every_rule_in_the_table_is_made_and_has_a_broken_case():
    listed = [rule.code for rule in rules()]
    assert len(listed) == len(set(listed)) >= 40
    assert all(rule.condition for rule in rules())
    assert set(listed) == {case[0] for case in ALL["broken"]}


def test_a_finding_says_how_many_where_and_what_to_do(tmp_path):
    clean(tmp_path)
    with (tmp_path / "episodes.csv").open("a", newline="") as file:
        csv.writer(file).writerow(["1", "01/02/2016", "P", "C2", "N1", "U4", "PR1", "01/02/2016", "E8", ""])
    found = check_cla(read_ssda903(tmp_path, "return"), YEAR)
    finding = next(one for one in found if one.check == "rule 355")
    assert "1 row." in finding.message
    assert finding.value == "return/episodes.csv#9"
    assert finding.advice
    assert as_frame(found)["check"].is_unique


def test_rules_whose_tables_are_not_there_are_named(tmp_path):
    clean(tmp_path)
    (tmp_path / "missing.csv").unlink()
    found = check_cla(read_ssda903(tmp_path, "return"), YEAR)
    said = next(one.message for one in found if one.result == "warning")
    assert "567" in said and "142" not in said


def test_codes_come_and_go_with_the_years():
    assert "H5" in valid_codes("episodes", "PLACE", 2024)
    assert "H5" not in valid_codes("episodes", "PLACE", 2025)
    assert "Z14" not in valid_codes("episodes", "PLACE", 2025)
    assert "Z14" in valid_codes("episodes", "PLACE", 2026)
    assert valid_codes("header", "SEX", 2016) == {"1", "2"}
