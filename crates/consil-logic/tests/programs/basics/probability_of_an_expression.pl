% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! all_six: 0.00462962962962963
%! some_six: 0.421296296296296
1/6::six(D) :- die(D).
die(1). die(2). die(3).
some_six :- six(_).
all_six :- six(1), six(2), six(3).
query(some_six). query(all_six).
