% A list's elements stand in the order in which their derivations were found. ProbLog has [2, 1], since what rests on a negation comes
% first there.
%! l([1]): 0.25
%! l([1, 1]): 0.25
%! l([1, 2]): 0.25
%! l([2]): 0.25
0.5::a. 0.5::b.
c(1) :- a.
c(1) :- b.
c(2) :- \+ a.
l(L) :- findall(X, c(X), L).
query(l(_)).
