# A member of the shipped programme, in a year of their life.
2026-01-10 10:00  signup                              | points.earned 100; active 100
                                                      | tier.enrolled base; event
2026-01-10 10:05  profile_completed                   | points.earned 50; active 150
2026-01-12 19:30  buy o1 899.00 channel=web           | points.earned 899; active 1049; qualifying 899
2026-01-20 09:00  review text_len=40                  | points.earned 20; active 1069
2026-02-01 12:00  buy o2 101.00                       | points.earned 101; active 1170; qualifying 101
                                                      | tier.upgraded base > silver; event
# A refund that comes before its order waits for it.
2026-02-10 09:00  refund o3 200.00                    |
2026-02-11 09:00  buy o3 1200.00                      | points.earned 1320; active 2490; qualifying 1200
                                                      | 2026-02-10 09:00 points.clawed_back 220; active 2270; qualifying 200
2026-02-20 10:00  checkin                             | points.earned 5; active 2275
2026-02-20 22:00  checkin                             | points.earned 0; capped; active 2275; capped from 5
# Nobody hears of them for four months.
2026-06-30 00:00  nothing                             | 2026-03-17 03:00 churn.alert watch; 1.5
                                                      | 2026-03-28 09:00 churn.alert at_risk; 2
                                                      | 2026-04-19 21:00 churn.alert high; 3
                                                      | 2026-06-26 09:00 churn.alert lost; 6
2026-07-01 09:00  buy o4 3800.00                      | points.earned 4180; active 6455; qualifying 3800
                                                      | tier.upgraded silver > gold; event
                                                      | churn.recovered
2026-07-03 09:00  cancel o4                           | points.clawed_back 4180; active 2275; qualifying 3800
                                                      | tier.downgraded gold > silver; refund
# Silver ends with July; a year without a purchase does not keep it.
2027-09-10 00:00  nothing                             | 2026-09-08 09:00 churn.alert watch; 1.5
                                                      | 2026-10-01 09:00 churn.alert at_risk; 2
                                                      | 2026-11-16 09:00 churn.alert high; 3
                                                      | 2027-04-03 09:00 churn.alert lost; 6
                                                      | 2027-06-02 00:00 tier.downgrade_warning silver, 60 days
                                                      | 2027-07-02 00:00 tier.downgrade_warning silver, 30 days
                                                      | 2027-07-25 00:00 tier.downgrade_warning silver, 7 days
                                                      | 2027-08-01 00:00 tier.grace_started silver
                                                      | 2027-08-31 00:00 tier.downgraded silver > base; review
