% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! parallel: 0.999
%! series: 0.729
%! two_of_three: 0.972
0.9::good(N) :- cell(N). cell(1). cell(2). cell(3).
series :- good(1), good(2), good(3).
parallel :- good(1). parallel :- good(2). parallel :- good(3).
two_of_three :- good(A), good(B), A < B.
query(series). query(parallel). query(two_of_three).
