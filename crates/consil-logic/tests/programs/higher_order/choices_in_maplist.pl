% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! p([head, head]): 0.09
%! p([head, tail]): 0.21
%! p([tail, head]): 0.21
%! p([tail, tail]): 0.49
:- use_module(library(apply)).
0.3::flip(X, head); 0.7::flip(X, tail) :- coin(X).
coin(a). coin(b).
p(L) :- maplist(flip, [a, b], L).
query(p(_)).
