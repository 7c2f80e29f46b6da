% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! colourless(1): 0.5
%! colourless(2): 0.5
%! red(1): 0.2
%! red(2): 0.2
0.2::red(X); 0.3::green(X) :- ball(X).
ball(1). ball(2).
colourless(X) :- ball(X), \+red(X), \+green(X).
query(red(_)). query(colourless(_)).
