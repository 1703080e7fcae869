# A VIP with a complaint: served, not sold to, while it is open and for a week after it is resolved.
2025-11-01 10:00 signup                               | points.earned 100; active 100
                                                      | tier.enrolled base; event
                                                      | lifecycle.changed stage prospect
                                                      | lifecycle.changed value low
2025-11-01 10:00 consent scope=marketing.sms granted=true| consent.recorded marketing.sms
2025-11-02 11:00 buy o1 9000                          | 2025-11-01 10:00 notify.requested welcome; 欢迎加入会员！您的等级是普通。
                                                      | points.earned 9000; active 9100; qualifying 9000
                                                      | tier.upgraded base > gold; event; until 2026-12-01
                                                      | lifecycle.changed stage prospect > new
2025-12-01 11:00 buy o2 12000                         | 2025-11-02 11:00 notify.requested level-up; 恭喜您升级为金会员，有效期至2026-11-30。
                                                      | points.earned 15000; active 24100; qualifying 12000
                                                      | tier.upgraded gold > diamond; event; until 2027-01-01
                                                      | lifecycle.changed stage new > developing
                                                      | lifecycle.changed value low > high
2026-01-02 11:00 buy o3 8000                          | 2025-12-01 11:00 notify.requested level-up; 恭喜您升级为钻会员，有效期至2026-12-31。
                                                      | points.earned 12000; active 36100; qualifying 8000
2026-01-10 11:00 complaint ref_id=t1 severity=3       |
# 61 days with three purchases: (61 + 2 x 30) / 4 = 30.25 days are usual, so watch comes after 45.375, at_risk after 60.5,
# high after 90.75 and lost after 181.5 days. Staff hear of each (churn.alert); the customer hears of none yet.
2026-03-29 11:00 nothing                              | 2026-02-16 20:00 churn.alert watch; 1.5
                                                      | 2026-03-03 23:00 churn.alert at_risk; 2
                                                      | 2026-03-03 23:00 lifecycle.changed stage developing > at_risk
                                                      | 2026-03-03 23:00 notify.suppressed come-back; complaint
2026-03-30 11:00 ticket_resolved ref_id=t1            |
# Resolved, but three and four days ago only.
2026-04-10 11:00 nothing                              | 2026-04-02 11:00 tag.added silent-90; rule
                                                      | 2026-04-02 11:00 notify.suppressed silent; complaint
                                                      | 2026-04-03 05:00 churn.alert high; 3
                                                      | 2026-04-03 05:00 lifecycle.changed stage at_risk > dormant
                                                      | 2026-04-03 05:00 notify.suppressed come-back; complaint
# Now they are asked back, once the night is over.
2026-07-03 11:00 nothing                              | 2026-07-02 23:00 churn.alert lost; 6
                                                      | 2026-07-02 23:00 lifecycle.changed stage dormant > lost
                                                      | 2026-07-02 23:00 notify.requested come-back; 好久不见！为您准备了：专属客户经理致电问候。; sms; from 2026-07-03 08:00
2026-07-04 11:00 buy o4 5000                          | points.earned 7500; active 43600; qualifying 5000
                                                      | churn.recovered
                                                      | lifecycle.changed stage lost > won_back
                                                      | tag.removed silent-90; rule
