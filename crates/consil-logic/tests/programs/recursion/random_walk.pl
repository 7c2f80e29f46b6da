% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! at(4,-2): 0.25
%! at(4,-4): 0.0625
%! at(4,0): 0.375
%! at(4,2): 0.25
%! at(4,4): 0.0625
0.5::up(T) :- time(T). time(1). time(2). time(3). time(4).
at(0, 0).
at(T, X) :- T > 0, S is T - 1, at(S, Y), up(T), X is Y + 1.
at(T, X) :- T > 0, S is T - 1, at(S, Y), \+up(T), X is Y - 1.
query(at(4, _)).
