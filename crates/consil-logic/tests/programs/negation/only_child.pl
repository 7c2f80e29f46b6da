% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! only(ann,bob): 0.36
%! only(ann,cid): 0.01
%! only(ann,dan): 0.04
0.9::child(ann, bob). 0.2::child(ann, cid). 0.5::child(ann, dan).
other(P, X) :- child(P, X), child(P, Y), X \= Y.
only(P, X) :- child(P, X), \+other(P, X).
query(only(_, _)).
