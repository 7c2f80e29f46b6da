% A condition keeps all its solutions, as `once/1` does in ProbLog: chance decides which of them there are. Prolog takes the first.
%! d(2): 1
%! d(3): 0.5
%! e(1): 0.5
%! e(2): 1
d(X) :- ( member(X, [1, 2, 3]), X > 1, a(X) -> true ; X = 0 ).
a(2). 0.5::a(3).
e(X) :- once(b(X)).
0.5::b(1). b(2).
query(d(_)). query(e(_)).
