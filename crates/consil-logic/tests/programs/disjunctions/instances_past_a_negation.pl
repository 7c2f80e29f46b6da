% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! a: 0.5
%! b([1, 2]): 0.5
%! c: 0.75
% What occurs in a negation or a list only makes no instances.
0.5::a :- \+ none(X).
0.5::b(L) :- findall(X, one(X), L).
0.5::c :- one(_), \+ none(_).
none(1) :- fail.
one(1). one(2).
query(a). query(b(_)). query(c).
