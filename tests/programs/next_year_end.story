# Reached in 2026: to the end of 2027.
2026-11-30 12:00  buy o1 250.00                       | points.earned 1250; active 1250; qualifying 1250
                                                      | tier.enrolled silver; event; until 2028-01-01
# 520 in 2027 alone. The order still earns as silver: 520 x 5 x 1.2. From 2027: to the end of 2028.
2027-03-05 12:00  buy o2 520.00                       | points.earned 3120; active 4370; qualifying 2600
                                                      | tier.upgraded silver > gold; event; until 2029-01-01
2028-06-01 12:00  buy o3 210.00                       | points.earned 1575; active 5945; qualifying 1050
# 2028 saw 210: not 500, but 200. Silver begins on 1 January 2029, so it lasts to the end of 2030.
2029-01-01 00:00  nothing                             | 2028-12-02 00:00 tier.downgrade_warning gold, 30 days; until 2029-01-01
                                                      | tier.downgraded gold > silver; review; until 2031-01-01
# 2029 does not count for that; 2030 does, and carries silver through 2031.
2030-07-04 12:00  buy o4 200.00                       | points.earned 1200; active 7145; qualifying 1000
2031-01-01 00:00  nothing                             | tier.renewed silver; until 2032-01-01
2032-01-01 00:00  nothing                             | 2031-12-02 00:00 tier.downgrade_warning silver, 30 days; until 2032-01-01
                                                      | tier.downgraded silver > bronze; review
