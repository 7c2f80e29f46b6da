% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! all([a, b, c]): 0.027
%! all([a, b]): 0.09
%! pick(a): 0.3
%! pick(b): 0.3
%! pick(c): 0.3
0.3::pick(X) :- member(X, [a, b, c]).
all([]).
all([H | T]) :- pick(H), all(T).
member(X, [X | _]).
member(X, [_ | T]) :- member(X, T).
query(all([a, b])). query(all([a, b, c])). query(pick(X)).
