% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! sick(a): 1
%! sick(b): 0.9
%! sick(c): 0.549
%! sick(d): 0.3
0.9::infects(a, b). 0.5::infects(b, c). 0.4::infects(c, a). 0.3::infects(a, d). 0.6::infects(d, c).
sick(a).
sick(Y) :- sick(X), infects(X, Y).
query(sick(_)).
