% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! p([1-2, 1-3, 2-3]): 0.25
%! p([1-2, 1-3]): 0.25
%! p([2-3]): 0.25
%! p([]): 0.25
0.5::a(1). 0.5::a(2). b(2). b(3).
p(L) :- findall(X - Y, (a(X), b(Y), X < Y), L).
query(p(_)).
