%! m([a, a, b]): 1
%! c: 1
m(L) :- msort([b, a, a], L).
c :- copy_term(f(X, Y, X), f(A, B, C)), A == C, A \== B, f(X, Y) =@= f(A, B), f(X, X) \=@= f(A, B).
query(m(_)). query(c).
