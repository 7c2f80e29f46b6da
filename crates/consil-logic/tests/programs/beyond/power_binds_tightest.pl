%! p(18): 1
%! q(16): 1
p(X) :- X is 2 * 3 ^ 2.
q(X) :- X is 2 ^ 3 * 2.
query(p(_)). query(q(_)).
