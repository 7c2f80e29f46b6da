% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! joined([1, 1]): 0.5
%! joined([1, 2]): 0.125
%! joined([1]): 0.5
%! joined([2, 1]): 0.125
%! joined([2, 2]): 0.25
%! joined([2]): 0.25
%! joined([]): 1
app([], L, L).
app([H | T], L, [H | R]) :- app(T, L, R).
0.5::x(1). 0.25::x(2).
list([]). 
list([X]) :- x(X).
joined(L) :- list(A), list(B), app(A, B, L).
query(joined(L)).
