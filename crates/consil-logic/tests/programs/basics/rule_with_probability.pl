% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! soaked: 0.50086
%! wet(cat): 0.586
%! wet(chair): 0.586
0.6::rain.
0.9::wet(X) :- rain, outside(X).
0.1::wet(X) :- outside(X).
outside(cat). outside(chair).
soaked :- wet(cat), wet(chair).
query(wet(_)). query(soaked).
