% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! p([ann-30, bob-25]): 0.6
%! p([bob-25]): 0.4
0.6::age(ann, 30). age(bob, 25).
p(L) :- findall(N - A, age(N, A), L).
query(p(_)).
