% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! p(0,2,-2): 1
%! q(2,-2): 1
%! r(-1,1): 1
p(A, B, C) :- A is round(0.5), B is round(1.5), C is round(-2.5).
q(A, B) :- A is integer(2.9), B is integer(-2.9).
r(A, B) :- A is sign(-3), B is sign(0.5).
query(p(_, _, _)). query(q(_, _)). query(r(_, _)).
