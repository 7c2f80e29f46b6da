% An infinite number is written as SWI-Prolog writes it, so that it reads back; the atom `inf` is another term. ProbLog writes `inf`.
%! p(1.0Inf): 1
%! p(-1.0Inf): 1
%! q: 1
p(X) :- X is inf.
p(X) :- X is -inf.
q :- p(1.0Inf), \+ p(inf).
query(p(_)). query(q).
