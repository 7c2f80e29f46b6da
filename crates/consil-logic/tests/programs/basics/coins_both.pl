% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! heads1: 0.5
%! heads2: 0.6
%! twoHeads: 0.3
0.5::heads1.
0.6::heads2.
twoHeads :- heads1, heads2.
query(heads1). query(heads2). query(twoHeads).
