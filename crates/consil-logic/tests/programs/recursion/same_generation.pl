% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! sg(a,b): 0.72
%! sg(c,d): 0.3024
0.9::p(a, g). 0.8::p(b, g). 0.7::p(c, a). 0.6::p(d, b).
sg(X, Y) :- p(X, Z), p(Y, Z), X \= Y.
sg(X, Y) :- p(X, A), p(Y, B), sg(A, B).
query(sg(c, d)). query(sg(a, b)).
