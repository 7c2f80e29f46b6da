% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! p(blue): 0.5
%! p(red): 0.25
0.25::colour(red). 0.5::colour(blue).
p(X) :- G =.. [colour, X], call(G).
query(p(_)).
