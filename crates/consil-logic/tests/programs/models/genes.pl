% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! small(kid): 0.25
% A child gets one of two genes from each parent.
0.5::gives(P, C, first) :- parent(P, C).
gene(P, C, G) :- gives(P, C, first), has(P, G, _).
gene(P, C, G) :- parent(P, C), \+gives(P, C, first), has(P, _, G).
has(dad, big, small). has(mum, big, small).
parent(dad, kid). parent(mum, kid).
small(kid) :- gene(dad, kid, small), gene(mum, kid, small).
query(small(kid)).
