# Growth counts from the first day, and the sign-up is a part of it.
2026-03-01 10:00  signup                              | points.earned 100; active 100; qualifying 100
                                                      | tier.enrolled v0; event
2026-03-02 11:30  buy o1 399.99                       | points.earned 399; active 499; qualifying 399
2026-03-05 20:15  buy o2 0.01                         | points.earned 0; active 499
2026-03-06 09:00  buy o3 1.00                         | points.earned 1; active 500; qualifying 1
                                                      | tier.upgraded v0 > v1; event
2026-03-06 09:01  buy o4 9500.00                      | points.earned 9500; active 10000; qualifying 9500
                                                      | tier.upgraded v1 > v4; event
# A jump over levels is one message. A refund takes the level at once.
2026-03-09 12:00  refund o4 0.50                      | points.clawed_back 1; active 9999; qualifying 1
                                                      | tier.downgraded v4 > v3; refund
2026-03-09 12:01  refund o4 500.00                    | points.clawed_back 500; active 9499; qualifying 500
2026-03-20 18:00  cancel o4                           | points.clawed_back 8999; active 500; qualifying 8999
                                                      | tier.downgraded v3 > v1; refund
# Signing up again gives nothing, and a long silence changes no level.
2026-03-21 08:00  signup                              | points.earned 0; capped; active 500; capped from 100
2028-03-21 08:00  nothing                             |
2028-03-22 08:00  buy o5 100.00                       | points.earned 100; active 600; qualifying 100
