% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! area(12): 0.4
%! x(1): 0.4
0.4::at(point(1, 2), box(point(0, 0), size(3, 4))).
area(A) :- at(_, box(_, size(W, H))), A is W * H.
x(X) :- at(point(X, _), _).
query(area(_)). query(x(_)).
