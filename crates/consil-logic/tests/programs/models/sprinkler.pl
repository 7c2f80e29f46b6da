% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! cloudy: 0.575799721835883
%! rain: 0.707927677329624
%! sprinkler: 0.429763560500695
0.5::cloudy.
0.1::sprinkler :- cloudy.
0.5::sprinkler :- \+ cloudy.
0.8::rain :- cloudy.
0.2::rain :- \+ cloudy.
0.99::wet :- sprinkler, rain.
0.9::wet :- sprinkler, \+ rain.
0.9::wet :- \+ sprinkler, rain.
evidence(wet).
query(sprinkler). query(rain). query(cloudy).
