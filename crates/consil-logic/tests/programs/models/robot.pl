% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! pos(3,0): 0
%! pos(3,1): 0
%! pos(3,2): 0.55
%! pos(3,3): 0.45
0.9::moves(T) :- step(T). step(1). step(2). step(3).
pos(0, 0).
pos(T, X) :- step(T), S is T - 1, pos(S, Y), moves(T), X is Y + 1.
pos(T, X) :- step(T), S is T - 1, pos(S, X), \+moves(T).
0.8::beep(T) :- step(T), pos(T, X), X > 1.
evidence(beep(2), false). evidence(beep(3)).
query(pos(3, _)).
