% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! t(1): 0.25
%! t(3): 0.5
%! t(5): 0.25
:- use_module(library(aggregate)).
0.5::sold(ann, 2). 0.5::sold(bob, 2). sold(cid, 1).
t(S) :- aggregate(sum, X, none, sold(_, X), (_, S)).
query(t(_)).
