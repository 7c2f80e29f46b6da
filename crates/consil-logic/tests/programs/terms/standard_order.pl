% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! p('<'): 1
%! q('>'): 1
%! r: 1
p(X) :- compare(X, 1, a).
q(X) :- compare(X, f(b), f(a)).
r :- 1 @< a, a @< f(x), f(a) @< f(b), f(x) @< f(a, b), 2 @> 1.0, a @=< a, b @>= a.
query(p(_)). query(q(_)). query(r).
