% `_` is a variable of its own, whatever other variables are called. ProbLog agrees.
q(a, b). q(c, d).
p(_1) :- q(_, _1).
r(_2, _1) :- q(_1, _), q(_, _2).
query(p(_)).
query(r(b, _)).
%! p(b): 1
%! p(d): 1
%! r(b,a): 1
%! r(b,c): 1
