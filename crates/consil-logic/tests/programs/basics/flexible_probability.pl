% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! any: 0.11555
%! broken(m1,north): 0.02
%! broken(m2,south): 0.05
%! broken(m3,south): 0.05
factory(north, 0.02). factory(south, 0.05).
P::broken(M, F) :- made(M, F), factory(F, P).
made(m1, north). made(m2, south). made(m3, south).
any :- broken(_, _).
query(broken(_, _)). query(any).
