% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! visits(ada): 0.75
:- consult('files/family.pl').
0.5::visits(X) :- grandparent(X, _).
query(visits(_)).
