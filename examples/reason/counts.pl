% How many of twenty parts fail: the distribution of a count, built part by part, so that it takes 20 · 21 / 2 sums instead
% of 2^20 worlds.
% expect failing(20, 2) 0.1887

0.05::fails(N) :- between(1, 20, N).

failing(0, 0).
failing(N, K) :- N > 0, M is N - 1, failing(M, L), fails(N), K is L + 1.
failing(N, K) :- N > 0, M is N - 1, failing(M, K), \+ fails(N).

query(failing(20, 2)).
