% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! sum(s(s(s(s(z))))): 0.6
%! sum(s(s(s(z)))): 0.24
%! sum(s(s(z))): 0.4
nat(z). 
nat(s(X)) :- nat(X).
adds(z, Y, Y).
adds(s(X), Y, s(Z)) :- adds(X, Y, Z).
0.4::n(s(z)). 0.6::n(s(s(z))).
sum(Z) :- n(X), n(Y), adds(X, Y, Z).
query(sum(_)).
