% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! d([c, a, b]): 1
%! i([a, c]): 1
%! n: 1
%! s([a, c]): 1
%! u([a, b, d]): 1
:- use_module(library(lists)).
i(L) :- intersection([a, b, c], [c, a], L).
u(L) :- union([a, b], [b, d], L).
s(L) :- subtract([a, b, c], [b], L).
d(L) :- list_to_set([c, a, c, b, a], L).
n :- subset([a], [b, a]), is_set([a, b]), \+is_set([a, a]).
query(i(_)). query(u(_)). query(s(_)). query(d(_)). query(n).
