# 600 points can be spent, 600 were earned, 600 since joining. Ninety days later is 10 April.
2026-01-10 10:00  buy o1 600.00                       | points.earned 600; active 600; qualifying 600
                                                      | tier.enrolled a1; event; until 2026-04-10 10:00
                                                      | tier.enrolled e0; event
                                                      | tier.enrolled s1; event; until 2026-04-10 10:00
# Spending takes no level away before the recalculation.
2026-02-01 10:00  redeem redemption_id=mug qty=400    | points.redeemed 400; active 200
# 600 can be spent; 1,000 were earned in all, and since joining, which is when s1 began.
2026-03-01 10:00  buy o2 400.00                       | points.earned 400; active 600; qualifying 400
                                                      | tier.upgraded e0 > e1; event; until 2026-05-30 10:00
# 600 keep a1; then they lapse. 1,000 since s1 began keep it.
2026-04-10 10:00  nothing                             | tier.renewed a1; until 2026-07-09 10:00
                                                      | points.expired 600; reset; active 0
                                                      | tier.renewed s1; until 2026-07-09 10:00
2026-05-30 10:00  nothing                             | tier.renewed e1; until 2026-08-28 10:00
# Of 1,000 ever earned 600 are left, and of the 600 that a1 was kept for 200. Nothing is owed: the 400 lapsed already.
2026-06-01 10:00  cancel o2                           | points.clawed_back 400; active 0; qualifying 400
                                                      | tier.downgraded a1 > a0; refund
                                                      | tier.downgraded e1 > e0; refund
2026-07-09 10:00  nothing                             | tier.renewed s1; until 2026-10-07 10:00
# A command may lift too: 500 can be spent. They never count as earned.
2026-08-01 10:00  adjust qty=500 reason_code=goodwill | points.adjusted 500; active 500
                                                      | tier.upgraded a0 > a1; event; until 2026-10-30 10:00
2026-08-05 10:00  redeem redemption_id=cup qty=100    | points.redeemed 100; active 400
# 400 can be spent: not enough for a1, and they lapse all the same.
2026-10-30 10:00  nothing                             | 2026-10-07 10:00 tier.renewed s1; until 2027-01-05 10:00
                                                      | tier.downgraded a1 > a0; review
                                                      | points.expired 400; reset; active 0
