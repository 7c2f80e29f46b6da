% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! alarm: 1
%! burglary: 0.882697947214076
%! quake: 0.208211143695015
0.2::burglary. 0.1::quake.
0.9::alarm :- burglary. 0.3::alarm :- quake.
0.8::phones(X) :- alarm, neighbour(X).
neighbour(kim). neighbour(lou).
evidence(phones(kim)). evidence(phones(lou), false).
query(burglary). query(quake). query(alarm).
