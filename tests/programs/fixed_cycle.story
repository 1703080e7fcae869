# The cycle of this day: 15 March to 14 September.
2026-04-01 10:00  buy o1 1050.00                      | points.earned 1050; active 1050; qualifying 1050
                                                      | tier.enrolled gold; event; until 2026-09-15
# It had 1,050, so gold lasts for the next one.
2026-09-15 00:00  nothing                             | tier.renewed gold; until 2027-03-15
# 40 in the cycle that ends are next to nothing: one level down, and one more half a year later.
2027-03-14 12:00  buy o2 40.00                        | points.earned 40; active 1090; qualifying 40
2027-03-15 00:00  nothing                             | tier.downgraded gold > silver; review; until 2027-09-15
2027-09-15 00:00  nothing                             | tier.downgraded silver > bronze; review
2028-02-01 10:00  buy o3 320.00                       | points.earned 320; active 1410; qualifying 320
                                                      | tier.upgraded bronze > silver; event; until 2028-03-15
# A month and a half later that cycle is over; 320 were enough for silver.
2028-03-15 00:00  nothing                             | tier.renewed silver; until 2028-09-15
2028-03-20 10:00  buy o4 680.00                       | points.earned 680; active 2090; qualifying 680
# 680 in the new cycle: what was earned before it does not count.
2028-09-14 23:59  buy o5 320.00                       | points.earned 320; active 2410; qualifying 320
                                                      | tier.upgraded silver > gold; event; until 2028-09-15
2028-09-15 00:00  nothing                             | tier.renewed gold; until 2029-03-15
