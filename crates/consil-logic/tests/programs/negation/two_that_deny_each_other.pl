0.4::a.
p :- a, \+q.
q :- \+p.
query(p).
%! error: negation through a cycle: p → \+ q → \+ p
