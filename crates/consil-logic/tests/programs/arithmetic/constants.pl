% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! p(3.141592653589793): 1
%! q(2.718281828459045): 1
p(X) :- X is pi. q(X) :- X is e. 
query(p(_)). query(q(_)).
