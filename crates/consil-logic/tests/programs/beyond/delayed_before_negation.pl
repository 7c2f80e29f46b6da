% `N is M + 1` has no value to give before level(M). The negation behind level(M) must see the value: dry(6) holds in no world, so wet(6) is certain.
% ProbLog raises CallModeError for the `is`.
wet(N) :- N is M + 1, level(M), \+ dry(N).
level(1). level(5).
0.4::rain.
dry(2) :- rain.
query(wet(_)).
%! wet(2): 0.6
%! wet(6): 1
