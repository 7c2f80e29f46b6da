% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! both: 0.3
%! on(1): 0.3
%! on(2): 1
%! on(3): 0
%! some: 0.3
0.3::on(X) :- lamp(X).
lamp(1). lamp(2). lamp(3). seen(2). dark(3).
evidence(on(X), true) :- seen(X).
evidence(on(X), false) :- dark(X).
some :- on(1). 
both :- on(1), on(2).
query(on(_)). query(some). query(both).
