% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! same: 0.414285714285714
0.2::red(X); 0.3::green(X); 0.5::blue(X) :- ball(X).
ball(1). ball(2).
same :- red(1), red(2).
same :- green(1), green(2).
same :- blue(1), blue(2).
query(same).
evidence(\+ green(2)).
