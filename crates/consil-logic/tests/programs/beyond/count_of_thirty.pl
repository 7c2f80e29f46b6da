% Binomial(30, 1/2): C(30, 15) / 2^30 and (C(30, 1)) / 2^30. Lists of answers would be 2^30.
%! n(15): 0.1444644480943680
%! n(1): 2.7939677238464355e-08
:- use_module(library(aggregate)).
0.5::a(X) :- between(1, 30, X).
n(N) :- aggregate(count, X, none, a(X), (_, N)).
query(n(15)). query(n(1)).
