% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! p(2.0): 1
%! q(3.5): 1
p(X) :- X is 6 / 3. 
q(X) :- X is 7 / 2.
query(p(_)). query(q(_)).
