% The paradox is no concern of the query.
%! a: 0.5
0.5::a.
p :- \+q. q :- \+p.
r :- a, p.
query(a).
