% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! someHeads: 0.8
% ProbLog tutorial: two coins.
0.5::heads1.
0.6::heads2.
someHeads :- heads1.
someHeads :- heads2.
query(someHeads).
