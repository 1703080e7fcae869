# Somebody who bought once and never came back. With one purchase 30 days are usual: alerts come after 45, 60, 90 and
# 180 days. They have agreed to no marketing, so only staff hear of it.
2026-01-10 12:00 buy o1 89                            | points.earned 89; active 89; qualifying 89
                                                      | tier.enrolled base; event
                                                      | lifecycle.changed stage new
                                                      | lifecycle.changed value low
2027-03-01 12:00 nothing                              | 2026-01-10 12:00 notify.requested welcome; 欢迎加入会员！您的等级是普通。
                                                      | 2026-02-24 12:00 churn.alert watch; 1.5
                                                      | 2026-02-24 12:00 lifecycle.changed stage new > developing
                                                      | 2026-03-11 12:00 churn.alert at_risk; 2
                                                      | 2026-03-11 12:00 lifecycle.changed stage developing > at_risk
                                                      | 2026-03-11 12:00 notify.suppressed come-back; no_consent
                                                      | 2026-04-10 12:00 churn.alert high; 3
                                                      | 2026-04-10 12:00 lifecycle.changed stage at_risk > dormant
                                                      | 2026-04-10 12:00 tag.added silent-90; rule
                                                      | 2026-04-10 12:00 notify.suppressed come-back; no_consent
                                                      | 2026-04-10 12:00 notify.suppressed silent; no_consent
                                                      | 2026-07-09 12:00 churn.alert lost; 6
                                                      | 2026-07-09 12:00 lifecycle.changed stage dormant > lost
                                                      | 2026-07-09 12:00 notify.suppressed come-back; no_consent
