% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! first(1): 0.5
%! first(2): 0.5
%! second(1): 0.5
%! second(2): 0.5
%! third(1): 0.5
%! third(2): 0.25
0.5::base(X) :- item(X). item(1). item(2).
first(X) :- item(X), \+base(X).
second(X) :- item(X), \+first(X).
third(X) :- item(X), \+second(X), \+base(1).
query(first(_)). query(second(_)). query(third(_)).
