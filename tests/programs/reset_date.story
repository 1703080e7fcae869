# Twice the points to spend, once those that qualify.
2026-06-10 10:00  buy o1 600.00 channel=app           | points.earned 1200; active 1200; qualifying 600
                                                      | tier.enrolled blue; event
2026-09-10 10:00  buy o2 400.00                       | points.earned 400; active 1600; qualifying 400
                                                      | tier.upgraded blue > silver; event; until 2027-02-01
2026-10-01 10:00  redeem redemption_id=tv qty=1500    | points.redeemed 1500; active 100
# 1,000 qualified by the reset date: silver to the next one. From now on nothing has qualified.
2027-02-01 00:00  nothing                             | tier.renewed silver; until 2028-02-01
2027-05-01 10:00  buy o3 999.99                       | points.earned 999; active 1099; qualifying 999
# 999 qualified by then.
2028-02-01 00:00  nothing                             | tier.downgraded silver > blue; review
2028-02-01 10:00  buy o4 1000.00 channel=app          | points.earned 2000; active 3099; qualifying 1000
                                                      | tier.upgraded blue > silver; event; until 2029-02-01
