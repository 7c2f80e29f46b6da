% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! cause(2): 0.544865145228216
%! effect: 1
0.3::cause(1). 0.4::cause(2). 0.5::cause(3).
0.8::effect :- cause(1).
0.7::effect :- cause(2).
0.6::effect :- cause(3).
query(effect). query(cause(2)).
evidence(effect).
