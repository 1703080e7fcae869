# Born on 29 February: 28 February in a common year, the day itself in a leap year; at 09:00 in Tokyo, 08:00 here.
2026-01-05 10:00 signup                               | points.earned 100; active 100
                                                      | tier.enrolled base; event
                                                      | lifecycle.changed stage prospect
                                                      | lifecycle.changed value low
2026-01-05 10:01 profile birthday=02-29 zone=Asia/Tokyo| 2026-01-05 10:00 notify.requested welcome; 欢迎加入会员！您的等级是普通。
2026-01-05 10:02 consent scope=marketing.sms granted=true| consent.recorded marketing.sms
2026-03-01 10:00 nothing                              | 2026-02-28 08:00 care.due birthday
                                                      | 2026-02-28 08:00 points.earned 100; active 200
                                                      | 2026-02-28 08:00 notify.requested birthday; 生日快乐！送您100积分。
2027-03-01 10:00 nothing                              | 2026-04-05 10:00 tag.added silent-90; rule
                                                      | 2026-04-05 10:00 notify.requested silent; 我们很想念您，近期有新品上架。; sms
                                                      | 2026-07-04 10:00 lifecycle.changed stage prospect > prospect_stale
                                                      | 2027-02-28 08:00 care.due birthday
                                                      | 2027-02-28 08:00 points.earned 100; active 300
                                                      | 2027-02-28 08:00 notify.requested birthday; 生日快乐！送您100积分。
# The 100 for joining and the first 100 lapse with 2027. In Tokyo the quiet hours end at 07:00 of the time here.
2028-03-01 10:00 nothing                              | 2027-12-02 00:00 points.expiring 200; active 300
                                                      | 2027-12-02 00:00 notify.requested points-lapse-soon; 您有200积分将于2027-12-31过期。; from 2027-12-02 07:00
                                                      | 2027-12-25 00:00 points.expiring 200; active 300
                                                      | 2027-12-25 00:00 notify.requested points-lapse-soon; 您有200积分将于2027-12-31过期。; from 2027-12-25 07:00
                                                      | 2027-12-31 00:00 points.expiring 200; active 300
                                                      | 2027-12-31 00:00 notify.requested points-lapse-soon; 您有200积分将于2027-12-31过期。; from 2027-12-31 07:00
                                                      | 2028-01-01 00:00 points.expired 200; active 100
                                                      | 2028-02-29 08:00 care.due birthday
                                                      | 2028-02-29 08:00 points.earned 100; active 200
                                                      | 2028-02-29 08:00 notify.requested birthday; 生日快乐！送您100积分。
