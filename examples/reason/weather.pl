% A hidden Markov chain, the umbrella world of Russell & Norvig ("Artificial Intelligence: A Modern Approach", section 14.2): did it rain, given
% on which of sixty days somebody carried an umbrella? Evidence of any length is linear in it: `--explain-plan` says how.
% expect rain(0) 0.6468
% expect rain(30) 0.2954
% expect rain(60) 0.1863

0.5::rain(0).
0.7::rain(Day) :- Day > 0, Before is Day - 1, rain(Before).
0.3::rain(Day) :- Day > 0, Before is Day - 1, \+ rain(Before).
0.9::umbrella(Day) :- rain(Day).
0.2::umbrella(Day) :- \+ rain(Day).

evidence(umbrella(Day)) :- between(1, 60, Day), Day mod 3 =\= 0.
evidence(\+ umbrella(Day)) :- between(1, 60, Day), Day mod 3 =:= 0.

query(rain(0)).
query(rain(30)).
query(rain(60)).
