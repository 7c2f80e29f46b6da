% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! p(1,a): 0.3
%! p(2,b): 0.4
%! p(3,c): 1
%! r(b): 0.4
0.3::q(1, a). 0.4::q(2, b). q(3, c).
p(X, Y) :- call(q, X, Y).
r(Y) :- G = q(2), call(G, Y).
query(p(_, _)). query(r(_)).
