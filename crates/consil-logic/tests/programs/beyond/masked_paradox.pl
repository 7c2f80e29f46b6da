% s holds without the paradox wherever it could matter.
%! s: 1
p :- \+p.
s :- true.
s :- p.
query(s).
