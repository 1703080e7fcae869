# A newcomer who becomes a regular. What is told some seconds after an event stands before the next one.
2026-03-02 10:00 signup                               | points.earned 100; active 100
                                                      | tier.enrolled base; event
                                                      | lifecycle.changed stage prospect
                                                      | lifecycle.changed value low
2026-03-02 10:05 consent scope=marketing.sms granted=true| 2026-03-02 10:00 notify.requested welcome; 欢迎加入会员！您的等级是普通。
                                                      | consent.recorded marketing.sms
2026-03-03 12:30 buy o1 180                           | points.earned 180; active 280; qualifying 180
                                                      | lifecycle.changed stage prospect > new
# The second day with a purchase: no more new.
2026-03-20 12:30 buy o2 240                           | points.earned 240; active 520; qualifying 240
                                                      | lifecycle.changed stage new > developing
2026-04-08 18:00 buy o3 310                           | points.earned 310; active 830; qualifying 310
# 180 + 240 + 310 + 290 = 1,020: silver, for 12 months and to the end of that month. The fourth day: active.
2026-04-25 18:00 buy o4 290                           | points.earned 290; active 1120; qualifying 290
                                                      | tier.upgraded base > silver; event; until 2027-05-01
                                                      | lifecycle.changed stage developing > active
2026-05-11 09:00 review ref_id=o4:1 text_len=40       | 2026-04-25 18:00 notify.requested level-up; 恭喜您升级为银会员，有效期至2027-04-30。
                                                      | points.earned 20; active 1140
# 1.1 points from here on.
2026-05-15 18:00 buy o5 260                           | points.earned 286; active 1426; qualifying 260
# On 1 June the first 180 are more than 90 days old: 1,100 in 90 days against 180 in the 90 before. Who buys so much
# more develops, and has potential.
2026-06-03 19:00 buy o6 350                           | 2026-06-01 00:00 lifecycle.changed stage active > developing
                                                      | 2026-06-01 00:00 lifecycle.changed value low > potential
                                                      | points.earned 385; active 1811; qualifying 350
2026-06-22 19:00 buy o7 280                           | points.earned 308; active 2119; qualifying 280
2026-07-10 19:00 buy o8 300                           | points.earned 330; active 2449; qualifying 300
# On 24 July the newest 90 days are no longer half as much again as those before: active, and a regular.
2026-07-29 19:00 buy o9 320                           | 2026-07-24 00:00 lifecycle.changed stage developing > active
                                                      | points.earned 352; active 2801; qualifying 320
2026-07-30 09:00 nothing                              |
