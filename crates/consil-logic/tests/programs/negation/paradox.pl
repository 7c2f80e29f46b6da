p :- \+p.
query(p).
%! error: negation through a cycle: p → \+ p
