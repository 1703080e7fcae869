# A business from its first open mail to a customer who is lost and won back.
2026-01-12 09:00  email_open                          | tier.enrolled account; event
                                                      | lifecycle.changed stage lead
                                                      | lifecycle.changed value standard
2026-01-12 09:01  email_click                         |
# 1, and twice 2 for a click: warm enough for marketing, which asks for 3.
2026-01-12 09:05  email_click                         | lifecycle.changed stage lead > mql
# Nobody is home: after 22 days less than 3 is left of it. Such a one is recycled, and no lead again.
2026-02-20 09:00  nothing                             | 2026-02-03 11:39 lifecycle.changed stage mql > recycled
# They meet us at a fair, for 5 more: sales may call.
2026-03-02 18:00  event_attended                      | points.earned 100; active 100
                                                      | lifecycle.changed stage recycled > sql
2026-03-03 10:00  email_click                         |
# Sales writes a quote, and tells of it; what trade they are in is a tag.
2026-03-10 11:00  profile attribute.quote=open attribute.industry=manufacturing| lifecycle.changed stage sql > opportunity
                                                      | tag.added manufacturing; rule
2026-04-02 10:00  buy p1 30000                        | points.earned 3000; active 3100; qualifying 3000
                                                      | lifecycle.changed stage opportunity > customer
                                                      | tag.added large-order; rule
2026-04-02 10:05  profile attribute.quote=won         |
2026-05-20 10:00  buy p2 75000                        | points.earned 7500; active 10600; qualifying 7500
                                                      | tier.upgraded account > partner; event
                                                      | lifecycle.changed value standard > key_account
# Nothing for a year. A large order is told of for 90 days; of more than 100,000 in a year no more since 2 April 2027,
# which 30 days later is too long for a key account.
2027-06-01 09:00  nothing                             | 2026-08-19 00:00 tag.removed large-order; expired
                                                      | 2027-05-02 00:00 lifecycle.changed value key_account > standard
                                                      | 2027-05-20 10:00 lifecycle.changed stage customer > lost
2027-06-10 10:00  buy p3 12000                        | points.earned 1440; active 12040; qualifying 1200
                                                      | lifecycle.changed stage lost > won_back
# Won back for 90 days, or until two more days with a purchase.
2027-09-20 09:00  nothing                             | 2027-09-08 10:00 lifecycle.changed stage won_back > customer
