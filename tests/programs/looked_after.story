# A customer who spends a lot in January, complains, is asleep by summer and is won back.
2026-01-10 10:00  profile language=zh birthday=02-29  |
2026-01-10 10:01  consent scope=marketing.sms granted=true| consent.recorded marketing.sms
# Joining is told at once, after the five seconds in which a change may be undone.
2026-01-12 19:30  buy o1 3000.00                      | points.earned 3000; active 3000; qualifying 3000
                                                      | tier.enrolled silver; event; until 2027-02-01
                                                      | lifecycle.changed stage new
                                                      | lifecycle.changed value low
2026-01-12 19:31  nothing                             | 2026-01-12 19:30 notify.requested welcome; 欢迎加入会员！您的等级是银。
# A rise late at night is told in the morning.
2026-01-20 23:15  buy o2 20000.00                     | points.earned 22000; active 25000; qualifying 20000
                                                      | tier.upgraded silver > diamond; event; until 2027-02-01
                                                      | lifecycle.changed stage new > developing
                                                      | lifecycle.changed value low > high
2026-01-20 23:16  nothing                             | 2026-01-20 23:15 notify.requested level-up; 恭喜您升级为钻会员，有效期至2027-01-31。; from 2026-01-21 08:00
# The birthday of 29 February is on the 28th of this year.
2026-03-01 12:00  nothing                             | 2026-02-23 23:15 churn.alert watch; 1.5
                                                      | 2026-02-28 09:00 care.due birthday
                                                      | 2026-02-28 09:00 points.earned 100; active 25100
                                                      | 2026-02-28 09:00 notify.requested birthday; 生日快乐！送您100积分。
# The rhythm is broken: staff learn of it, the customer is asked back.
2026-03-20 12:00  nothing                             | 2026-03-07 07:15 churn.alert at_risk; 2
                                                      | 2026-03-07 07:15 lifecycle.changed stage developing > at_risk
                                                      | 2026-03-07 07:15 notify.requested come-back; 好久不见！为您准备了：专属年度礼物。; sms; from 2026-03-07 08:00
# Nobody is pushed while a complaint is open, nor seven days after.
2026-03-25 12:00  complaint ref_id=t1                 |
2026-05-01 12:00  nothing                             | 2026-03-29 23:15 churn.alert high; 3
                                                      | 2026-03-29 23:15 lifecycle.changed stage at_risk > dormant
                                                      | 2026-03-29 23:15 notify.suppressed come-back; complaint
                                                      | 2026-04-20 23:15 tag.added silent-90; rule
                                                      | 2026-04-20 23:15 notify.suppressed silent; complaint
2026-05-02 12:00  ticket_resolved ref_id=t1           |
2026-08-15 12:00  nothing                             | 2026-06-05 23:15 churn.alert lost; 6
                                                      | 2026-06-05 23:15 notify.requested come-back; 好久不见！为您准备了：专属客户经理致电问候。; sms; from 2026-06-06 08:00
                                                      | 2026-07-19 23:15 lifecycle.changed stage dormant > lost
# Won back.
2026-08-20 12:00  buy o3 500.00                       | points.earned 750; active 25850; qualifying 500
                                                      | churn.recovered
                                                      | lifecycle.changed stage lost > won_back
                                                      | tag.removed silent-90; rule
2026-08-20 12:01  nothing                             |
# A rise and its cancellation within the window come to nothing.
2026-08-21 12:00  @c2 buy o8 100.00                   | @c2 points.earned 100; active 100; qualifying 100
                                                      | @c2 tier.enrolled base; event
                                                      | @c2 lifecycle.changed stage new
                                                      | @c2 lifecycle.changed value low
2026-08-21 12:01  @c2 buy o9 1200.00                  | 2026-08-21 12:00 @c2 notify.requested welcome; 欢迎加入会员！您的等级是普通。
                                                      | @c2 points.earned 1200; active 1300; qualifying 1200
                                                      | @c2 tier.upgraded base > silver; event; until 2027-09-01
2026-08-21 12:01  @c2 cancel o9                       | @c2 points.clawed_back 1200; active 100; qualifying 1200
                                                      | @c2 tier.downgraded silver > base; refund
2026-08-21 12:02  nothing                             | 2026-08-21 12:01 @c2 notify.suppressed level-down; undone
