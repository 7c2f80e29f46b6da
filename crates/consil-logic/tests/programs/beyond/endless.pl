% Numbers without end: the budget ends them.
n(0).
n(M) :- n(N), M is N + 1.
p :- n(-1).
query(p).
%! error: more than its budget
