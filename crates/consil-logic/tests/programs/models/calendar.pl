% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! can_meet: 0.96
%! free(mon,morning): 0.5
0.3::busy(D, morning); 0.3::busy(D, evening); 0.2::busy(D, both) :- day(D).
day(mon). day(tue).
free(D, T) :- day(D), time(T), \+busy(D, T), \+busy(D, both).
time(morning). time(evening).
meet(D, T) :- free(D, T).
can_meet :- meet(_, _).
query(can_meet). query(free(mon, morning)).
