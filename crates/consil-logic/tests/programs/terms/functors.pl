% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! hit(s(s(z))): 0.7
%! plus(s(z)): 0.7
0.7::plus(s(X)) :- nat(X).
nat(z). nat(s(z)). nat(s(s(z))).
even(z).
even(s(s(X))) :- even(X).
hit(X) :- plus(X), even(X).
query(hit(X)). query(plus(s(z))).
