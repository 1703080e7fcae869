# A member of the shipped programme, in two years of their life.
2026-01-10 10:00  signup                              | points.earned 100; active 100
                                                      | tier.enrolled base; event
                                                      | lifecycle.changed stage prospect
                                                      | lifecycle.changed value low
2026-01-10 10:05  profile_completed                   | points.earned 50; active 150
2026-01-12 19:30  buy o1 899.00 channel=web           | points.earned 899; active 1049; qualifying 899
                                                      | lifecycle.changed stage prospect > new
# One review for each line of an order; one answer to each survey.
2026-01-20 09:00  review ref_id=o1/1 text_len=40      | points.earned 20; active 1069
2026-01-20 09:01  review ref_id=o1/1 text_len=40      | points.earned 0; capped; active 1069; capped from 20
2026-01-20 09:02  review ref_id=o1/2 text_len=9       | points.earned 0; text too short; active 1069
2026-01-21 09:00  survey ref_id=winter                | points.earned 30; active 1099
2026-01-21 09:01  survey ref_id=winter                | points.earned 0; capped; active 1099; capped from 30
# 899.00 and 101.00 are 1,000.00: silver, reached counts. The order that lifts earns at the old level.
2026-02-01 12:00  buy o2 101.00                       | points.earned 101; active 1200; qualifying 101
                                                      | tier.upgraded base > silver; event; until 2027-03-01
                                                      | lifecycle.changed stage new > developing
# A refund that comes before its order waits for it. 1,200 x 1.1 = 1,320, and 200 x 1.1 = 220 of them go.
2026-02-10 09:00  refund o3 200.00                    |
2026-02-11 09:00  buy o3 1200.00                      | points.earned 1320; active 2520; qualifying 1200
                                                      | 2026-02-10 09:00 points.clawed_back 220; active 2300; qualifying 200
# Seven days in a row; a second time on one day is nothing.
2026-02-20 10:00  checkin                             | points.earned 5; active 2305
2026-02-20 22:00  checkin                             | points.earned 0; capped; active 2305; capped from 5
2026-02-21 10:00  checkin                             | points.earned 5; active 2310
2026-02-22 10:00  checkin                             | points.earned 5; active 2315
2026-02-23 10:00  checkin                             | points.earned 5; active 2320
2026-02-24 10:00  checkin                             | points.earned 5; active 2325
2026-02-25 10:00  checkin                             | points.earned 5; active 2330
2026-02-26 10:00  checkin                             | points.earned 35; active 2365
# A friend joins: both get their points when the return window of the first purchase is over.
2026-02-26 12:00  referral_signup referee_id=c2       |
2026-02-26 12:01  referral_signup referee_id=c1       | referral.refused self; customers cannot refer themselves
2026-02-27 12:00  @c2 buy f1 300.00                   | @c2 points.earned 300; active 300; qualifying 300
                                                      | @c2 tier.enrolled base; event
                                                      | @c2 lifecycle.changed stage new
                                                      | @c2 lifecycle.changed value low
# Born on 29 February: in common years it is kept on the 28th.
2026-02-27 12:30  profile birthday=02-29 language=zh  |
2026-02-27 12:31  consent scope=marketing.sms granted=true| consent.recorded marketing.sms
2026-03-14 12:00  nothing                             | 2026-02-28 09:00 care.due birthday
                                                      | 2026-02-28 09:00 points.earned 100; active 2465
                                                      | 2026-03-14 00:00 @c2 points.earned 200; active 500
                                                      | 2026-03-14 00:00 points.earned 200; active 2665
# Nobody hears of them for four months.
2026-06-30 00:00  nothing                             | 2026-03-17 03:00 churn.alert watch; 1.5
                                                      | 2026-03-28 09:00 churn.alert at_risk; 2
                                                      | 2026-03-28 09:00 lifecycle.changed stage developing > at_risk
                                                      | 2026-04-13 12:00 @c2 churn.alert watch; 1.5
                                                      | 2026-04-13 12:00 @c2 lifecycle.changed stage new > developing
                                                      | 2026-04-19 21:00 churn.alert high; 3
                                                      | 2026-04-28 12:00 @c2 churn.alert at_risk; 2
                                                      | 2026-04-28 12:00 @c2 lifecycle.changed stage developing > at_risk
                                                      | 2026-05-27 12:01 lifecycle.changed stage at_risk > dormant
                                                      | 2026-05-28 12:00 @c2 churn.alert high; 3
                                                      | 2026-05-28 12:00 @c2 lifecycle.changed stage at_risk > dormant
                                                      | 2026-06-26 09:00 churn.alert lost; 6
2026-07-01 09:00  buy o4 3800.00                      | points.earned 4180; active 6845; qualifying 3800
                                                      | tier.upgraded silver > gold; event; until 2027-08-01
                                                      | churn.recovered
                                                      | lifecycle.changed stage dormant > won_back
                                                      | lifecycle.changed value low > potential
2026-07-03 09:00  cancel o4                           | points.clawed_back 4180; active 2665; qualifying 3800
                                                      | tier.downgraded gold > silver; refund; until 2027-08-01
                                                      | lifecycle.changed value potential > low
2026-08-01 09:00  redeem redemption_id=gift qty=1000  | points.redeemed 1000; active 1665
# Silver ends with July; a year without a purchase does not keep it.
2027-09-10 00:00  nothing                             | 2026-08-26 12:00 @c2 churn.alert lost; 6
                                                      | 2026-08-26 12:00 @c2 lifecycle.changed stage dormant > lost
                                                      | 2026-08-30 09:00 lifecycle.changed stage won_back > developing
                                                      | 2026-09-08 09:00 churn.alert watch; 1.5
                                                      | 2026-10-01 09:00 churn.alert at_risk; 2
                                                      | 2026-10-01 09:00 lifecycle.changed stage developing > at_risk
                                                      | 2026-11-16 09:00 churn.alert high; 3
                                                      | 2026-11-16 09:00 lifecycle.changed stage at_risk > dormant
                                                      | 2027-02-28 09:00 care.due birthday
                                                      | 2027-02-28 09:00 points.earned 100; active 1765
                                                      | 2027-04-03 09:00 churn.alert lost; 6
                                                      | 2027-04-03 09:00 lifecycle.changed stage dormant > lost
                                                      | 2027-06-02 00:00 tier.downgrade_warning silver, 60 days; until 2027-08-01
                                                      | 2027-07-02 00:00 tier.downgrade_warning silver, 30 days; until 2027-08-01
                                                      | 2027-07-25 00:00 tier.downgrade_warning silver, 7 days; until 2027-08-01
                                                      | 2027-08-01 00:00 tier.grace_started silver; until 2027-08-31
                                                      | 2027-08-31 00:00 tier.downgraded silver > base; review
# What was earned in 2026 lasts through 2027, from January and from July alike.
2028-01-01 00:00  nothing                             | 2027-12-02 00:00 points.expiring 1665; active 1765
                                                      | 2027-12-02 00:00 @c2 points.expiring 500; active 500
                                                      | 2027-12-25 00:00 points.expiring 1665; active 1765
                                                      | 2027-12-25 00:00 @c2 points.expiring 500; active 500
                                                      | 2027-12-31 00:00 points.expiring 1665; active 1765
                                                      | 2027-12-31 00:00 @c2 points.expiring 500; active 500
                                                      | points.expired 1665; active 100
                                                      | @c2 points.expired 500; active 0
