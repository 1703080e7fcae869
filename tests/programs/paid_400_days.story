# 2,150 less a coupon of 100 are 2,050. 5 January and 400 days: the end of 9 February 2027.
2026-01-05 10:00  buy o1 2150.00 order_discount=100   | points.earned 2050; active 2050; qualifying 2050
                                                      | tier.enrolled silver; event; until 2027-02-10
# 5,050 in 400 days; freight does not count. A rise begins a cycle anew: 400 days after 1 March.
2026-03-01 11:00  buy o2 3000.00 shipping=12.00       | points.earned 3000; active 5050; qualifying 3000
                                                      | tier.upgraded silver > gold; event; until 2027-04-06
# A refund makes it 4,950: gold was not paid for. Silver begins today.
2026-03-10 09:00  refund o2 100.00                    | points.clawed_back 100; active 4950; qualifying 100
                                                      | tier.downgraded gold > silver; refund; until 2027-04-15
# 4,950 and 150 are 5,100; 400 days after 12 March end with 16 April 2027.
2026-03-12 12:00  buy o3 150.00                       | points.earned 150; active 5100; qualifying 150
                                                      | tier.upgraded silver > gold; event; until 2027-04-17
2026-11-20 20:00  buy o4 2400.00                      | points.earned 2400; active 7500; qualifying 2400
# From 13 March 2026 to 16 April 2027, 2,400 were paid: silver, for the next 400 days.
2027-04-17 00:00  nothing                             | tier.downgraded gold > silver; review; until 2028-05-21
# 17 April 2027 to 20 May 2028 are the next 400 days: 2,000 are just enough to keep silver.
2027-12-01 10:00  buy o5 2000.00                      | points.earned 2000; active 9500; qualifying 2000
2028-05-21 00:00  nothing                             | tier.renewed silver; until 2029-06-25
# Nothing was paid in the cycle after that.
2029-06-25 00:00  nothing                             | tier.downgraded silver > base; review
