% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! burglary: 0.980736755846857
%! earthquake(heavy): 0.0124761665121499
%! earthquake(mild): 0.206444763495103
%! earthquake(none): 0.781079069992747
0.7::burglary.
0.01::earthquake(heavy); 0.19::earthquake(mild); 0.8::earthquake(none).
0.90::alarm :- burglary, earthquake(heavy).
0.85::alarm :- burglary, earthquake(mild).
0.80::alarm :- burglary, earthquake(none).
0.10::alarm :- \+burglary, earthquake(mild).
0.30::alarm :- \+burglary, earthquake(heavy).
0.8::calls(X) :- alarm, person(X).
0.1::calls(X) :- \+alarm, person(X).
person(john). person(mary).
evidence(calls(john)). evidence(calls(mary)).
query(burglary). query(earthquake(_)).
