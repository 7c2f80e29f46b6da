% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! word(3,[0, 0, 0]): 0.343
%! word(3,[0, 0, 1]): 0.147
%! word(3,[0, 1, 0]): 0.147
%! word(3,[0, 1, 1]): 0.063
%! word(3,[1, 0, 0]): 0.147
%! word(3,[1, 0, 1]): 0.063
%! word(3,[1, 1, 0]): 0.063
%! word(3,[1, 1, 1]): 0.027
0.3::bit(N) :- between(1, 3, N).
bits([]) .
word(0, []).
word(N, [1 | T]) :- N > 0, bit(N), M is N - 1, word(M, T).
word(N, [0 | T]) :- N > 0, \+bit(N), M is N - 1, word(M, T).
query(word(3, _)).
