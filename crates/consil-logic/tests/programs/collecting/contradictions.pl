% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! k(1,1): 0.5
%! k(2,4): 0.5
% a and not a are in no list together, nor in a list of lists.
0.5::a. 0.5::b.
c(1) :- a.
c(1) :- b.
c(2) :- \+ a.
k(N, S) :- findall(X - M, (c(X), findall(Y, c(Y), L), length(L, M)), K), length(K, N), sums(K, S).
sums([], 0).
sums([_ - M | T], S) :- sums(T, R), S is R + M.
query(k(_, _)).
