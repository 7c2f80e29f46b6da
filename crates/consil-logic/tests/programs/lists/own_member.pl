% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! p(a): 0.4
%! p(b): 0.3
0.4::want(a). 0.3::want(b).
member(X, [X | _]).
member(X, [_ | T]) :- member(X, T).
p(X) :- member(X, [a, b, c]), want(X).
query(p(_)).
