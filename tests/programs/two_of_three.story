2026-04-01 11:00  buy o1 12000.00                     | points.earned 1200; active 1200; qualifying 1200
                                                      | tier.enrolled gold; event; until 2027-04-01 11:00
2026-07-01 11:00  buy o2 5000.00                      | points.earned 500; active 1700; qualifying 500
2026-11-01 11:00  buy o3 1100.00                      | points.earned 110; active 1810; qualifying 110
# 6,100 spent, 610 points, but two visits: two of three. A year on from the old end.
2027-04-01 11:00  nothing                             | tier.renewed gold; until 2028-04-01 11:00
2027-06-01 11:00  buy o4 100.00                       | points.earned 10; active 1820; qualifying 10
2027-07-01 11:00  buy o5 100.00                       | points.earned 10; active 1830; qualifying 10
2027-08-01 11:00  buy o6 100.00                       | points.earned 10; active 1840; qualifying 10
2027-09-01 11:00  buy o7 200.00                       | points.earned 20; active 1860; qualifying 20
2027-10-01 18:00  event_attended ref_id=diwali        | points.earned 150; active 2010; qualifying 150
2027-11-01 18:00  event_attended ref_id=tasting       | points.earned 150; active 2160; qualifying 150
2027-12-01 18:00  event_attended ref_id=winter        | points.earned 150; active 2310; qualifying 150
# Four visits, and 10 + 10 + 10 + 20 + 450 = 500 points: two of three, with 500 spent.
2028-04-01 11:00  nothing                             | tier.renewed gold; until 2029-04-01 11:00
2028-06-01 11:00  buy o8 100.00                       | points.earned 10; active 2320; qualifying 10
2028-07-01 11:00  buy o9 100.00                       | points.earned 10; active 2330; qualifying 10
2028-08-01 11:00  buy o10 100.00                      | points.earned 10; active 2340; qualifying 10
2028-09-01 11:00  buy o11 100.00                      | points.earned 10; active 2350; qualifying 10
# Four visits alone, with 400 spent and 40 points.
2029-04-01 11:00  nothing                             | 2029-03-02 11:00 tier.downgrade_warning gold, 30 days; until 2029-04-01 11:00
                                                      | tier.downgraded gold > member; review
