% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! grandparent(ada,cid): 1
%! grandparent(ada,dot): 1
%! sibling(cid,dot): 1
%! sibling(dot,cid): 1
parent(ada, bea). parent(bea, cid). parent(bea, dot).
grandparent(X, Z) :- parent(X, Y), parent(Y, Z).
sibling(X, Y) :- parent(P, X), parent(P, Y), X \= Y.
query(grandparent(_, _)). query(sibling(_, _)).
