# 600 points in the first quarter: to the end of the second, which is 1 July, and a month longer.
2026-02-10 10:00  buy o1 600.00                       | points.earned 600; active 600; qualifying 600
                                                      | tier.enrolled silver; event; until 2026-08-01
2026-05-20 10:00  buy o2 460.00                       | points.earned 460; active 1060; qualifying 460
2026-05-28 10:00  review ref_id=o2/1                  | points.earned 50; active 1110; qualifying 50
# The second quarter had 510, so silver goes on to the end of the third and a month: extensions do not add up.
2026-08-01 00:00  nothing                             | tier.renewed silver; until 2026-11-01
# The third quarter had nothing. But the month after it has 500 of the fourth already.
2026-10-15 10:00  buy o3 500.00                       | points.earned 500; active 1610; qualifying 500
2026-11-01 00:00  nothing                             | tier.renewed silver; until 2027-02-01
# 1,500 in the fourth quarter: gold to the end of the first quarter of 2027 and a month.
2026-12-01 10:00  buy o4 1000.00                      | points.earned 1000; active 2610; qualifying 1000
                                                      | tier.upgraded silver > gold; event; until 2027-05-01
2027-03-10 10:00  buy o5 700.00                       | points.earned 700; active 3310; qualifying 700
# 700 in the first quarter, nothing in April: silver. It begins in the second quarter: to the end of the third and a month.
2027-05-01 00:00  nothing                             | tier.downgraded gold > silver; review; until 2027-11-01
2027-11-01 00:00  nothing                             | tier.downgraded silver > base; review
