% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! all_dry: 0.343
%! dry(1): 0.7
%! dry(2): 0.7
%! dry(3): 0.7
0.3::rain(D) :- day(D).
day(1). day(2). day(3).
dry(D) :- day(D), \+ rain(D).
all_dry :- \+ some_rain.
some_rain :- rain(_).
query(dry(D)). query(all_dry).
