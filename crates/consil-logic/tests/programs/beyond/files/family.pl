parent(ada, bea). parent(bea, cid). parent(bea, dot).
grandparent(X, Z) :- parent(X, Y), parent(Y, Z).
