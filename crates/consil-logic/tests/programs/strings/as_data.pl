% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! greeting("a \"quoted\" word"): 0.5
%! greeting("hello, world"): 0.5
0.5::greeting("hello, world"). 0.5::greeting("a \"quoted\" word").
query(greeting(_)).
