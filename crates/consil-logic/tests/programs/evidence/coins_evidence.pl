% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! heads1: 0.285714285714286
%! heads2: 0.428571428571429
0.5::heads1.
0.6::heads2.
twoHeads :- heads1, heads2.
evidence(\+ twoHeads).
query(heads1). query(heads2).
