% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! cut_off(b): 0.5
%! cut_off(c): 0.375
0.5::link(a, b). 0.5::link(b, c). 0.5::link(a, c).
reach(X, Y) :- link(X, Y).
reach(X, Y) :- link(X, Z), reach(Z, Y).
cut_off(X) :- node(X), X \= a, \+reach(a, X).
node(a). node(b). node(c).
query(cut_off(_)).
