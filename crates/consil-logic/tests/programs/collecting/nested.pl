% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! p([ann-[bob, cid], eve-[]]): 0.25
%! p([ann-[bob, cid], eve-[dan]]): 0.25
%! p([ann-[cid], eve-[]]): 0.25
%! p([ann-[cid], eve-[dan]]): 0.25
0.5::child(ann, bob). child(ann, cid). 0.5::child(eve, dan).
parent(ann). parent(eve).
p(L) :- findall(P - C, (parent(P), findall(X, child(P, X), C)), L).
query(p(_)).
