# A year old on 28 February 2026, so these lapse at the end of that day.
2025-02-28 10:00  buy o1 10000                        | points.earned 100; active 100; qualifying 100
                                                      | tier.enrolled member; event
# A day younger, and so a year longer.
2025-03-01 10:00  buy o2 20000                        | points.earned 200; active 300; qualifying 200
# Spent are those first that lapse first.
2026-01-15 10:00  redeem redemption_id=gift qty=30    | points.redeemed 30; active 270
# Thirty days before 1 March.
2026-03-01 00:00  nothing                             | 2026-01-30 00:00 points.expiring 70; active 270
                                                      | points.expired 70; active 200
2026-08-01 10:00  buy o3 30000                        | points.earned 300; active 500; qualifying 300
2027-03-01 00:00  nothing                             | 2027-01-30 00:00 points.expiring 200; active 500
                                                      | points.expired 200; active 300
# What lapsed is not taken a second time.
2027-04-01 10:00  cancel o2                           | points.clawed_back 200; active 300; qualifying 200
# 28 February in a leap year too: the 29th is the first day without them.
2028-02-29 00:00  nothing                             | 2028-01-30 00:00 points.expiring 300; active 300
                                                      | points.expired 300; active 0
