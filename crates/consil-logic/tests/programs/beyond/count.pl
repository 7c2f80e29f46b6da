%! n(1): 0.25
%! n(2): 0.5
%! n(3): 0.25
:- use_module(library(aggregate)).
0.5::a(1). 0.5::a(2). a(3).
n(N) :- aggregate(count, X, none, a(X), (_, N)).
query(n(_)).
