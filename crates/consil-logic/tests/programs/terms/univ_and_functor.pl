% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! p([f, a, g(b)]): 1
%! q(point(1,2)): 1
%! r(f,2): 1
%! s(b): 1
p(L) :- f(a, g(b)) =.. L.
q(T) :- T =.. [point, 1, 2].
r(F, N) :- functor(f(a, b), F, N).
s(X) :- arg(2, f(a, b, c), X).
query(p(_)). query(q(_)). query(r(_, _)). query(s(_)).
