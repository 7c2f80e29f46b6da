% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! p(f,20.0): 0.4
%! p(f,40.0): 0.1
%! p(f,60.0): 0.1
%! p(m,35.0): 0.5
%! p(m,40.0): 0.5
:- use_module(library(aggregate)).
0.5::age(ann, f, 20). 0.5::age(bob, m, 30). age(cid, m, 40). 0.2::age(dot, f, 60).
p(G, A) :- aggregate(avg, X, G, age(_, G, X), (G, A)).
query(p(_, _)).
