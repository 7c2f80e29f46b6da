% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! p(disc,0): 0.5
%! p(square,4): 0.5
:- use_module('files/shapes.pl').
0.5::seen(square). 0.5::seen(disc).
p(X, N) :- seen(X), corners(X, N).
query(p(_, _)).
