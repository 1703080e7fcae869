# Twelve months to the minute.
2026-01-31 09:00  buy o1 320.00                       | points.earned 320; active 320; qualifying 320
                                                      | tier.enrolled silver; event; until 2027-01-31 09:00
# 820: a level up, and twelve new months. The end of January does not matter any more.
2026-02-28 15:00  buy o2 500.00                       | points.earned 500; active 820; qualifying 500
                                                      | tier.upgraded silver > gold; event; until 2027-02-28 15:00
2026-08-31 10:00  buy o3 1200.00                      | points.earned 1200; active 2020; qualifying 1200
                                                      | tier.upgraded gold > platinum; event; until 2027-08-31 10:00
2027-03-01 10:00  buy o4 850.00                       | points.earned 850; active 2870; qualifying 850
# Of the 365 days to 31 August 2027, 850 are left: enough for gold, one step down.
2027-08-31 10:00  nothing                             | tier.downgraded platinum > gold; review; until 2028-08-31 10:00
# Of the 365 days to 31 August 2028, nothing: two steps down.
2028-08-31 10:00  nothing                             | tier.downgraded gold > start; review
