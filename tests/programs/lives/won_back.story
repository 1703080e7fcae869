# A customer of high value in January, asleep by June, and won back.
2025-09-01 10:00 signup                               | points.earned 100; active 100
                                                      | tier.enrolled base; event
                                                      | lifecycle.changed stage prospect
                                                      | lifecycle.changed value low
2025-09-01 10:00 consent scope=marketing.sms granted=true| consent.recorded marketing.sms
2025-09-02 11:00 buy o1 2600                          | 2025-09-01 10:00 notify.requested welcome; 欢迎加入会员！您的等级是普通。
                                                      | points.earned 2600; active 2700; qualifying 2600
                                                      | tier.upgraded base > silver; event; until 2026-10-01
                                                      | lifecycle.changed stage prospect > new
2025-10-04 11:00 buy o2 3100                          | 2025-09-02 11:00 notify.requested level-up; 恭喜您升级为银会员，有效期至2026-09-30。
                                                      | points.earned 3410; active 6110; qualifying 3100
                                                      | tier.upgraded silver > gold; event; until 2026-11-01
                                                      | lifecycle.changed stage new > developing
2025-11-03 11:00 buy o3 4800                          | 2025-10-04 11:00 notify.requested level-up; 恭喜您升级为金会员，有效期至2026-10-31。
                                                      | points.earned 6000; active 12110; qualifying 4800
2025-12-05 11:00 buy o4 6200                          | 2025-12-01 00:00 lifecycle.changed value low > potential
                                                      | points.earned 7750; active 19860; qualifying 6200
# 22,100 in all: diamond, and so of high value. The order that lifts earns at the old level: 5,400 x 1.25 = 6,750.
2026-01-06 11:00 buy o5 5400                          | points.earned 6750; active 26610; qualifying 5400
                                                      | tier.upgraded gold > diamond; event; until 2027-02-01
                                                      | lifecycle.changed value potential > high
# 126 days with five purchases: (126 + 2 x 30) / 6 = 31 days are usual, so watch comes after 46.5, at_risk after 62 and
# high after 93 days. From high on they are dormant, for they did nothing else either.
2026-06-30 11:00 nothing                              | 2026-01-06 11:00 notify.requested level-up; 恭喜您升级为钻会员，有效期至2027-01-31。
                                                      | 2026-02-01 00:00 lifecycle.changed stage developing > active
                                                      | 2026-02-21 23:00 churn.alert watch; 1.5
                                                      | 2026-03-09 11:00 churn.alert at_risk; 2
                                                      | 2026-03-09 11:00 lifecycle.changed stage active > at_risk
                                                      | 2026-03-09 11:00 notify.requested come-back; 好久不见！为您准备了：专属年度礼物。; sms
                                                      | 2026-04-06 11:00 tag.added silent-90; rule
                                                      | 2026-04-06 11:00 notify.requested silent; 我们很想念您，近期有新品上架。; sms
                                                      | 2026-04-09 11:00 churn.alert high; 3
                                                      | 2026-04-09 11:00 lifecycle.changed stage at_risk > dormant
                                                      | 2026-04-09 11:00 notify.requested come-back; 好久不见！为您准备了：专属客户经理致电问候。; sms
2026-07-04 15:00 buy o6 900                           | points.earned 1350; active 27960; qualifying 900
                                                      | churn.recovered
                                                      | lifecycle.changed stage dormant > won_back
                                                      | tag.removed silent-90; rule
2026-08-01 15:00 buy o7 1200                          | points.earned 1800; active 29760; qualifying 1200
# Won back for 60 days, or until two more purchases.
2026-09-15 15:00 nothing                              | 2026-09-02 15:00 lifecycle.changed stage won_back > active
