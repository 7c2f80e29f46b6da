% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! all_good: 0.125
:- use_module(library(apply)).
0.5::good(X) :- item(X). item(1). item(2). item(3).
all_good :- maplist(good, [1, 2, 3]).
query(all_good).
